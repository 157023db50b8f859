"""Texts that agents hand on to each other."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headroom import Headroom, retrieve
from headroom_memory import Limits, Refused, SharedContext
from headroom_testing.servers import Daemon

LOG = (
    "".join(
        f"10:{n // 60:02}:{n % 60:02} INFO order {n * 31 % 977} took {n} ms\n" for n in range(900)
    )
    + "11:00:00 ERROR billing: refused\n"
)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path, servers: Callable[[str], Daemon]) -> str:
    """Where the values are: in a file, and on a server."""
    if request.param == "sqlite":
        return f"sqlite://{tmp_path}"
    tenant = re.sub(r"\W", "_", str(tmp_path).lower())[-40:]
    return f"{servers('postgres').url}&tenant={tenant}"


@pytest.fixture
def shared(url: str) -> Iterator[SharedContext]:
    context = SharedContext(url, project="acme", headroom=Headroom(store="memory:"))
    yield context
    context.close()


@given(key=st.text(min_size=1, max_size=50), value=st.text(st.characters(), max_size=300))
@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_value_comes_back_as_it_was_put(shared: SharedContext, key: str, value: str) -> None:
    try:
        shared.put(key, value)
    except Refused:
        assert "\0" in key or any("\ud800" <= c <= "\udfff" for c in key)
    else:
        assert shared.get(key) == value
        assert shared.entry(key) is not None


def test_any_value_even_half_a_character(shared: SharedContext) -> None:
    for value in ("", "a\r\n\0b\ufeff", "half \ud800 pair", LOG):
        shared.put("k", value)
        assert shared.get("k") == value


def test_equal_values_are_kept_once_and_compressed(shared: SharedContext) -> None:
    for n in range(5):
        shared.put(f"copy {n}", LOG, agent=f"agent {n}")
    shared.put("other", "x")
    sizes = shared._database.read(
        lambda rows: [
            row[0] for row in rows.execute("SELECT length(data) FROM originals").fetchall()
        ]
    )
    assert sizes is not None
    assert len(sizes) == 2
    assert sum(sizes) < len(LOG) / 4
    assert [entry.agent for entry in shared.entries()][:2] == ["agent 0", "agent 1"]
    for n in range(4):
        assert shared.delete(f"copy {n}")
    assert shared.get("copy 4") == LOG
    assert not shared.delete("copy 0")
    assert shared.clear() == 2
    assert shared.get("copy 4") is None
    assert shared.entry("copy 4") is None


def test_a_model_gets_a_short_view_whose_rest_can_be_brought_back(shared: SharedContext) -> None:
    shared.put("log", LOG)
    view = shared.view("log", query="What failed?")
    assert view is not None
    assert "billing: refused" in view
    assert len(view) < len(LOG) / 3
    assert shared.view("log", query="What failed?") == view
    assert shared.view("nothing") is None


def test_the_reference_in_a_view_is_known_to_the_library(tmp_path: Path) -> None:
    shared = SharedContext(f"sqlite://{tmp_path}", project="acme")
    shared.put("log", LOG)
    view = shared.view("log", query="What failed?")
    assert view is not None
    ref = view.split('headroom_retrieve("')[1].split('"')[0]
    assert retrieve(ref) == LOG
    shared.close()


def test_another_process_sees_it(url: str, shared: SharedContext) -> None:
    shared.put("plan", "measure – then change", agent="planner", session="s")
    code = (
        "import sys; from headroom_memory import SharedContext\n"
        "shared = SharedContext(sys.argv[1], project='acme')\n"
        "entry = shared.entry('plan'); print(entry.agent, entry.session)\n"
        "sys.stdout.buffer.write(shared.get('plan').encode()); shared.close()"
    )
    said = subprocess.check_output([sys.executable, "-c", code, url])
    assert said.decode() == "planner s\nmeasure – then change"


def test_what_is_too_much_is_refused_and_nothing_changes(tmp_path: Path) -> None:
    limits = Limits(value_bytes=100, values=2, values_bytes=150)
    shared = SharedContext(f"sqlite://{tmp_path}", project="acme", limits=limits)
    shared.put("a", "x" * 100)
    with pytest.raises(Refused, match="at most 100 bytes, got 101"):
        shared.put("a", "x" * 101)
    with pytest.raises(Refused, match="no room in project acme: 2 values"):
        shared.put("b", "y" * 60)
    shared.put("b", "y" * 10)
    with pytest.raises(Refused, match="no room"):
        shared.put("c", "z")
    assert shared.keys() == ["a", "b"]
    for key in ("", "k" * 501, "\0"):
        with pytest.raises(Refused, match="expected a key"):
            shared.put(key, "x")
        assert shared.get(key) is None
    shared.close()


@pytest.mark.parametrize(
    "key", ["../../etc/passwd", "/abs", "C:\\x", "a\nb", "'; DROP TABLE shared; --"]
)
def test_a_key_is_never_a_place(tmp_path: Path, shared: SharedContext, key: str) -> None:
    shared.put(key, "value")
    assert shared.get(key) == "value"
    assert {file.suffix for file in tmp_path.iterdir()} <= {".db", ".db-wal", ".db-shm"}
