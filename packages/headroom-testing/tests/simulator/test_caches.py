"""The caches read, write and forget what providers say that theirs do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom_testing.simulator.caches import AutomaticCache, MarkedCache, Usage
from headroom_testing.simulator.prompts import Piece, Prompt, read_prompt
from headroom_testing.simulator.seals import Sealer, broken_seals


class Hand:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def prompt(keys: str, marks: dict[int, float] | None = None, tokens: int = 1000) -> Prompt:
    """Returns a prompt of one piece a letter; `marks` keep the piece at an index for so long."""
    marks = marks or {}
    return Prompt(tuple(Piece(key, tokens, marks.get(n)) for n, key in enumerate(keys)))


@pytest.fixture
def clock() -> Hand:
    return Hand()


def test_a_marked_prefix_is_written_then_read(clock: Hand) -> None:
    cache = MarkedCache(clock, 1024)
    assert cache.take(prompt("abc", {1: 300.0})) == Usage(written_5m=2000, fresh=1000)
    assert cache.take(prompt("abd", {1: 300.0})) == Usage(read=2000, fresh=1000)
    assert cache.take(prompt("xbd", {1: 300.0})) == Usage(written_5m=2000, fresh=1000)


def test_below_the_minimum_nothing_is_written(clock: Hand) -> None:
    cache = MarkedCache(clock, 4096)
    for _ in range(2):
        assert cache.take(prompt("abc", {1: 300.0})) == Usage(fresh=3000)


def test_an_entry_lapses_and_use_renews_it(clock: Hand) -> None:
    cache = MarkedCache(clock, 1024)
    cache.take(prompt("ab", {1: 300.0}))
    for now in (299.0, 598.0):
        clock.now = now
        assert cache.take(prompt("ab", {1: 300.0})).read == 2000
    clock.now = 898.0
    assert cache.take(prompt("ab", {1: 300.0})).written_5m == 2000


def test_an_hour_and_five_minutes_are_counted_apart(clock: Hand) -> None:
    cache = MarkedCache(clock, 1024)
    marks = {1: 3600.0, 3: 300.0}
    assert cache.take(prompt("abcd", marks)) == Usage(written_1h=2000, written_5m=2000)
    clock.now = 1000.0
    assert cache.take(prompt("abcd", marks)) == Usage(read=2000, written_5m=2000)


@given(st.integers(1, 40))
def test_a_breakpoint_looks_back_twenty_blocks(added: int) -> None:
    cache = MarkedCache(Hand(), 1024)
    start, more = "ab", "".join(chr(0x4E00 + n) for n in range(added))
    cache.take(prompt(start, {1: 300.0}))
    usage = cache.take(prompt(start + more, {1 + added: 300.0}))
    assert usage.read == (2000 if added < 20 else 0)
    assert usage.input == 1000 * (2 + added)


def test_automatic_prefixes_come_in_steps(clock: Hand) -> None:
    cache = AutomaticCache(clock, 1024)
    assert cache.take(prompt("abc")) == Usage(fresh=3000)
    assert cache.take(prompt("abd")) == Usage(read=1920, fresh=1080)
    assert cache.take(prompt("a", tokens=1000)) == Usage(fresh=1000)
    clock.now = 5000.0
    assert cache.take(prompt("abc")) == Usage(fresh=3000)


def request(text: str, **more: object) -> dict[str, object]:
    messages = [{"role": "user", "content": "a"}, {"role": "assistant", "content": text}]
    return {"model": "claude-opus-5", "system": "s", "messages": messages, **more}


def test_changed_parameters_lose_the_messages_but_no_seal() -> None:
    before, after = (
        read_prompt(request("x", tool_choice={"type": kind}), len) for kind in ("auto", "any")
    )
    assert before.cache_keys[1] == after.cache_keys[1]
    assert before.cache_keys[2] != after.cache_keys[2]
    assert before.digests == after.digests


def test_a_seal_holds_for_its_prefix_only() -> None:
    first = read_prompt({"system": "s", "messages": [{"role": "user", "content": "a"}]}, len)
    seal = Sealer(first).seal()
    thinking = {"type": "thinking", "thinking": "hm", "signature": seal}
    for question, broken in (("a", []), ("b", [2])):
        messages = [
            {"role": "user", "content": question},
            {"role": "assistant", "content": [thinking]},
        ]
        assert broken_seals(read_prompt({"system": "s", "messages": messages}, len)) == broken
    foreign = [{"role": "assistant", "content": [{**thinking, "signature": "EqQBCgIYAg=="}]}]
    assert broken_seals(read_prompt({"system": "s", "messages": foreign}, len)) == []
