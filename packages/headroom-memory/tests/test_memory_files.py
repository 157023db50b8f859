"""The memory files of other agents, taken in and followed."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom_memory import USER, Memory, Which
from headroom_memory.files import AGENTS, collected
from headroom_memory.files.markdown import Item, items
from headroom_memory.merging import Synced
from headroom_memory.project import MARKER

CLAUDE = """---
title: notes
---
# Project

This service is written in Rust.
It has no database.

## Commands
- Build: `make`
- Test:
  ```sh
  # not a heading
  make test
  ```
  - slow: `make all`

* Lint: `make lint`
1. First `a`

<!-- a comment
- not a fact -->
@docs/more.md

---
| name | port |
|---|---|
| api | 80 |
"""


def test_items_and_paragraphs_are_facts_under_their_headings() -> None:
    assert items(CLAUDE) == [
        Item("This service is written in Rust.\nIt has no database.", "Project", 6),
        Item("Build: `make`", "Commands", 10),
        Item("Test:\n```sh\n# not a heading\nmake test\n```\n- slow: `make all`", "Commands", 11),
        Item("Lint: `make lint`", "Commands", 18),
        Item("First `a`", "Commands", 19),
        Item("| name | port |\n|---|---|\n| api | 80 |", "Commands", 26),
    ]


@given(st.text(st.sampled_from("#-*1. \n\t`~<!>ab@|"), max_size=120))
def test_any_text_is_read_and_every_fact_is_at_its_line(text: str) -> None:
    lines = re.sub(r"<!--.*?-->", lambda c: "\n" * c[0].count("\n"), text, flags=re.S).splitlines()
    found = items(text)
    assert [item.line for item in found] == sorted({item.line for item in found})
    for item in found:
        assert item.text.split("\n")[0].strip() in lines[item.line - 1]


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project, and a home of the user's own."""
    for variable in ("CLAUDE_CONFIG_DIR", "CODEX_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme" / MARKER).touch()
    return tmp_path / "acme"


Collect = Callable[..., dict[str, Synced]]


@pytest.fixture
def collect(acme: Path) -> Collect:
    def one(root: Path | None = acme, agent: str = "") -> dict[str, Synced]:
        memory = open_memory(acme, root)
        found = [
            synced
            for one in AGENTS
            if agent in ("", one.name)
            for synced in collected(memory, one, root)
        ]
        memory.close()
        return dict(found)

    return one


def open_memory(acme: Path, root: Path | None) -> Memory:
    return Memory(USER if root is None else acme, store=f"sqlite://{acme.parent / 'm'}")


def texts(acme: Path, root: Path | None = Path()) -> list[str]:
    memory = open_memory(acme, root)
    found = sorted(fact.text for fact in memory.list())
    memory.close()
    return found


def test_files_of_all_agents_become_facts_of_the_project(acme: Path, collect: Collect) -> None:
    (acme / "CLAUDE.md").write_text("# How\n- run `make`\n")
    (acme / "CLAUDE.local.md").write_text("- my port is 9000\n")
    (acme / "AGENTS.md").write_text("- run `make`\n- use tabs\n")
    (acme / "GEMINI.md").write_text("## Gemini Added Memories\n- the API is slow\n")
    assert list(collect()) == ["CLAUDE.md", "CLAUDE.local.md", "AGENTS.md", "GEMINI.md"]
    memory = open_memory(acme, acme)
    (fact,) = (match.fact for match in memory.search("make"))
    assert [(s.agent, s.path, s.line) for s in fact.sources] == [
        ("claude-code", "CLAUDE.md", 2), ("codex", "AGENTS.md", 1)
    ]  # fmt: skip
    assert fact.category == "How"
    (added,) = memory.list(Which(category="Gemini Added Memories"))
    assert added.text == "the API is slow"
    memory.close()


def test_the_same_file_again_adds_nothing_and_edits_supersede(acme: Path, collect: Collect) -> None:
    file = acme / "CLAUDE.md"
    file.write_text("- run `make`\n- the port is 8787\n- use tabs\n- old news\n")
    assert collect()["CLAUDE.md"] == Synced(added=4)
    memory = open_memory(acme, acme)
    exported = memory.export()
    assert collect()["CLAUDE.md"] == Synced(kept=4)
    assert memory.export() == exported
    file.write_text(
        "# New\n\n- run `make`\n- the port is 9000\n- something new altogether\n- use tabs\n"
    )
    assert collect()["CLAUDE.md"] == Synced(added=1, kept=2, replaced=1, ended=1)
    (fact,) = (match.fact for match in memory.search("port"))
    assert [f.text for f in memory.history(fact.id)] == ["the port is 8787", "the port is 9000"]
    (kept,) = (match.fact for match in memory.search("tabs"))
    assert kept.sources[0].line == 6
    assert collect()["CLAUDE.md"] == Synced(kept=4)
    memory.close()


