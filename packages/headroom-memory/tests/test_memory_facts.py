"""What is saved, by whom, and what becomes of it."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from headroom.errors import StoreError
from headroom_memory import (
    USER,
    FactEnded,
    FactMissing,
    Limits,
    Memory,
    ProjectUnknown,
    Refused,
    SharedContext,
    Which,
    open_place,
    project_of,
)
from headroom_memory.types import from_micros
from headroom_testing.servers import Daemon

URL = "sqlite://{}"


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path, servers: Callable[[str], Daemon]) -> str:
    """Where memory is: in files, and on a server."""
    if request.param == "sqlite":
        return URL.format(tmp_path / "memory")
    tenant = re.sub(r"\W", "_", str(tmp_path).lower())[-40:]
    return f"{servers('postgres').url}&tenant={tenant}"


@pytest.fixture
def open_memory(url: str) -> Iterator[Callable[..., Memory]]:
    opened: list[Memory] = []
    clock = Clock()

    def one(project: object = "acme", **options: object) -> Memory:
        options = {"store": url, "clock": clock, **options}
        opened.append(Memory(project, **options))  # type: ignore[arg-type]
        return opened[-1]

    yield one
    for memory in opened:
        memory.close()


@pytest.fixture
def memory(open_memory: Callable[..., Memory]) -> Memory:
    return open_memory()


def test_a_fact_says_who_said_it_and_when(memory: Memory) -> None:
    saved = memory.save(
        "Tests run with `make test`", agent="codex", session="s1", category="how", tags=["b", "a"]
    )
    fact = memory.get(saved.id)
    assert fact == saved
    assert (fact.text, fact.category, fact.tags) == (
        "Tests run with `make test`",
        "how",
        ("a", "b"),
    )
    (source,) = fact.sources
    assert (source.agent, source.session, source.at) == ("codex", "s1", fact.valid_from)
    assert fact.valid_from == from_micros(1_800_000_001_000_000)
    assert fact.holds


def test_the_same_fact_from_several_agents_is_one(memory: Memory) -> None:
    first = memory.save("The port is 8787", agent="codex", tags=["net"])
    second = memory.save(" The  port\nis 8787 ", agent="claude-code", category="net", tags=["port"])
    assert first.id == second.id
    assert memory.list() == [second]
    assert [source.agent for source in second.sources] == ["codex", "claude-code"]
    assert (second.text, second.category, second.tags) == (
        "The port is 8787", "net", ("net", "port")
    )  # fmt: skip
    assert memory.save("the port is 8787").id != first.id  # letters matter in code


def test_an_edited_fact_takes_the_place_of_the_old_one(memory: Memory) -> None:
    old = memory.save("The port is 8787", agent="codex", category="net", tags=["a"])
    new = memory.edit(old.id, "The port is 9000", agent="claude-code")
    assert memory.list() == [new]
    assert (new.category, new.tags) == ("net", ("a",))
    ended = memory.get(old.id)
    assert ended.superseded_by == new.id
    assert ended.valid_until == new.valid_from
    for id in (old.id, new.id):
        assert [fact.text for fact in memory.history(id)] == [
            "The port is 8787",
            "The port is 9000",
        ]
    assert [match.fact.id for match in memory.search("port", at=ended.valid_from)] == [old.id]
    assert [match.fact.id for match in memory.search("port", at=new.valid_from)] == [new.id]
    assert memory.search("port", at=old.valid_from - timedelta(days=1)) == []
    with pytest.raises(FactEnded, match=f"{new.id} took its place"):
        memory.edit(old.id, "The port is 1")


def test_a_fact_may_come_back_and_facts_may_become_one(memory: Memory) -> None:
    first = memory.save("yes")
    other = memory.edit(first.id, "no")
    back = memory.edit(other.id, "yes")
    assert len({first.id, other.id, back.id}) == 3
    assert [fact.text for fact in memory.history(first.id)] == ["yes", "no", "yes"]
    second = memory.save("maybe")
    merged = memory.edit(second.id, "yes")
    assert merged.id == back.id
    assert [fact.text for fact in memory.history(second.id)] == ["yes", "no", "yes", "maybe"]
    assert memory.edit(second.id, "yes").id == back.id  # asked again after a lost answer
    assert memory.delete(first.id) == 4
    assert memory.list(Which(ended=True)) == []


def test_a_new_category_makes_no_new_fact(memory: Memory) -> None:
    fact = memory.save("The port is 8787", category="a", tags=["x"])
    changed = memory.edit(fact.id, category="b", tags=["y"])
    assert (changed.id, changed.category, changed.tags) == (fact.id, "b", ("y",))
    assert memory.edit(fact.id, "The port  is 8787", agent="me").id == fact.id


def test_a_forgotten_fact_is_found_no_more_but_known(memory: Memory) -> None:
    fact = memory.save("The port is 8787")
    assert memory.forget(fact.id).valid_until is not None
    assert memory.forget(fact.id) == memory.get(fact.id)
    assert memory.search("port") == []
    assert memory.list() == []
    assert [f.id for f in memory.list(Which(ended=True))] == [fact.id]
    assert memory.prune(memory.get(fact.id).valid_from) == 0
    assert memory.prune(from_micros(2**53)) == 1
    with pytest.raises(FactMissing, match=fact.id):
        memory.get(fact.id)


def test_a_beginning_of_an_id_is_enough_if_no_other_has_it(memory: Memory) -> None:
    fact = memory.save("one")
    assert memory.get(fact.id[:5].upper()) == fact
    for id in (fact.id[:3], "", "zzzzzz", "%", fact.id + "a"):
        with pytest.raises(FactMissing, match="no fact has an id"):
            memory.get(id)


def test_facts_are_chosen_by_what_they_are_filed_under(memory: Memory) -> None:
    one = memory.save("alpha port", agent="codex", category="net", tags=["x"])
    two = memory.save("beta port", agent="gemini", category="net", tags=["y"])
    assert [f.id for f in memory.list(Which(category="net"))] == [two.id, one.id]
    assert [f.id for f in memory.list(Which(tag="x"))] == [one.id]
    assert [m.fact.id for m in memory.search("port", agent="gemini")] == [two.id]
    assert [m.fact.id for m in memory.search("port", tag="x", category="net")] == [one.id]
    assert memory.search("port", tag="x", agent="gemini") == []
    assert [f.id for f in memory.list(limit=1)] == [two.id]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (" \n", "white space only"),
        ("x" * 5000, "at most 4,096 bytes, this one 5,000"),
        ("é" * 2049, "at most 4,096 bytes, this one 4,098"),
        ("a\0b", "NUL"),
        ("half \ud800", "half a surrogate pair at character 5"),
        ("key: AKIAIOSFODNN7ABCDEFG", "an AWS key"),
        ("-----BEGIN RSA PRIVATE KEY-----\nabc", "a private key"),
        ("use postgres://app:hunter2hunter@db/x", "a password in a URL"),
        ("API_KEY=f3Kd93jfPq0xLmZ81b", "looks like a password or key"),
    ],
)
def test_what_is_refused_is_refused_with_the_reason(
    memory: Memory, text: str, sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence) as refused:
        memory.save(text)
    assert memory.list() == []
    assert text.strip()[-12:] not in str(refused.value) or len(text) < 9


@pytest.mark.parametrize(
    "text",
    [
        "The token is in the keychain under acme/deploy",
        "Set API_KEY=<your key> before you start",
        "password: $DATABASE_PASSWORD",
        "postgres://app:${PASSWORD}@db/x is the URL",
        "The secret is: never call reset() twice",
        "tokens: count_tokens_of_messages2",
        "commit 8f14e45fceea167a5a36dedd4bea2543 broke the build",
    ],
)
def test_what_only_speaks_of_secrets_is_kept(memory: Memory, text: str) -> None:
    assert memory.save(text).text == text


def test_who_wants_to_may_keep_anything(open_memory: Callable[..., Memory]) -> None:
    memory = open_memory(allow_secrets=True)
    assert memory.save("AKIAIOSFODNN7ABCDEFG is the example key").holds


def test_a_full_project_says_so(open_memory: Callable[..., Memory]) -> None:
    memory = open_memory(limits=Limits(facts=2))
    memory.save("one")
    memory.save("two")
    assert memory.save("two", agent="codex").sources[-1].agent == "codex"
    with pytest.raises(Refused, match="this would be fact 3 of the project, and 2 are the most"):
        memory.save("three")


def test_labels_are_short_and_printable(memory: Memory) -> None:
    for agent in ("a\nb", "x" * 201, "\u202eevil"):
        with pytest.raises(Refused, match="printable"):
            memory.save("one", agent=agent)


def test_who_says_the_same_in_many_sessions_is_not_written_down_forever(memory: Memory) -> None:
    for n in range(40):
        fact = memory.save("one", session=f"s{n}")
    assert len(fact.sources) == 32


def test_an_export_comes_back_byte_for_byte(
    open_memory: Callable[..., Memory], memory: Memory
) -> None:
    first = memory.save(
        "The port is 8787 – 端口\u2028", agent="codex", tags=["b", "a"], category="c"
    )
    memory.edit(first.id, 'The "port" is 9000', agent="claude-code")
    memory.save('The "port" is 9000', agent="gemini", session="s")
    memory.forget(memory.save("gone").id)
    exported = memory.export()
    assert exported.splitlines()[0] == '{"headroom_memory":1}'
    other = open_memory("other")
    assert other.import_(exported) == 3
    assert other.export() == exported
    assert other.import_(exported) == 0
    assert other.export() == exported
    assert [f.text for f in other.history(first.id)] == [f.text for f in memory.history(first.id)]
    assert [m.fact.id for m in other.search("端口", at=first.valid_from)] == [first.id]


def test_an_import_joins_what_both_know(open_memory: Callable[..., Memory], memory: Memory) -> None:
    here = memory.save("shared", agent="codex")
    memory.save("mine")
    other = open_memory("other")
    fact = other.save("draft")
    other.edit(fact.id, "shared", agent="gemini")
    assert memory.import_(other.export()) == 1
    assert [source.agent for source in memory.get(here.id).sources] == ["codex", "gemini"]
    assert [f.text for f in memory.history(here.id)] == ["shared", "draft"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda line: line[:-1], "line 3: no JSON"),
        (lambda line: "[]", "line 3: expected an object with id, text"),
        (
            lambda line: line.replace('"tags":[]', '"tags":[1]'),
            "line 3: a field is of another type",
        ),
        (lambda line: line.replace("Z", ""), "line 3: "),
        (lambda line: line.replace("two", " "), "line 3: expected a text"),
        (lambda line: line.replace('"id":"', '"id":"../'), "line 3: .*id"),
    ],
)
def test_a_broken_import_changes_nothing(
    open_memory: Callable[..., Memory], memory: Memory, change: Callable[[str], str], sentence: str
) -> None:
    memory.save("one")
    memory.save("two")
    lines = memory.export().splitlines()
    lines[2] = change(lines[2])
    other = open_memory("other")
    with pytest.raises(Refused, match=sentence):
        other.import_("\n".join(lines))
    assert other.list() == []
    with pytest.raises(Refused, match="line 1: expected"):
        other.import_("nothing\n")


def test_what_was_deleted_is_in_no_file(tmp_path: Path) -> None:
    memory = Memory("acme", store=URL.format(tmp_path / "m"))
    shared = SharedContext(URL.format(tmp_path / "m"), project="acme")
    for n in range(50):
        memory.save(f"ordinary fact {n}")
    fact = memory.save("zanzibar is the code word")
    memory.edit(fact.id, "zanzibar was the code word")
    shared.put("note", "zanzibar again")
    memory.delete(fact.id)
    shared.delete("note")
    files = list((tmp_path / "m").iterdir())
    assert files
    assert not any(b"zanzibar" in file.read_bytes() for file in files)
    shared.put("note", "x")
    assert memory.purge() == 50
    assert shared.keys() == []
    assert not any(b"ordinary" in file.read_bytes() for file in files if file.exists())
    shared.close()
    memory.close()


def test_files_are_private(tmp_path: Path) -> None:
    memory = Memory("acme", store=URL.format(tmp_path / "memory"))
    memory.save("one")
    folder = tmp_path / "memory"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    memory.close()


def test_reading_makes_nothing(tmp_path: Path, memory: Memory) -> None:
    assert memory.search("port") == []
    assert memory.list() == []
    assert memory.stats().facts == 0
    assert memory.export() == '{"headroom_memory":1}\n'
    assert not (tmp_path / "memory").exists()


def test_a_corrupt_file_is_named(tmp_path: Path) -> None:
    memory = Memory("acme", store=URL.format(tmp_path / "memory"))
    memory.save("one")
    memory.close()
    (file,) = (tmp_path / "memory").glob("*.db")
    file.write_bytes(b"this is no database " * 500)
    with pytest.raises(StoreError, match=rf"the memory .*{file.name} could not be used"):
        memory.list()


def test_stats_count(memory: Memory) -> None:
    fact = memory.save("one", agent="codex")
    memory.edit(fact.id, "two", agent="gemini")
    stats = memory.stats()
    assert (stats.facts, stats.ended, stats.agents) == (1, 1, {"codex": 1, "gemini": 1})
    assert stats.bytes > 0


def test_a_place_knows_its_projects(open_memory: Callable[..., Memory], url: str) -> None:
    place = open_place(url)
    assert place.projects() == []
    open_memory("b").save("one")
    open_memory("a").save("one")
    open_memory("unused").search("one")
    assert [project.identity for project in place.projects()] == ["name:a", "name:b"]
    place.of(project_of("a")).close()


def test_only_a_place_on_this_machine_knows_folders_and_the_user(
    open_memory: Callable[..., Memory], url: str, tmp_path: Path
) -> None:
    for project in (USER, tmp_path):
        if url.startswith("sqlite"):
            assert open_memory(project).save("one").holds
        else:
            with pytest.raises(ProjectUnknown, match="on a server a project has a name"):
                open_memory(project)


def test_a_place_has_a_url() -> None:
    for wrong in ("?tenant=A", "?tenant=" + "a" * 41):
        with pytest.raises(StoreError, match="tenant: expected"):
            open_place(f"postgresql://h/d{wrong}")
    with pytest.raises(StoreError, match="expected 'sqlite:///path/to/folder'"):
        open_place("mysql://user:secret@host/x")


def test_json_has_every_field(memory: Memory) -> None:
    memory.save("one", agent="codex")
    line = json.loads(memory.export().splitlines()[1])
    assert list(line) == [
        "id", "text", "category", "tags", "valid_from", "valid_until", "superseded_by", "sources"
    ]  # fmt: skip
    assert line["sources"][0]["agent"] == "codex"
