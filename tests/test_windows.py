"""Fitting a window: what an epoch may do, and what it never does."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom import Headroom, Policy, Result
from headroom.pipeline.epochs import LOW
from headroom.types import JSON
from headroom_testing.fakes import FailingStore, PrefixProvider
from headroom_testing.strategies import (
    Dialogue,
    anthropic_session,
    gemini_session,
    openai_session,
    responses_session,
)

Messages = list[dict[str, JSON]]
WORDS = ("river", "copper", "lantern", "meadow", "violet", "harbor", "timber", "saddle", "walnut")


def output(n: int, lines: int = 60) -> str:
    """An output without anything to compress or to point at, of some 12 tokens a line."""
    return "".join(
        f"{WORDS[(n + k) % 9]} {WORDS[(n * 7 + k * k) % 9]}_{n}_{k} at {(n * 7919 + k * 104729) % 99991}\n"
        for k in range(lines)
    )


def turn(n: int, text: str, said: str = "") -> Messages:
    function = {"name": "bash", "arguments": json.dumps({"command": f"show {n}"})}
    calls = [{"id": f"c{n}", "type": "function", "function": function}]
    return [
        {"role": "assistant", "content": said or None, "tool_calls": calls},
        {"role": "tool", "tool_call_id": f"c{n}", "content": text},
    ]


def session(outputs: list[str], said: str = "") -> Messages:
    asked: Messages = [{"role": "user", "content": "Which harbor is it?"}]
    return asked + [m for n, text in enumerate(outputs) for m in turn(n, text, said)]


def compress(messages: Messages, budget: int, **options: JSON) -> Result:
    return Headroom(store="memory:", policy=Policy(budget_tokens=budget, **options)).compress(
        messages
    )


@st.composite
def sessions(draw: st.DrawFn) -> Messages:
    """Sessions of an agent that quotes what it read, meets errors, reads again, and is asked more."""
    messages: Messages = [
        {"role": "user", "content": draw(st.sampled_from(["Why?", output(99, 9)]))}
    ]
    seen = ["nothing"]
    for n in range(draw(st.integers(1, 9))):
        text = draw(
            st.one_of(
                st.builds(output, st.integers(0, 5), st.integers(1, 80)),
                st.builds(
                    lambda k: output(k, 30) + f"ValueError: no part {k}\n", st.integers(0, 9)
                ),
                st.sampled_from(["", "ok", "one line " * 300, "\ud800" * 40, *seen]),
            )
        )
        lines = draw(st.sampled_from(seen)).split("\n")
        quoted = draw(st.sampled_from(lines[:40])) if draw(st.booleans()) else ""
        messages += turn(n, text, quoted.replace("\ud800", ""))
        seen.append(text)
        if draw(st.integers(0, 4)) == 0:
            messages.append({"role": "user", "content": draw(st.sampled_from(["And now?", *seen]))})
    return messages


@settings(max_examples=40, deadline=None)
@given(sessions(), st.integers(100, 6_000), st.data())
def test_only_a_new_epoch_changes_what_was_sent_and_all_workers_agree(
    messages: Messages, budget: int, data: st.DataObject
) -> None:
    policy = Policy(budget_tokens=budget)
    headroom, provider = Headroom(store="memory:", policy=policy), PrefixProvider()
    results = [headroom.compress(messages[:n]) for n in range(1, len(messages) + 1)]
    worker = Headroom(store="memory:", policy=policy)
    for n in data.draw(st.permutations(range(len(messages)))):
        assert list(worker.compress(messages[: n + 1])) == list(results[n])
        assert worker.compress(messages[: n + 1]).receipt == results[n].receipt
    for n, result in enumerate(results):
        provider.send(result, epochs=result.receipt.epochs)
        for reader in (headroom, Headroom(store=headroom.store)):
            assert reader.restore(list(result)) == messages[: n + 1]
        assert headroom.restore(result) == messages[: n + 1]
        assert result.receipt.fits or result.receipt.warnings


@settings(max_examples=40, deadline=None)
@given(sessions(), st.integers(100, 6_000))
def test_requests_tasks_and_calls_stay(messages: Messages, budget: int) -> None:
    headroom = Headroom(store="memory:", policy=Policy(budget_tokens=budget))
    result = headroom.compress(messages)
    latest = max(n for n, m in enumerate(messages) if m["role"] == "user")
    assert not [d for d in result.receipt.decisions if d.epoch and d.path[1] in (0, latest)]
    for before, after in zip(messages, result, strict=True):
        assert {**before, "content": ""} == {**after, "content": ""}
        assert before == after or before["role"] != "assistant"
    assert not result.receipt.fits or list(headroom.compress(list(result))) == list(result)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(20, 90), min_size=4, max_size=30), st.integers(2_500, 5_000))
def test_a_budget_with_room_is_kept_and_epochs_are_rare(lines: list[int], budget: int) -> None:
    messages = session([output(n, size) for n, size in enumerate(lines)])
    headroom = Headroom(store="memory:", policy=Policy(budget_tokens=budget))
    for end in range(1, len(messages) + 1):
        result = headroom.compress(messages[:end])
        assert result.tokens_after <= budget
        assert result.receipt.fits
        assert not result.receipt.warnings
    least = 60 * len(lines)
    growth = max(result.tokens_before - least, 0)
    if least < LOW * budget:
        assert result.receipt.epochs <= 1 + growth / ((1 - LOW) * budget - 60)


def test_what_was_used_stays_longest_and_what_was_not_goes_first() -> None:
    name = output(0).split("\n")[40].split()[1]
    messages = [*session([output(0)]), {"role": "assistant", "content": f"It is {name}."}]
    messages += [m for n in range(1, 5) for m in turn(n, output(n))]
    result = compress(messages, 2_600)
    assert [d.path[1] for d in result.receipt.decisions if d.epoch] == [5, 7]
    harder = compress(messages[:6], 1_400)
    assert harder.receipt.fits
    assert name in harder[2]["content"]
    assert len(harder[2]["content"]) < len(messages[2]["content"]) / 5


def test_what_was_read_again_counts_as_used() -> None:
    messages = session([output(1), output(2), output(1), output(4), output(5)])
    result = compress(messages, 2_500)
    assert [d.path[1] for d in result.receipt.decisions if d.epoch] == [4, 8]


def test_the_receipt_names_the_epoch_of_each_edit() -> None:
    messages = session([output(n) for n in range(12)])
    result = compress(messages, 3_500)
    epochs = [d.epoch for d in result.receipt.decisions if d.outcome == "folded"]
    assert result.receipt.epochs == max(epochs) > 1
    assert sorted(epochs) == epochs
    assert {d.ref is None for d in result.receipt.decisions if d.epoch} == {False}


TRACEBACK = (
    'Traceback (most recent call last):\n  File "a.py", line 3, in <module>\nKeyError: "port"\n'
)


@pytest.mark.parametrize(
    ("later", "visible"),
    [([], True), (turn(7, "no change"), True), (turn(7, "fixed", "port is gone"), False)],
)
def test_an_error_stays_until_it_was_answered(later: Messages, visible: bool) -> None:
    outputs = [output(1) + TRACEBACK, *(output(n) for n in range(2, 5))]
    result = compress([*session(outputs), *later, *turn(8, "ok", "Next."), *turn(9, "ok")], 1_800)
    assert result.receipt.epochs == 1
    shown = str(result[2]["content"])
    assert ("KeyError" in shown) == (visible or "port" in shown)
    assert output(1).split("\n")[9] not in shown


def test_what_the_model_has_not_read_yet_goes_last() -> None:
    messages = session([output(1), output(2)])
    result = compress(messages, 1_200)
    assert "left out" in result[2]["content"]
    assert result[4] == messages[4]


def test_of_one_result_that_is_too_large_both_ends_are_shown() -> None:
    text = output(1, 400)
    result = compress(session([output(2), text]), 2_000, omit_from=9_999)
    shown = str(result[4]["content"]).split("\n")
    lines = text.split("\n")
    assert result.receipt.fits
    assert result.tokens_after > 1_700
    assert [lines[n] in shown for n in (0, 40, 200, 360, 399)] == [True, True, False, True, True]


def test_where_it_cannot_fit_nothing_is_harmed() -> None:
    said = "I think about rivers. " * 400
    messages = session([output(1), output(2)], said)
    result = compress(messages, 1_000)
    assert result.receipt.epochs == 0
    assert not result.receipt.fits
    assert "above the budget of 1000" in result.receipt.warnings[0]
    assert list(result) == list(Headroom(store="memory:").compress(messages))


def test_thinking_that_is_bound_to_its_prefix_is_left_alone() -> None:
    messages = anthropic_session([output(n) for n in range(9)]).messages
    result = compress(messages, 2_000)
    assert list(result) == list(Headroom(store="memory:").compress(messages))
    assert "index 1 carries thinking" in result.receipt.warnings[0]


def test_thinking_after_an_epoch_keeps_what_it_was_bound_to() -> None:
    start = session([output(n) for n in range(6)])
    thought = {"type": "reasoning.encrypted", "data": "EqQBCgIYAg=="}
    later = [{"role": "assistant", "content": "So.", "reasoning_details": [thought]}]
    messages = [*start, *later, *turn(7, output(7, 300))]
    headroom = Headroom(store="memory:", policy=Policy(budget_tokens=2_500))
    before, after = headroom.compress(start), headroom.compress(messages)
    assert before.receipt.epochs == after.receipt.epochs > 0
    assert list(after)[: len(start)] == list(before)


def test_without_a_way_back_nothing_is_folded() -> None:
    messages = session([output(n) for n in range(9)])
    result = compress(messages, 2_000, omit=False)
    assert result.refs == []
    assert "the policy leaves nothing out" in result.receipt.warnings[0]


def test_tools_that_may_not_lose_lines_keep_them_also_where_they_are_pointed_at() -> None:
    messages = session([output(1), output(2)])
    invoice = turn(3, output(1))
    invoice[0]["tool_calls"][0]["function"]["name"] = "read_invoice"
    messages += [*invoice, *turn(4, output(4)), *turn(5, output(5))]
    result = compress(messages, 2_500, lossless_only=frozenset({"read_invoice"}))
    assert result.receipt.epochs == 1
    assert result[6]["content"] == "[…1-60 as above: show 0]\n"
    assert result[2] == messages[2]


def test_a_pointer_to_a_folded_text_leads_to_its_reference() -> None:
    messages = session([output(1), output(2), output(1), output(4), output(5)])
    headroom = Headroom(store="memory:", policy=Policy(budget_tokens=1_600))
    result = headroom.compress(messages)
    assert result[6]["content"] == "[…1-60 as above: show 0]\n"
    (ref,) = [d.ref for d in result.receipt.decisions if d.path[1] == 2]
    assert ref is not None
    assert f'headroom_retrieve("{ref}", lines="1-60")' in result[2]["content"]
    assert headroom.retrieve(ref, lines="1-60") == messages[6]["content"]


def test_a_folded_text_that_is_read_again_is_shown() -> None:
    messages = session([output(n) for n in range(1, 6)])
    first = compress(messages, 3_500)
    assert first.receipt.epochs == 1
    again = compress([*messages, *turn(9, output(1))], 3_500)
    assert first[2]["content"] != output(1)
    assert again[-1]["content"] == output(1)


def test_data_that_a_user_pasted_may_go_and_his_words_stay() -> None:
    pasted = f"Please look at this:\n```\n{output(1)}```\nand mind the harbor.\n"
    messages: Messages = [
        {"role": "user", "content": "Hello."},
        {"role": "assistant", "content": "What is it?"},
        {"role": "user", "content": pasted},
        *turn(1, output(2)),
        {"role": "user", "content": "And this?"},
        *turn(2, output(3)),
        *turn(3, output(4)),
    ]
    text = str(compress(messages, 2_000)[2]["content"])
    assert "Please look at this:" in text
    assert "and mind the harbor." in text
    assert output(1).split("\n")[30] not in text


@settings(max_examples=25, deadline=None)
@given(st.sets(st.integers(1, 14), max_size=6), st.integers(1_500, 4_000))
def test_a_store_that_fails_puts_an_epoch_off(puts: set[int], budget: int) -> None:
    messages = session([output(n) for n in range(7)])
    store, provider = FailingStore(puts=puts), PrefixProvider()
    headroom = Headroom(store=store, policy=Policy(budget_tokens=budget))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        for end in range(1, len(messages) + 1):
            result = headroom.compress(messages[:end])
            provider.send(result, epochs=result.receipt.epochs)
            for reader in (headroom, Headroom(store=store.inner)):
                assert reader.restore(list(result)) == messages[:end]
        result = headroom.compress(messages)
    healthy = compress(messages, budget)
    assert result.receipt.epochs == healthy.receipt.epochs
    assert result.receipt.fits == healthy.receipt.fits


def test_an_epoch_that_was_put_off_is_made_up_for_and_the_receipt_says_so() -> None:
    messages = session([output(n) for n in range(6)])
    store = FailingStore(puts=[1, 3])
    headroom = Headroom(store=store, policy=Policy(budget_tokens=3_000))
    for _ in range(2):
        waiting = headroom.compress(messages)
        assert list(waiting) == messages
        assert "until the store" in waiting.receipt.warnings[0]
    assert list(headroom.compress(messages)) == list(compress(messages, 3_000))


def test_the_window_of_a_model_is_a_budget() -> None:
    messages = session(["short"])
    headroom = Headroom(store="memory:", policy=Policy(fit_window=True))
    assert headroom.compress(messages, model="gpt-4o").receipt.budget == 96_000
    unknown = headroom.compress(messages, model="house-7b").receipt
    assert unknown.budget is None
    assert "window of this model is not known" in unknown.warnings[0]
    mine = Headroom(store="memory:", policy=Policy(fit_window=True, budget_tokens=7_000))
    assert mine.compress(messages, model="gpt-4o").receipt.budget == 7_000


def test_a_tight_policy_has_a_budget_and_a_budget_is_positive() -> None:
    assert Policy.tight(budget_tokens=9).budget_tokens == 9
    with pytest.raises(ValueError, match="budget_tokens: expected a positive number"):
        Policy(budget_tokens=0)


def test_the_same_epochs_in_every_process(prints: Callable[[str], set[bytes]]) -> None:
    assert (
        len(
            prints(
                "from headroom import Headroom, Policy\n"
                "policy = Policy(budget_tokens=3500)\n"
                "out = Headroom(store='memory:', policy=policy).compress(coding_session())\n"
                "assert out.receipt.epochs\n"
                "print(json.dumps(list(out)))"
            )
        )
        == 1
    )


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (openai_session, "messages"),
        (responses_session, "input"),
        (anthropic_session, "messages"),
        (gemini_session, "contents"),
    ],
)
def test_bodies_of_every_wire_format_fit(make: Callable[[list[str]], Dialogue], field: str) -> None:
    messages = unbound(make([output(n) for n in range(9)]).messages)
    headroom = Headroom(store="memory:", policy=Policy(budget_tokens=2_500))
    body = json.dumps({field: messages}).encode()
    result = headroom.compress_body(body, model="gpt-4o")
    assert result.receipt.fits
    assert result.receipt.epochs
    assert headroom.restore_body(result.body) == body


def unbound(value: JSON) -> JSON:
    """Returns messages without thinking and signatures."""
    match value:
        case dict():
            return {k: unbound(v) for k, v in value.items() if k != "thoughtSignature"}
        case list():
            kinds = ("thinking", "reasoning")
            return [
                unbound(v) for v in value if not (isinstance(v, dict) and v.get("type") in kinds)
            ]
        case _:
            return value
