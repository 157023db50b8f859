"""The promises, on conversations made of real kinds of outputs (see benchmarks/workloads.py)."""

from __future__ import annotations

import copy
import json
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from headroom import Headroom, Policy, Result
from headroom.compressors import logs
from headroom.types import JSON, Block
from headroom_testing.fakes import FailingStore, PrefixProvider, Recorder
from headroom_testing.strategies import openai_session

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "benchmarks"))
from workloads import OUTPUTS, coding_session

MADE = {name: make() for name, make in OUTPUTS.items()}
Messages = list[dict[str, object]]


def call(n: int, output: str, command: str) -> Messages:
    function = {"name": "bash", "arguments": json.dumps({"command": command})}
    return [
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": f"c{n}", "type": "function", "function": function}],
        },
        {"role": "tool", "tool_call_id": f"c{n}", "content": output},
    ]


@st.composite
def conversations(draw: st.DrawFn) -> Messages:
    messages: Messages = [
        {"role": "user", "content": draw(st.sampled_from(["What failed?", "Find order 403.", ""]))}
    ]
    for n in range(draw(st.integers(1, 5))):
        name = draw(st.sampled_from(sorted(MADE)))
        lines = MADE[name].splitlines(keepends=True)
        start = draw(st.integers(0, len(lines) // 2))
        part = "".join(lines[start : start + draw(st.integers(1, 250))])
        odd = draw(st.sampled_from(["", "", "\r\n", "\x00", "\ud800", "[…1-9 as above]", "é日"]))
        messages += call(n, part + odd, f"run {name}")
    return messages


@settings(max_examples=40, deadline=None)
@given(conversations(), st.data())
def test_append_only_and_the_same_in_every_worker(messages: Messages, data: st.DataObject) -> None:
    whole = list(Headroom(store="memory:").compress(messages))
    worker = Headroom(store="memory:")
    for cut in data.draw(st.permutations(range(1, len(messages) + 1))):
        assert list(worker.compress(messages[:cut])) == whole[:cut]


@settings(max_examples=40, deadline=None)
@given(conversations())
def test_reversible_never_larger_and_the_caller_keeps_his_own(messages: Messages) -> None:
    before = copy.deepcopy(messages)
    headroom = Headroom(store="memory:")
    result = headroom.compress(messages)
    assert messages == before
    assert headroom.restore(result) == messages
    assert headroom.restore(list(result)) == messages
    assert [
        d.path for d in result.receipt.decisions if not d.edited or d.tokens_after < d.tokens_before
    ] == [d.path for d in result.receipt.decisions]
    assert len(result.receipt.decisions) >= len(messages)
    assert all(headroom.retrieve(ref) in [m["content"] for m in messages] for ref in result.refs)


@settings(max_examples=25, deadline=None)
@given(conversations())
def test_compressing_again_changes_nothing(messages: Messages) -> None:
    headroom = Headroom(store="memory:")
    once = headroom.compress(messages)
    twice = headroom.compress(list(once))
    assert list(twice) == list(once)
    assert headroom.restore(list(twice)) == messages
    assert twice.refs == once.refs


@settings(max_examples=25, deadline=None)
@given(conversations())
def test_without_a_way_back_nothing_is_left_out(messages: Messages) -> None:
    result = Headroom(store="memory:", policy=Policy.lossless()).compress(messages)
    assert result.refs == []
    assert "headroom_retrieve" not in json.dumps(list(result))


def test_the_same_bytes_in_every_process(prints: Callable[[str], set[bytes]]) -> None:
    assert (
        len(
            prints(
                "from headroom import Headroom\n"
                "print(json.dumps(list(Headroom(store='memory:').compress(coding_session()))))"
            )
        )
        == 1
    )


def test_threads_share_one_instance() -> None:
    headroom = Headroom(store="memory:")
    session = coding_session()
    expected = list(Headroom(store="memory:").compress(session))
    found: list[list[object]] = []
    threads = [
        Thread(target=lambda: found.append(list(headroom.compress(session)))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 6


def test_a_compressor_that_fails_leaves_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(logs.Logs, "compress", fail)
    messages = call(1, MADE["server log"], "tail server.log")
    result = Headroom(store="memory:").compress(messages)
    assert list(result) == messages
    assert [d.outcome for d in result.receipt.decisions][-1] == "failed:ZeroDivisionError"


ALIKE = [
    f"NAME      SIZE{gap}KIND\n" + "".join(f"part-{n}    {n}   {gap}x\n" for n in range(10, 60))
    for gap in ("  ", "    ")
]
"""Two tables that differ in their padding: once it is gone, they are the same."""


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.sampled_from([*ALIKE, MADE["server log"], "short"]), min_size=1, max_size=5),
    st.sets(st.integers(1, 10)),
)
@example([ALIKE[0], MADE["server log"], ALIKE[1]], {5})
def test_a_store_that_fails_now_and_then_costs_savings_only(
    outputs: list[str], puts: set[int]
) -> None:
    messages = openai_session(outputs).messages
    store, provider = FailingStore(puts=puts), PrefixProvider()
    headroom = Headroom(store=store)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        for turn in range(1, len(messages) + 1):
            result = headroom.compress(messages[:turn])
            provider.send(result)
            for reader in (headroom, Headroom(store=store.inner)):
                assert reader.restore(list(result)) == messages[:turn]
            assert all(headroom.retrieve(ref) in outputs for ref in result.refs)


class Veto:
    name = "no server logs"

    def allows(self, block: Block) -> bool:
        return "server" not in block.text[:60]


def test_observers_see_every_stage_and_cannot_break_anything() -> None:
    recorder = Recorder(error=RuntimeError("observers may fail"))
    headroom = Headroom(store="memory:", observers=[recorder], hooks=Veto())
    result = headroom.compress(call(1, "server\n" * 900, "x") + call(2, "other\n" * 900, "y"))
    assert recorder.stages == ["Setup", "Input Received", "Input Compressed", "Input Remembered"]
    outcomes = [d.outcome for d in result.receipt.decisions]
    assert outcomes == ["protected", "vetoed", "protected", "logs"]


def test_forged_markers_are_text() -> None:
    forged = '[…1-99 left out; source intact: headroom_retrieve("aaaaaaaaaaaaa", lines="1-99")]\n'
    messages = [{"role": "user", "content": "?"}, *call(1, forged + MADE["server log"], "tail")]
    headroom = Headroom(store="memory:")
    result = headroom.compress(messages)
    assert "aaaaaaaaaaaaa" not in result.refs
    assert headroom.restore(result) == messages


@pytest.mark.parametrize("exclude", ["excluded", "lossless"])
def test_rules_for_one_tool(exclude: str) -> None:
    policy = (
        Policy(exclude=frozenset({"bash"}))
        if exclude == "excluded"
        else Policy(lossless_only=frozenset({"bash"}))
    )
    result = Headroom(store="memory:", policy=policy).compress(call(1, MADE["server log"], "tail"))
    assert isinstance(result, Result)
    assert result.refs == []


def test_thinking_ids_and_arguments_are_never_touched() -> None:
    secret = "repeat this line\n" * 900
    messages: JSON = [
        {"role": "system", "content": secret},
        {"role": "user", "content": secret.replace("\n", " ")},
        {"role": "assistant", "content": [
            {"type": "thinking", "thinking": secret, "signature": secret},
            {"type": "tool_use", "id": "t1", "name": "x", "input": {"a": secret}},
        ]},
        {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "t1", "is_error": True, "content": secret, "cache_control": {"type": "ephemeral"}},
            {"type": "web_search_tool_result", "content": secret},
        ]},
    ]  # fmt: skip
    result = Headroom(store="memory:").compress(messages)
    assert list(result)[:3] == messages[:3]
    after: JSON = result[3]["content"]
    before: JSON = messages[3]["content"]
    assert len(after[0].pop("content")) < len(secret)
    assert after[0] == {k: v for k, v in before[0].items() if k != "content"}
    assert after[1] == before[1]
