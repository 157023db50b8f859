"""What went out goes out like that again, whatever happens in between."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom import Policy
from headroom.ccr.lineage import Record, lineage, pack, unpack
from headroom.ccr.memory import MemoryStore
from headroom.errors import StoreError
from headroom.formats import anthropic_messages, read
from headroom.protocols import Store
from headroom.sessions import How, Sessions, Way
from headroom.types import JSON, Block, Replacement, Span, Thread, ToolCall
from headroom_testing.fakes import FailingStore
from headroom_testing.strategies import (
    Dialogue,
    anthropic_session,
    gemini_session,
    openai_session,
    responses_session,
)

LOGS = [
    "".join(f"2026-11-21 10:00:{n % 60:02} INFO run {run} tick {n} done\n" for n in range(60))
    for run in range(5)
]
FORMATS = [openai_session, anthropic_session, responses_session, gemini_session]
SHORT = Policy.lossless()


def send(sessions: Sessions, field: str, messages: list[JSON], **options: JSON) -> list[JSON]:
    """Returns the messages that go out."""
    body = json.dumps({"model": "gpt-4o", field: messages}).encode()
    result = sessions.send(body, Way(**options))
    assert result.reason == ""
    out: list[JSON] = json.loads(result.body)[field]
    return out


def turns(dialogue: Dialogue) -> list[int]:
    """Returns after how many messages a request was made: before each answer, and at the end."""
    roles = [message.role for message in read(dialogue.messages).messages]
    starts = [n for n in range(1, len(roles)) if roles[n] == "assistant" != roles[n - 1]]
    return [*starts, len(roles)]


class Vetoing:
    """A hook under which results stay as they are."""

    name = "vetoing"

    def allows(self, block: Block) -> bool:
        return False


MADE: list[Callable[[Store], Sessions]] = [Sessions, lambda store: Sessions(store, hooks=Vetoing())]
STEPS = st.tuples(
    st.sampled_from(("compress", "compress", "observe", "replay")),
    st.integers(0, 1),
    st.booleans(),
    st.sampled_from((SHORT, Policy())),
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(FORMATS), st.lists(STEPS, min_size=12, max_size=12))
def test_a_session_only_grows(
    session: Callable[[list[str]], Dialogue], steps: list[tuple[How, int, bool, Policy]]
) -> None:
    """Over two workers that decide otherwise, restarts, modes and policies."""
    store = MemoryStore()
    workers = [make(store) for make in MADE]
    dialogue = session([*LOGS, LOGS[0], LOGS[2]])
    before: list[JSON] = []
    for count, (how, worker, restart, policy) in zip(turns(dialogue), steps, strict=False):
        if restart:
            workers = [make(store) for make in MADE]
        given = dialogue.messages[:count]
        now = send(workers[worker], dialogue.field, given, how=how, policy=policy)
        assert now[: len(before)] == before
        before = now


@pytest.mark.parametrize("session", FORMATS)
@pytest.mark.parametrize("joined", [1, 3])
def test_who_joins_later_leaves_alone_what_the_provider_has_seen(
    session: Callable[[list[str]], Dialogue], joined: int
) -> None:
    sessions = Sessions("memory:")
    dialogue = session(LOGS)
    ends = turns(dialogue)
    before = dialogue.messages[: ends[joined - 1]]
    for end in ends[joined:]:
        now = send(sessions, dialogue.field, dialogue.messages[:end])
        assert now[: len(before)] == before
        before = now
    texts = json.dumps(before)
    assert [json.dumps(log)[1:-1] in texts for log in LOGS] == [n < joined - 1 for n in range(5)]


def test_breakpoints_and_the_way_of_writing_do_not_count() -> None:
    said: list[list[JSON]] = [
        [{"role": "user", "content": "Go."}],
        [{"role": "user", "content": [{"type": "text", "text": "Go."}]}],
        [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "Go.", "cache_control": {"type": "ephemeral"}}
                ],
            }
        ],
        [{"role": "system", "content": "It is 10:01."}, {"role": "user", "content": "Go."}],
    ]
    keys = [[key for key in lineage(read(messages).messages) if key] for messages in said]
    assert keys == [keys[0]] * 4
    assert lineage(read([{"role": "user", "content": "Stop."}]).messages) != keys[0]


def results(dialogue: list[JSON]) -> list[str]:
    return [m["content"] for m in dialogue if m["role"] == "tool"]


def test_a_system_prompt_with_a_clock_costs_no_savings() -> None:
    sessions = Sessions("memory:")
    dialogue = openai_session(LOGS)
    sent: list[str] = []
    for n, end in enumerate(turns(dialogue)):
        clock = {"role": "system", "content": f"It is 10:{n:02}."}
        now = results(send(sessions, "messages", [clock, *dialogue.messages[:end]]))
        assert now[: len(sent)] == sent
        sent = now
    assert not set(sent) & set(LOGS)


def test_a_branch_goes_on_from_what_it_shares() -> None:
    store = MemoryStore()
    whole, other = openai_session(LOGS), openai_session([*LOGS[:2], *LOGS[3:]])
    sent: dict[str, list[JSON]] = {}
    for dialogue in (whole, other, whole):
        for end in turns(dialogue):
            given = json.dumps(dialogue.messages[:end])
            now = send(Sessions(store), "messages", dialogue.messages[:end])
            assert sent.setdefault(given, now) == now
    assert not set(results(now)) & set(LOGS)


def test_what_a_client_takes_away_does_not_unpack_the_rest() -> None:
    sessions = Sessions("memory:")
    messages = openai_session(LOGS).messages
    for end in turns(openai_session(LOGS)):
        send(sessions, "messages", messages[:end])
    cleared = [
        {**m, "content": "[cleared]"} if m.get("content") == LOGS[1] else m for m in messages
    ]
    assert not set(results(send(sessions, "messages", cleared))) & set(LOGS)


def test_the_same_below_bound_thinking_stays_as_it_came() -> None:
    sessions = Sessions("memory:")
    messages = anthropic_session(LOGS).messages
    for end in turns(anthropic_session(LOGS)):
        send(sessions, "messages", messages[:end])
    thought = {"type": "thinking", "thinking": "", "signature": "x"}
    changed = [dict(message) for message in messages]
    last = max(n for n, m in enumerate(changed) if m["role"] == "assistant")
    changed[last]["content"] = [thought, *changed[last]["content"]]
    changed[4:6] = []  # a turn is gone
    sent = json.dumps(send(sessions, "messages", changed))
    assert [json.dumps(log)[1:-1] in sent for log in LOGS] == [False, False, True, True, False]


def test_what_the_client_says_in_the_models_place_is_no_answer() -> None:
    asked = [{"role": "user", "content": LOGS[0]}, {"role": "assistant", "content": "{"}]
    sent = send(Sessions("memory:"), "messages", asked)
    assert len(sent[0]["content"]) < len(LOGS[0])
    assert sent[1] == asked[1]


def test_who_counts_gets_what_would_go_out_and_leaves_no_trace() -> None:
    store = MemoryStore()
    messages = openai_session(LOGS[:1]).messages
    counted = send(Sessions(store), "messages", messages, records=False)
    assert results(counted) != LOGS[:1]
    assert send(Sessions(store), "messages", messages, how="replay") == messages
    assert send(Sessions(store), "messages", messages, records=False) == messages


def test_a_ledger_that_cannot_be_read_takes_the_tool_away_only_meanwhile() -> None:
    failing: set[int] = set()
    store = FailingStore(MemoryStore(), gets=failing)
    messages = anthropic_session(LOGS[:3]).messages
    tool = {"name": "bash", "input_schema": {"type": "object"}}
    names = []
    for end, fails in zip(turns(anthropic_session(LOGS[:3])), (False, True, False), strict=False):
        failing.clear()
        failing.update(range(store.get_calls, 10_000 if fails else 0))
        body = json.dumps({"tools": [tool], "messages": messages[:end]}).encode()
        way = Way(retrieving=Policy())
        sent = Sessions(store).send(body, way, wire_format=anthropic_messages.FORMAT)
        names.append([one["name"] for one in json.loads(sent.body)["tools"]])
    assert names == [["bash", "headroom_retrieve"], ["bash"], ["bash", "headroom_retrieve"]]


def test_to_observe_tells_what_would_be_saved_and_changes_nothing() -> None:
    sessions = Sessions("memory:")
    body = json.dumps({"messages": openai_session(LOGS).messages}).encode()
    for _ in range(2):
        result = sessions.send(body, Way(how="observe"))
        assert result.body == body
        assert result.savings > 0.3


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 20), st.integers(1, 20), st.booleans())
def test_a_store_that_fails_costs_savings_and_nothing_else(
    first: int, count: int, reads: bool
) -> None:
    """Also where it comes back, and another worker goes on."""
    inner = MemoryStore()
    fails = range(first, first + count)
    store = FailingStore(inner, puts=fails, gets=fails if reads else ())
    one = Sessions(store)
    dialogue = openai_session(LOGS)
    before: list[JSON] = []
    for end in turns(dialogue):
        now = send(one, "messages", dialogue.messages[:end])
        assert now[: len(before)] == before
        before = now
    more = [*dialogue.messages, {"role": "user", "content": "Thanks."}]
    healthy = store.put_calls > fails.stop
    assert send(one, "messages", more)[: len(before)] == before
    if healthy:
        assert send(Sessions(inner), "messages", more)[: len(before)] == before


def test_nothing_goes_out_before_its_original_and_record_are_stored() -> None:
    inner = MemoryStore()
    messages = openai_session(LOGS[:1]).messages
    for failing in (1, 2):
        sessions = Sessions(FailingStore(inner, puts=[failing]))
        asked = [{"role": "user", "content": f"{failing}"}, *messages]
        assert send(sessions, "messages", asked) == asked


@pytest.mark.parametrize("harm", ["locked", "corrupt"])
def test_a_file_that_fails_costs_savings_and_nothing_else(tmp_path: Path, harm: str) -> None:
    path = tmp_path / "store.db"
    sessions = Sessions(f"sqlite://{path}")
    dialogue = openai_session(LOGS[:3])
    ends = turns(dialogue)
    before = send(sessions, "messages", dialogue.messages[: ends[1]])
    assert results(before) != LOGS[:1]
    locking = sqlite3.connect(path, isolation_level=None)
    if harm == "locked":
        locking.execute("BEGIN IMMEDIATE")
    else:
        for file in tmp_path.iterdir():
            file.write_bytes(b"\xff" * file.stat().st_size)
    now = send(sessions, "messages", dialogue.messages[: ends[2]])
    assert now == [*before, *dialogue.messages[ends[1] : ends[2]]]
    locking.close()


def test_records_that_cannot_be_read_count_as_a_ledger_that_cannot() -> None:
    with pytest.raises(StoreError, match="expected a record"):
        unpack(b'0{"sent": 1}')
    store = MemoryStore()
    messages = openai_session(LOGS[:1]).messages
    keys = lineage(read(messages).messages)
    store.record([(key, b"0{}") for key in keys])
    assert send(Sessions(store), "messages", messages) == messages


@given(
    st.lists(
        st.none()
        | st.builds(
            Replacement,
            st.text(),
            st.text(),
            st.text(),
            st.integers(0),
            st.integers(0),
            st.booleans(),
            st.booleans(),
            st.integers(0),
            st.lists(st.builds(Span, st.integers(0), st.integers(0)), max_size=3).map(tuple),
        ),
        max_size=4,
    ),
    st.none()
    | st.builds(
        Thread,
        st.text(),
        st.binary(),
        st.text(),
        st.text(),
        st.lists(st.builds(ToolCall, st.text(), st.text(), st.text()), max_size=2).map(tuple),
    ),
)
def test_a_record_comes_back_as_it_was(
    sent: list[Replacement | None], thread: Thread | None
) -> None:
    record = replace(Record.of(tuple(sent)), thread=thread)
    assert unpack(pack(record)) == record


def test_a_session_of_this_week_is_never_forgotten(tmp_path: Path) -> None:
    now = [1_000 * 86_400.0]
    url = f"sqlite://{tmp_path}/store.db?max_bytes=1"
    sessions = Sessions(url, clock=lambda: now[0])
    sessions.store._clock = lambda: now[0]  # type: ignore[attr-defined]
    dialogue = openai_session(LOGS)
    before: list[JSON] = []
    for end in turns(dialogue):
        now[0] += 5 * 86_400
        sent = send(sessions, "messages", dialogue.messages[:end])
        assert sent[: len(before)] == before
        before = sent
        sessions.store.evict()  # type: ignore[attr-defined]
    now[0] += 8 * 86_400
    sessions.store.evict()  # type: ignore[attr-defined]
    fresh = Sessions(sessions.store, clock=lambda: now[0])
    assert send(fresh, "messages", dialogue.messages)[:-2] == dialogue.messages[:-2]


def test_a_store_that_is_no_store_says_so() -> None:
    with pytest.raises(StoreError, match="memory:"):
        Sessions("nowhere")