def test_what_another_agent_still_says_does_not_end(acme: Path, collect: Collect) -> None:
    (acme / "CLAUDE.md").write_text("- run `make`\n")
    (acme / "AGENTS.md").write_text("- run `make`\n")
    collect()
    (acme / "CLAUDE.md").write_text("- run `make -j`\n")
    assert collect()["CLAUDE.md"].replaced == 1
    assert texts(acme) == ["run `make -j`", "run `make`"]
    (acme / "AGENTS.md").write_text("")
    collect()
    assert texts(acme) == ["run `make -j`"]


def test_lines_may_move_and_repeat(acme: Path, collect: Collect) -> None:
    file = acme / "CLAUDE.md"
    file.write_text("- alpha one\n- beta two\n- alpha one\n")
    assert collect()["CLAUDE.md"].added == 2
    file.write_text("- beta two\n- alpha one\n")
    assert collect()["CLAUDE.md"] == Synced(kept=2)
    assert texts(acme) == ["alpha one", "beta two"]


def test_secrets_and_long_texts_are_left_out_and_named(acme: Path, collect: Collect) -> None:
    (acme / "CLAUDE.md").write_text(f"- fine\n- key ghp_{'a1B2' * 10}\n- {'long ' * 1000}\n")
    synced = collect()["CLAUDE.md"]
    assert synced.added == 1
    assert [line for line, _ in synced.refused] == [2, 3]
    assert "a GitHub token" in synced.refused[0][1]
    (acme / "AGENTS.md").write_bytes(b"- \xff\n")
    assert "no UTF-8" in collect()["AGENTS.md"].refused[0][1]
    (acme / "AGENTS.md").write_bytes(b"- x\n" * (1 << 19))
    assert "more than 1,048,576 bytes" in collect()["AGENTS.md"].refused[0][1]


def test_a_link_out_of_the_project_is_not_followed(acme: Path, collect: Collect) -> None:
    other = acme.parent / "other"
    other.mkdir()
    (other / "CLAUDE.md").write_text("- a secret of another project\n")
    (acme / "CLAUDE.md").symlink_to(other / "CLAUDE.md")
    (acme / ".claude").symlink_to(other)
    (acme / "AGENTS.md").write_text("- ours\n")
    (acme / "GEMINI.md").symlink_to("AGENTS.md")
    assert list(collect()) == ["AGENTS.md", "GEMINI.md"]
    assert texts(acme) == ["ours"]


def test_files_of_the_user_are_taken_only_for_the_user(acme: Path, collect: Collect) -> None:
    me = acme.parent / "me"
    for name in (".claude/CLAUDE.md", ".codex/memories/MEMORY.md", ".gemini/GEMINI.md"):
        (me / name).parent.mkdir(parents=True)
        (me / name).write_text(f"- from {name}\n")
    assert collect() == {}
    assert sorted(collect(None)) == [
        "~claude-code/CLAUDE.md", "~codex/memories/MEMORY.md", "~gemini-cli/GEMINI.md"
    ]  # fmt: skip
    assert texts(acme) == []
    assert len(texts(acme, None)) == 3


def notes_of(root: Path, session: dict[str, object] | None = None) -> Path:
    slug = re.sub("[^A-Za-z0-9]", "-", str(root))
    folder = Path(os.path.expanduser("~/.claude/projects")) / slug
    (folder / "memory").mkdir(parents=True)
    (folder / "memory/MEMORY.md").write_text("- Claude noted this\n")
    if session:
        (folder / "s.jsonl").write_text(json.dumps(session) + "\n")
    return folder


def test_what_claude_code_noted_itself_is_taken(acme: Path, collect: Collect) -> None:
    notes_of(acme, {"cwd": str(acme / "src")})
    assert collect() == {"~claude-code/memory/MEMORY.md": Synced(added=1)}


def test_notes_that_may_be_another_projects_are_not_taken(acme: Path, collect: Collect) -> None:
    notes_of(acme, {"cwd": str(acme.parent / "acme.old")})
    assert collect() == {}


def test_two_folders_with_one_name_there_have_no_notes(acme: Path, collect: Collect) -> None:
    twin = acme.parent / "ac-me"
    original = acme.parent / "ac" / "me"
    for root in (twin, original):
        root.mkdir(parents=True)
        (root / MARKER).touch()
    notes_of(twin)
    assert collect(twin) == {}
    assert collect(original) == {}
