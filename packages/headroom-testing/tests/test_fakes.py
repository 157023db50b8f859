"""The fakes do what they are told."""

from __future__ import annotations

import pytest

from headroom import Headroom
from headroom.ccr.keys import key_of
from headroom.errors import StoreError
from headroom.types import JSON, Entry
from headroom_testing.fakes import FailingStore, PrefixChanged, PrefixProvider, Recorder

ENTRY = Entry(key_of("text"), "text", "short")


def test_a_store_fails_on_the_calls_it_was_told_to() -> None:
    store = FailingStore(puts=[2], gets=[1, 3])
    store.put([ENTRY])
    with pytest.raises(StoreError, match="full"):
        store.put([ENTRY])
    with pytest.raises(StoreError):
        store.sent(["short"])
    assert store.get(ENTRY.ref) == "text"
    with pytest.raises(StoreError):
        store.original("short", b"")
    assert store.source(ENTRY.ref) == ""
    assert (store.put_calls, store.get_calls) == (2, 4)


def test_a_provider_names_the_message_that_changed() -> None:
    provider = PrefixProvider()
    turn = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    provider.send(turn[:1])
    provider.send(turn)
    provider.send([*turn, {"role": "user", "content": "c"}])
    with pytest.raises(
        PrefixChanged, match=r"messages\[1\] was sent as .*\"b\".*, and now as .*\"B\""
    ) as error:
        provider.send([turn[0], {"role": "assistant", "content": "B"}])
    assert error.value.index == 1
    with pytest.raises(PrefixChanged, match=r"messages\[2\] .* now as nothing"):
        provider.send(turn)


def test_the_order_of_fields_is_part_of_a_message() -> None:
    provider = PrefixProvider()
    provider.send([{"role": "user", "content": "a"}])
    with pytest.raises(PrefixChanged):
        provider.send([{"content": "a", "role": "user"}])


def test_with_a_new_epoch_results_may_read_otherwise_and_nothing_else() -> None:
    call: JSON = {"id": "1", "type": "function", "function": {"name": "ls", "arguments": "{}"}}
    turn: list[JSON] = [
        {"role": "assistant", "content": "Look.", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "content": "a b c"},
    ]
    folded = [turn[0], {**turn[1], "content": "folded"}]
    provider = PrefixProvider()
    provider.send(turn)
    provider.send(folded, epochs=1)
    with pytest.raises(PrefixChanged):
        provider.send(turn, epochs=1)
    with pytest.raises(PrefixChanged, match=r"messages\[0\]"):
        provider.send([{**turn[0], "content": "look"}, folded[1]], epochs=2)
    thought = {"type": "thinking", "thinking": "Hm.", "signature": "EqQBCgIYAg=="}
    bound = {"role": "assistant", "content": [thought]}
    provider.send([*folded, bound], epochs=1)
    with pytest.raises(PrefixChanged, match=r"messages\[1\]"):
        provider.send([turn[0], {**turn[1], "content": "more"}, bound], epochs=2)


def test_a_recorder_remembers_and_may_fail() -> None:
    recorder = Recorder(error=RuntimeError("observers may fail"))
    Headroom(store="memory:", observers=[recorder]).compress([{"role": "user", "content": "a"}])
    assert recorder.stages == ["Setup", "Input Received", "Input Compressed", "Input Remembered"]
    assert recorder.events[-1].receipt.decisions[0].outcome == "too-small"
