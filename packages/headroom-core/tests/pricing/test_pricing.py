"""Prices are dated and never guessed; a session costs what its provider's cache rules say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom import Headroom
from headroom.errors import FormatError
from headroom.pricing import (
    Part,
    Price,
    Request,
    SessionCost,
    Usage,
    message_parts,
    parse_prices,
    price_of,
    session_cost,
    session_dollars,
    shipped,
)
from headroom_testing.strategies import (
    Dialogue,
    anthropic_session,
    gemini_session,
    openai_session,
    responses_session,
)

CACHED = sorted(name for name, price in shipped().items() if price.read is not None)


def cost(requests: list[Request], model: str | Price) -> SessionCost:
    found = session_cost(requests, model)
    assert found is not None
    return found


def growing(sizes: list[int], turns: int, first: str = "") -> list[Request]:
    """Returns requests that each add a part to the one before; `first` changes the first part."""
    parts = tuple(Part(f"{n}{'' if n else first}", size) for n, size in enumerate(sizes))
    return [Request(parts[: n + 1]) for n in range(min(turns, len(parts)))]


def test_every_price_is_dated_has_a_source_and_makes_sense() -> None:
    assert len(shipped()) > 100
    for name, price in shipped().items():
        assert date.fromisoformat(price.date) >= date(2026, 11, 1), name
        assert price.source, name
        assert 0 < price.input <= price.output, name
        assert price.read is None or price.read < price.input <= (price.write or price.input), name
        assert (price.minimum is None) or price.read is not None, name
        assert all(step.input > price.input for step in price.steps), name


@pytest.mark.parametrize(
    "name", ["", "claude", "claude-opus-9", "my-gpt-4o", "bedrock/claude-opus-5"]
)
def test_an_unknown_model_has_no_price(name: str) -> None:
    assert price_of(name) is None
    assert session_cost([Request((Part("a", 5),))], name) is None


def test_the_vendors_own_prefix_is_no_other_model() -> None:
    price = price_of("claude-opus-5")
    assert price is not None
    assert price_of("anthropic/claude-opus-5") == price_of("Claude-Opus-5") == price


def test_a_snapshot_may_have_its_own_price() -> None:
    old, new = price_of("gpt-4o-2024-05-13"), price_of("gpt-4o")
    assert old is not None
    assert new is not None
    assert old.input == 2 * new.input


def test_a_table_of_ones_own_comes_first() -> None:
    mine = parse_prices(
        '[[models]]\nnames = ["gpt-4o", "house-7b"]\ncache = "automatic"\n'
        'input = 1\noutput = 2\nread = 0.5\ndate = 2027-01-01\nsource = "contract"\n'
    )
    for name in ("gpt-4o", "house-7b"):
        price = price_of(name, mine)
        assert price is not None
        assert (price.input, price.date, price.source) == (1, "2027-01-01", "contract")
    assert price_of("gpt-5", mine) == price_of("gpt-5")


@pytest.mark.parametrize(
    "text",
    ["[[models", "[[models]]\ninput = 1", '[[models]]\nnames = ["a"]\ncache = "none such"',
     '[[models]]\nnames = ["a"]\ncache = "automatic"\ndate = 2027-01-01\nprice = 3', "models = 3"],
)  # fmt: skip
def test_a_table_with_mistakes_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        parse_prices(text)


def test_the_formula_of_a_request() -> None:
    price = price_of("claude-opus-5")
    assert price is not None
    usage = Usage(read=1_000_000, written=100_000, fresh=10_000, output=1_000)
    assert price.of(usage) == pytest.approx(0.50 + 0.625 + 0.05 + 0.025)
    assert price.of(usage, lifetime="1h") == pytest.approx(0.50 + 1.0 + 0.05 + 0.025)


def test_above_a_step_every_token_costs_more() -> None:
    price = price_of("claude-haiku-5-5")
    assert price is not None
    below, above = price.of(Usage(fresh=100_000)), price.of(Usage(fresh=100_001))
    assert below == pytest.approx(0.01)
    assert above == pytest.approx(0.05, rel=1e-3)


@given(st.sampled_from(CACHED), st.lists(st.integers(1, 3000), min_size=1, max_size=12))
def test_an_unchanged_prefix_never_costs_more_than_its_full_price(
    model: str, sizes: list[int]
) -> None:
    price = price_of(model)
    assert price is not None
    request = growing(sizes, len(sizes))[-1]
    again = cost([request, request], model).bills[1]
    full = price.of(Usage(fresh=sum(sizes)))
    assert full is not None
    assert again.dollars <= full
    if sum(sizes) >= (price.minimum or 0):
        assert again.usage == Usage(read=sum(sizes))


@given(
    st.sampled_from(CACHED),
    st.lists(st.integers(400, 9000), min_size=2, max_size=15),
    st.data(),
)
def test_breaking_the_prefix_costs_more(model: str, sizes: list[int], data: st.DataObject) -> None:
    kept = growing(sizes, len(sizes))
    turn = data.draw(st.integers(1, len(kept) - 1))
    broken = [*kept[:turn], *growing(sizes, len(sizes), "now 12:00")[turn:]]
    minimum = replace(price, minimum=0) if (price := price_of(model)) else model
    assert cost(broken, minimum).dollars > cost(kept, minimum).dollars
    assert cost(broken, model).dollars >= cost(kept, model).dollars


@given(
    st.sampled_from(CACHED),
    st.lists(st.integers(0, 9000), min_size=1, max_size=15),
    st.integers(0, 500),
)
def test_every_token_is_billed_once_and_the_bills_add_up(
    model: str, sizes: list[int], output: int
) -> None:
    requests = [replace(r, output=output) for r in growing(sizes, len(sizes))]
    found = cost(requests, model)
    assert [b.usage.input for b in found.bills] == [
        sum(p.tokens for p in r.parts) for r in requests
    ]
    assert all(b.usage.output == output for b in found.bills)
    assert found.dollars == pytest.approx(sum(b.dollars for b in found.bills))


def usages(requests: list[Request], model: str = "claude-opus-5") -> list[Usage]:
    return [bill.usage for bill in cost(requests, model).bills]


def test_a_prefix_below_the_minimum_is_not_cached() -> None:
    short = Request((Part("a", 511),))
    assert usages([short, short]) == [Usage(fresh=511)] * 2


def test_only_what_a_breakpoint_marks_is_cached() -> None:
    marked = Request((Part("a", 600), Part("b", 600)), breakpoints=(1,))
    assert usages([marked, marked]) == [Usage(written=600, fresh=600), Usage(read=600, fresh=600)]
    bare = replace(marked, breakpoints=())
    assert usages([bare, bare]) == [Usage(fresh=1200)] * 2


def test_a_breakpoint_looks_back_twenty_blocks_and_no_further() -> None:
    parts = tuple(Part(str(n), 1000) for n in range(30))
    first = Request(parts[:5])
    assert usages([first, Request(parts[:24])])[1] == Usage(read=5000, written=19_000)
    assert usages([first, Request(parts[:25])])[1] == Usage(written=25_000)
    assert usages([first, Request(parts[:25])], "gpt-5.6")[1].read == 5000


def test_an_entry_lapses_when_nobody_uses_it() -> None:
    request = Request((Part("a", 5000),))
    for gap, read in ((300.0, 5000), (301.0, 0)):
        timed = [replace(request, at=0.0), replace(request, at=gap)]
        assert usages(timed)[1].read == read
    kept = session_cost(timed, "claude-opus-5", lifetime="1h")
    assert kept is not None
    assert kept.bills[1].usage.read == 5000
    refreshed = [replace(request, at=at) for at in (0.0, 200.0, 400.0, 600.0)]
    assert all(usage.read for usage in usages(refreshed)[1:])


def test_a_model_without_a_cache_is_billed_as_input() -> None:
    request = Request((Part("a", 5000),))
    assert usages([request, request], "gpt-5-pro") == [Usage(fresh=5000)] * 2


def test_more_breakpoints_than_allowed_are_refused() -> None:
    parts = tuple(Part(str(n), 10) for n in range(9))
    with pytest.raises(ValueError, match="at most 4"):
        session_cost([Request(parts, breakpoints=(1, 2, 3, 4, 5))], "claude-opus-5")


def test_a_receipt_knows_its_dollars() -> None:
    log = "".join(f"2026-11-21 10:00:{n % 60:02} INFO tick {n} done\n" for n in range(900))
    messages = [
        {"role": "user", "content": "why?"},
        {"role": "tool", "tool_call_id": "1", "content": log},
    ]
    receipt = Headroom(store="memory:").compress(messages, model="gpt-4o").receipt
    first, later = receipt.dollars("gpt-4o"), receipt.dollars("gpt-4o", sent=2)
    assert first is not None
    assert later is not None
    assert first.before == pytest.approx(receipt.tokens_before * 2.5e-6)
    assert first.saved == pytest.approx((receipt.tokens_before - receipt.tokens_after) * 2.5e-6)
    assert later.saved == pytest.approx(first.saved / 2)
    assert receipt.dollars("nobody") is None


def test_a_compressed_session_is_cheaper_and_a_rewritten_history_is_not() -> None:
    turns = range(1, 13)
    raw = [[{"role": "user", "content": f"{n} " + "x" * 4000} for n in range(t)] for t in turns]
    ours = [[m | {"content": m["content"][:2000]} for m in turn] for turn in raw]
    slid = [
        [*a[: max(0, len(b) - 3)], *b[max(0, len(b) - 3) :]] for a, b in zip(ours, raw, strict=True)
    ]
    before, after, sliding = (
        [Request(message_parts(turn, len)) for turn in session] for session in (raw, ours, slid)
    )
    saved = session_dollars(before, after, "claude-opus-5")
    assert saved is not None
    assert 0.45 < saved.saved / saved.before < 0.55
    dearer = session_dollars(before, sliding, "claude-opus-5")
    assert dearer is not None
    assert dearer.saved < 0
    assert session_dollars(before, after, "nobody") is None


@pytest.mark.parametrize(
    ("session", "model"),
    [
        (openai_session, "gpt-5.6"),
        (responses_session, "gpt-5.6"),
        (anthropic_session, "claude-opus-5"),
        (gemini_session, "gemini-2.5-pro"),
    ],
)
def test_a_session_of_every_format_costs_less(
    session: Callable[[list[str]], Dialogue], model: str
) -> None:
    log = "".join(f"2026-11-21 10:00:{n % 60:02} INFO tick {n} done\n" for n in range(900))
    messages = session([f"{n}\n{log}" for n in range(3)]).messages
    shorter = Headroom(store="memory:").compress(messages)
    before, after = (
        [Request(message_parts(turn[:end], len)) for end in range(1, len(turn) + 1)]
        for turn in (messages, list(shorter))
    )
    dollars = session_dollars(before, after, model)
    assert dollars is not None
    assert dollars.after < dollars.before / 2
