"""What one process knows of the ledger outlives the store: held, and given again."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom import Policy
from headroom.ccr.lineage import Record
from headroom.ccr.marker import references
from headroom.ccr.memory import MemoryStore
from headroom.errors import StoreError
from headroom.formats import anthropic_messages, read
from headroom.ledger import Bounded, Ledger
from headroom.sessions import Sessions, Way
from headroom.types import JSON, Hidden, Round
from headroom_testing.fakes import FailingStore
from headroom_testing.strategies import (
    Dialogue,
    anthropic_session,
    gemini_session,
    openai_session,
    responses_session,
)

LOGS = [
    "".join(
        f"2026-11-21 10:00:{n % 60:02} GET /{run * n * 7919 % 99991} {n}ms\n" for n in range(90)
    )
    for run in range(1, 6)
]
FORMATS = [openai_session, anthropic_session, responses_session, gemini_session]
HIDDEN = Record(hidden=Hidden("t", (Round(((0, "call"),), "lines", 1),)))
KEYS = [b"a", b"b"]
LOST = StoreError("the disk is full")


class Losing(FailingStore):
    """A store that loses all it has, now and then."""

    def lose(self) -> None:
        self.inner = MemoryStore()


def turns(dialogue: Dialogue) -> list[int]:
    """Returns after how many messages a request was made."""
    roles = [message.role for message in read(dialogue.messages).messages]
    starts = [n for n in range(1, len(roles)) if roles[n] == "assistant" != roles[n - 1]]
    return [*starts, len(roles)]


def send(sessions: Sessions, field: str, messages: Sequence[JSON]) -> list[JSON]:
    body = json.dumps({"model": "gpt-4o", field: messages}).encode()
    out: list[JSON] = json.loads(sessions.send(body, Way(policy=Policy())).body)[field]
    return out


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(FORMATS), st.sets(st.integers(1, 4)), st.booleans())
def test_a_store_that_loses_all_it_has_changes_nothing(
    session: Callable[[list[str]], Dialogue], losses: set[int], last: bool
) -> None:
    """As long as the process lives; and who comes after it finds all that it sent since."""
    store = Losing(MemoryStore())
    sessions = Sessions(store)
    dialogue = session(LOGS)
    before: list[JSON] = []
    for n, end in enumerate(turns(dialogue)):
        if n in losses:
            store.lose()
        now = send(sessions, dialogue.field, dialogue.messages[:end])
        assert now[: len(before)] == before
        before = now
    texts = [block.text for message in read(before).messages for block in message.blocks]
    refs = [*references("\n".join(texts))]
    assert refs
    assert all(store.get(ref) is not None for ref in refs)
    if last:
        store.lose()
        sessions.check()
    again = send(Sessions(store.inner), dialogue.field, dialogue.messages)
    assert again == before


def test_a_tool_that_was_declared_stays_so_when_the_store_is_lost() -> None:
    store = Losing(MemoryStore())
    dialogue = anthropic_session(LOGS[:3])
    tool = {"name": "bash", "input_schema": {"type": "object"}}
    way = Way(retrieving=Policy())
    names = []
    sessions = Sessions(store)
    for end in turns(dialogue)[:3]:
        body = json.dumps({"tools": [tool], "messages": dialogue.messages[:end]}).encode()
        sent = sessions.send(body, way, wire_format=anthropic_messages.FORMAT)
        names.append([one["name"] for one in json.loads(sent.body)["tools"]])
        if len(names) == 1:
            store.lose()
        else:
            sessions = Sessions(store.inner)  # another process, after one request
    assert names == [["bash", "headroom_retrieve"]] * 3


def test_what_the_client_never_saw_is_held_until_the_store_takes_it() -> None:
    """And given as it was: not as what goes out of the message that it belongs to."""
    store = FailingStore(MemoryStore(), puts=[2])
    ledger = Ledger(store, lambda: 0.0)
    ledger.record(KEYS[:1], [Record()])
    with pytest.raises(StoreError):
        ledger.record(KEYS[1:], [HIDDEN])
    ledger.hold(KEYS[1:], [HIDDEN], LOST)
    assert ledger.trouble == str(LOST)
    assert ledger.record(KEYS, [Record(), Record()])
    assert ledger.trouble == ""
    for one in (ledger, Ledger(store.inner, lambda: 0.0)):
        assert one.recall(KEYS) == ([Record(), HIDDEN], True)


def test_others_sessions_are_caught_up_on_too() -> None:
    store = FailingStore(MemoryStore(), puts=[1])
    ledger = Ledger(store, lambda: 0.0)
    ledger.hold([b"other"], [HIDDEN], LOST)
    with pytest.raises(StoreError):
        ledger.check()
    assert ledger.trouble
    ledger.check()
    assert not ledger.trouble
    assert Ledger(store.inner, lambda: 0.0).recall([b"other"]) == ([HIDDEN], True)


def test_a_new_day_forgets_nothing_that_the_store_cannot_tell() -> None:
    now = [0.0]
    inner = MemoryStore()
    store = FailingStore(inner, gets=range(2, 9))
    ledger = Ledger(store, lambda: now[0])
    ledger.record(KEYS, [HIDDEN, Record()])
    now[0] += 86_400
    assert ledger.recall([b"x"]) == ([], True)
    assert ledger.recall(KEYS) == ([HIDDEN, Record()], True)
    assert ledger.recall([*KEYS, b"new"]) == ([HIDDEN, Record()], False)


def test_what_waits_for_a_store_is_bounded() -> None:
    held = Bounded(1000)
    for n in range(100):
        held.add(b"%d" % n, Record())
    assert list(held) == [b"%d" % n for n in range(95, 100)]
