"""What an exchange adds to the books."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import astuple, dataclass, field, replace
from itertools import islice

from headroom.pricing import Usage, price_of
from headroom.result import BodyResult
from headroom.types import Decision, Path, Steered
from headroom_proxy.books import Figures, Label
from headroom_proxy.exchange import Exchange
from headroom_proxy.shadow import Bill, Lineages, Seen, bill
from headroom_proxy.trials import Trial
from headroom_proxy.usage import Billed, billed

BOUNDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0, 60.0)
"""Upper bounds, in seconds, of the classes that waiting times are counted in."""

BEYOND = "inf"
LONGEST_TEXT = 32_000
"""Characters of a text that can be looked at, before and after."""

_MOST_TEXTS = 12
_STATUS_OF_ERRORS = 400


@dataclass(frozen=True, slots=True)
class View:
    """A text as it came and as it went up."""

    tool: str
    outcome: str
    before: str
    after: str
    tokens_before: int
    tokens_after: int


@dataclass(frozen=True, slots=True)
class Entered:
    """An exchange as it stands in the books.

    Attributes:
        number: From 1, in order.
        exchange: What happened, without texts and the answer's bytes.
        figures: What it added.
        new: What was decided for texts that were not sent before.
        seen: What of the conversation went up before.
        bill: What it cost, and would have cost; None: not known.
        usage: What the provider billed, for all answers; None: it did not say.
        views: Texts that were sent for the first time and are shorter.
        observed: What would have been saved, where nothing was edited.
        trials: What it adds to the trial of what models are asked, by conversation.
    """

    number: int
    exchange: Exchange
    figures: Figures
    new: tuple[Decision, ...] = ()
    seen: Seen = field(default_factory=Seen)
    bill: Bill | None = None
    usage: Usage | None = None
    views: tuple[View, ...] = ()
    observed: Figures = field(default_factory=Figures)
    trials: Mapping[bytes, Trial] = field(default_factory=dict)


def enter(exchange: Exchange, number: int, lineages: Lineages) -> Entered:
    """Returns an exchange as it stands in the books.

    Args:
        exchange: What happened.
        number: Which one it is.
        lineages: What was sent before; learns what was sent now.
    """
    result = exchange.result
    decisions, seen, known = _as_sent(exchange), Seen(), billed(exchange)
    new: tuple[Decision, ...] = ()
    if result is not None and exchange.status < _STATUS_OF_ERRORS:
        tokens = known[0].usage.input if known else None
        seen = lineages.take(result.lineage, decisions, at=exchange.at, tokens=tokens)
        new = tuple(d for d in decisions if int((*d.path, 0)[1]) >= seen.messages)
    cost = _cost(exchange, known, decisions, seen)
    usage = _sum_of(known) if known else None
    paths = {d.path for d in new}
    return Entered(
        number,
        replace(exchange, result=None, answers=(), model=_model(exchange, known)),
        _figures(exchange, new, known, cost),
        new,
        seen,
        cost,
        usage,
        tuple(_views(exchange, paths)),
        _observed(exchange, paths),
        _trials(usage, result),
    )


def labelled(entered: Entered) -> Iterator[tuple[Label, Figures]]:
    """Yields what an exchange adds to figures with a name."""
    exchange, one = entered.exchange, Figures(requests=1)
    yield ("total", ""), entered.figures
    if entered.observed.requests:
        yield ("observed", exchange.model or "unknown"), entered.observed
    if exchange.wire:
        yield ("model", exchange.model or "unknown"), entered.figures
        yield ("mode", exchange.mode), entered.figures
    yield ("provider", exchange.provider), entered.figures
    yield ("status", str(exchange.status)), one
    if exchange.wire and exchange.status < _STATUS_OF_ERRORS:
        yield ("edit", _class(exchange.edit_seconds)), one
        yield ("first_byte", _class(exchange.first_byte)), one
    for d in entered.new:
        figures = Figures(1, 0, d.tokens_before, d.tokens_after)
        if d.tool:
            yield ("tool", d.tool), figures
        if d.edited:
            yield ("content", d.outcome), figures


def _trials(usage: Usage | None, result: BodyResult | None) -> dict[bytes, Trial]:
    """Returns what an exchange adds to the trial: nothing, where its output is not known."""
    if result is None or result.steered is None or usage is None:
        return {}
    is_steered = result.steered != Steered()
    return {result.conversation: Trial(is_steered, output=usage.output)}


def _model(exchange: Exchange, known: list[Billed]) -> str:
    return exchange.model or (known[0].model if known else "")


def _sum_of(known: list[Billed]) -> Usage:
    usages = [astuple(one.usage) for one in known]
    return Usage(*map(sum, zip(*usages, strict=True)))


def _cost(
    exchange: Exchange, known: list[Billed], decisions: tuple[Decision, ...], seen: Seen
) -> Bill | None:
    price = price_of(_model(exchange, known))
    if not known or price is None:
        return None
    added = exchange.result.added if exchange.result else {}
    return bill(known, price, decisions, seen, added)


def _as_sent(exchange: Exchange) -> tuple[Decision, ...]:
    """Returns how the texts went up: as decided, or as they came."""
    decisions = exchange.result.receipt.decisions if exchange.result else ()
    if exchange.edited:
        return decisions
    return tuple(replace(d, tokens_after=d.tokens_before, bytes_saved=0) for d in decisions)


def _figures(
    exchange: Exchange, new: tuple[Decision, ...], known: list[Billed], cost: Bill | None
) -> Figures:
    usage = _sum_of(known) if known else Usage()
    is_priced = cost is not None
    return Figures(
        requests=1,
        failed=int(exchange.status >= _STATUS_OF_ERRORS),
        tokens_before=sum(d.tokens_before for d in new),
        tokens_after=sum(d.tokens_after for d in new),
        read=usage.read,
        written=usage.written,
        fresh=usage.fresh,
        output=usage.output,
        dollars=cost.actual if cost else 0.0,
        without=cost.without if cost else 0.0,
        priced=int(is_priced),
        unpriced=int(bool(exchange.wire) and not is_priced and exchange.status < _STATUS_OF_ERRORS),
    )


def _observed(exchange: Exchange, new: Collection[Path]) -> Figures:
    if exchange.result is None or exchange.edited or exchange.mode != "observe":
        return Figures()
    decided = [d for d in exchange.result.receipt.decisions if d.path in new]
    before, after = sum(d.tokens_before for d in decided), sum(d.tokens_after for d in decided)
    return Figures(requests=1, tokens_before=before, tokens_after=after)


def _class(seconds: float) -> str:
    return next((f"{bound:g}" for bound in BOUNDS if seconds <= bound), BEYOND)


def _views(exchange: Exchange, new: Collection[Path]) -> Iterator[View]:
    """Yields texts that are new, before and after; also where they only would have been edited."""
    if exchange.result is None:
        return
    originals = exchange.result.originals
    decided = (d for d in exchange.result.receipt.decisions if d.path in new)
    for d in islice((d for d in decided if d.path in originals), _MOST_TEXTS):
        entry = originals[d.path]
        before, after = entry.original[:LONGEST_TEXT], entry.replacement[:LONGEST_TEXT]
        yield View(d.tool, d.outcome, before, after, d.tokens_before, d.tokens_after)
