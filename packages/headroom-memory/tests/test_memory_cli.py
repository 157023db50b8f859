"""`headroom memory`, as a person or a script uses it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from headroom.cli.main import group
from headroom_memory import Memory, SharedContext
from headroom_memory.cli import memory as command
from headroom_memory.project import MARKER

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Runs `headroom memory …` in a marked folder, with a home of its own."""
    monkeypatch.setenv("HEADROOM_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme" / MARKER).touch()
    monkeypatch.chdir(tmp_path / "acme")

    def one(*arguments: str, input: str = "", fails: bool = False) -> Result:
        result = CliRunner().invoke(command, arguments, input=input)
        assert (result.exit_code != 0) == fails, result.output
        return result

    yield one


def json_of(result: Result) -> list[dict[str, object]]:
    found = json.loads(result.stdout)
    return found if isinstance(found, list) else [found]


def id_of(result: Result) -> str:
    return result.stdout.split()[0]


def test_it_is_a_command_of_headroom(run: Run) -> None:
    assert group.get_command(click.Context(group), "memory") is command


def test_a_fact_from_its_beginning_to_its_end(run: Run) -> None:
    first = id_of(run("save", "The port is 8787", "--category", "net", "--tag", "a", "--tag", "b"))
    assert "The port is 8787" in run("search", "what", "port?").stdout
    second = id_of(run("edit", first, "The port is 9000", "--agent", "codex"))
    assert [line.split()[0] for line in run("list").stdout.splitlines()] == [second]
    assert "(until " in run("list", "--all").stdout
    shown = run("show", second[:6]).stdout
    for part in ("The port is 9000\n", "category   net", "tags       a, b", "said by    codex, 20"):
        assert part in shown
    history = run("history", first).stdout.splitlines()
    assert [line.split()[0] for line in history] == [first, second]
    assert "(until " in run("forget", second).stdout
    assert run("search", "port").stderr == "Nothing found in project acme.\n"
    assert "2 deleted." in run("delete", first, "--yes").stdout
    assert "no fact has an id" in run("show", first, fails=True).output


def test_json_is_for_programs(run: Run) -> None:
    run("save", "The port is 8787", "--json")
    (found,) = json_of(run("search", "port", "--json"))
    assert found["text"] == "The port is 8787"
    assert found["project"] == "acme"
    assert isinstance(found["score"], float)
    (shown,) = json_of(run("show", str(found["id"]), "--json"))
    assert shown["sources"][0]["agent"] == "you"  # type: ignore[index]
    assert json_of(run("list", "--json")) == json_of(run("history", str(found["id"]), "--json"))
    assert json_of(run("search", "nothing", "--json")) == []
    (stats,) = json_of(run("stats", "--json"))
    assert (stats["facts"], stats["agents"]) == (1, {"you": 1})
    assert [project["name"] for project in json_of(run("projects", "--json"))] == ["acme"]


def test_what_deletes_asks(run: Run) -> None:
    fact = id_of(run("save", "one"))
    run("forget", id_of(run("save", "two")))
    for arguments in (["delete", fact], ["purge"], ["prune", "--older-than", "0d"]):
        refused = run(*arguments, input="n\n", fails=True)
        assert "nothing was changed" in refused.output
        run(*arguments, input="", fails=True)
    assert len(run("list", "--all").stdout.splitlines()) == 2
    assert "1 deleted." in run("prune", "--older-than", "0d", input="y\n").stdout
    assert "Nothing has held no longer for 90d" in run("prune").stdout
    assert "expected an age" in run("prune", "--older-than", "soon", fails=True).output
    assert "1 fact and 0 shared values deleted." in run("purge", "-y").stdout
    assert run("list").stderr == "Nothing is known of project acme.\n"


def test_an_export_moves_to_another_project(run: Run, tmp_path: Path) -> None:
    fact = id_of(run("save", "The port is 8787 – 端口"))
    run("edit", fact, "The port is 9000")
    run("export", str(tmp_path / "facts.jsonl"))
    exported = (tmp_path / "facts.jsonl").read_bytes()
    assert run("export").stdout_bytes == exported
    moved = run("import", str(tmp_path / "facts.jsonl"), "--project", "elsewhere")
    assert moved.stdout == "2 new facts.\n"
    assert run("export", "--project", "elsewhere").stdout_bytes == exported
    assert "line 1: expected" in run("import", input="no", fails=True).output


def test_a_project_has_to_be_known(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("save", "here")
    run("save", "mine", "--user")
    assert "mine" not in run("list").stdout
    assert "mine" in run("list", "--user").stdout
    monkeypatch.chdir(tmp_path)
    assert "is in no git repository" in run("save", "lost", fails=True).output
    assert "here" in run("list", "--project", "./acme").stdout
    assert "exclude each other" in run("list", "--user", "--project", "x", fails=True).output
    monkeypatch.setenv("HEADROOM_PROJECT", "./acme")
    assert "here" in run("list").stdout


def test_secrets_are_refused_unless_meant(run: Run) -> None:
    text = "the example key is AKIAIOSFODNN7ABCDEFG"
    assert "an AWS key" in run("save", text, fails=True).output
    run("save", text, "--allow-secret")
    exported = run("export").stdout
    assert (
        "line 2: there is an AWS key"
        in run("import", "--project", "p", input=exported, fails=True).output
    )
    run("import", "--allow-secret", "--project", "p", input=exported)


def test_a_terminal_obeys_no_fact(run: Run) -> None:
    memory = Memory()
    memory.save("\x1b[2J\x1b]0;title\x07 beware \u202e", agent="codex")
    memory.close()
    for arguments in (["list"], ["search", "beware"]):
        shown = run(*arguments).stdout
        assert "beware" in shown
        assert not any(c in shown for c in "\x1b\x07\u202e")


def test_a_text_may_come_from_standard_input(run: Run) -> None:
    run("save", "-", input="two\nlines\n")
    assert run("list").stdout.rstrip().endswith("two …")


def test_stats_count_shared_values_too(run: Run) -> None:
    shared = SharedContext()
    shared.put("plan", "x")
    shared.put("copy", "x")
    shared.close()
    said = run("stats").stdout
    assert "2 of SharedContext, 1 different" in said
    assert "0 facts and 2 shared values deleted." in run("purge", "--yes").stdout
