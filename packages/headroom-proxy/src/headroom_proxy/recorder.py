"""Keeps the books of a gateway in a thread of its own, so that no request waits for them."""

from __future__ import annotations

import logging
import math
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass, field, replace
from functools import partial
from itertools import islice
from threading import Event, Lock, Thread
from typing import TypeVar

from headroom.pipeline.run import attempt
from headroom.pricing import Usage, price_of
from headroom.result import BodyResult
from headroom.types import Decision, Path, Steered
from headroom_proxy.books import SLOT, Books, Figures, Label
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
_MOST_WAITING = 10_000
_MOST_NAMES = 500
_LONGEST_NAME = 100
_PAUSE_SECONDS = 0.5
_STATUS_OF_ERRORS = 400

_log = logging.getLogger("headroom.proxy")

K = TypeVar("K")


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


class Recorder:
    """Takes exchanges and adds them up.

    Args:
        books: Where figures are kept.
        views: How many of the last exchanges can be looked at.
        settle: Seconds for which an exchange waits for earlier ones that come from elsewhere: what is
            new in a request depends on what was sent before.
        saw: Is told about every exchange that is entered.
    """

    def __init__(
        self,
        books: Books,
        views: int = 50,
        *,
        settle: float = 0.0,
        saw: Callable[[Entered], None] | None = None,
    ) -> None:
        self._books = books
        self._saw = saw
        self._settle = settle
        self._waiting: deque[Exchange] = deque()
        self._stopped = Event()
        self._lock = Lock()
        self._slots: dict[int, Figures] = {}
        self._labels: dict[Label, Figures] = {}
        self._trials: dict[bytes, Trial] = {}
        self._names: set[Label] = set()
        self._last: deque[Entered] = deque(maxlen=views)
        self._lineages = Lineages()
        self._number = 0
        self._failing = False
        self._thread = Thread(target=self._run, name="headroom-books", daemon=True)

    def start(self) -> None:
        """Begins to keep books."""
        self._thread.start()

    def stop(self) -> None:
        """Enters what is waiting, and ends."""
        self._stopped.set()
        self._thread.join()

    def take(self, exchange: Exchange) -> None:
        """Takes an exchange. Where more wait than can be entered in time, it is left out."""
        if len(self._waiting) < _MOST_WAITING:
            self._waiting.append(exchange)

    def last(self) -> list[Entered]:
        """Returns the last exchanges, the latest first."""
        with self._lock:
            return list(reversed(self._last))

    def labels(self) -> dict[Label, Figures]:
        """Returns all figures that have a name."""
        with self._lock:
            try:
                kept = self._books.labels()
            except (sqlite3.Error, OSError):  # said where it is written
                kept = {}
            return _sum(kept, self._labels.items())

    def slots(self, since: int, step: int) -> dict[int, Figures]:
        """Returns the course of time from a slot on, `step` slots in one, by the first of them."""
        with self._lock:
            try:
                kept = self._books.slots(since, step)
            except (sqlite3.Error, OSError):  # the same
                kept = {}
            here = ((n // step * step, figures) for n, figures in self._slots.items())
            return _sum(kept, (pair for pair in here if pair[0] >= since))

    def trials(self) -> list[Trial]:
        """Returns the conversations that take part in the trial of what models are asked."""
        with self._lock:
            try:
                kept = self._books.trials()
            except (sqlite3.Error, OSError):  # the same
                kept = {}
            return list(_sum_of_trials(kept, self._trials).values())

    def _run(self) -> None:
        # Not woken by each exchange: to change threads in the middle of a request would delay it.
        while not self._stopped.wait(_PAUSE_SECONDS):
            self._catch_up(time.time() - self._settle)
        self._catch_up(math.inf)

    def _catch_up(self, until: float) -> None:
        waiting = sorted(
            (self._waiting.popleft() for _ in range(len(self._waiting))), key=lambda one: one.at
        )
        self._waiting.extend(one for one in waiting if one.at + one.seconds > until)
        for one in waiting:
            if one.at + one.seconds > until:
                continue
            entered = attempt(partial(self._enter, one))
            if isinstance(entered, Exception):
                _log.error("error=<%r> | a request is missing in the books", entered)
        if self._slots:
            self._flush()

    def _enter(self, exchange: Exchange) -> None:
        result = exchange.result
        decisions, seen, known = _as_sent(exchange), Seen(), billed(exchange)
        new: tuple[Decision, ...] = ()
        if result is not None and exchange.status < _STATUS_OF_ERRORS:
            tokens = known[0].usage.input if known else None
            seen = self._lineages.take(result.lineage, decisions, at=exchange.at, tokens=tokens)
            new = tuple(d for d in decisions if int((*d.path, 0)[1]) >= seen.messages)
        cost = _cost(exchange, known, decisions, seen)
        entered = Entered(
            self._number + 1,
            replace(exchange, result=None, answers=(), model=_model(exchange, known)),
            _figures(exchange, new, known, cost),
            new,
            seen,
            cost,
            _sum_of(known) if known else None,
            tuple(_views(exchange, {d.path for d in new})),
            _observed(exchange, {d.path for d in new}),
        )
        slot = int(exchange.at // SLOT)
        with self._lock:
            self._number += 1
            self._last.append(entered)
            self._slots[slot] = self._slots.get(slot, Figures()) + entered.figures
            for label, figures in _labelled(entered):
                label = self._within(label)
                self._labels[label] = self._labels.get(label, Figures()) + figures
            self._trials = _sum_of_trials(self._trials, _trial(entered, result))
        if self._saw is not None:
            self._saw(entered)

    def _within(self, label: Label) -> Label:
        """Returns a label; names come from clients, so there may only be so many."""
        label = label[0], label[1][:_LONGEST_NAME]
        if label not in self._names and len(self._names) >= _MOST_NAMES:
            return label[0], "other"
        self._names.add(label)
        return label

    def _flush(self) -> None:
        with self._lock:
            try:
                self._books.add(self._slots, self._labels, self._trials)
            except (sqlite3.Error, OSError) as error:
                if not self._failing:
                    _log.warning("books=<%s> error=<%s> | kept in memory", self._books.path, error)
                self._failing = True
                return
            self._failing = False
            self._slots, self._labels, self._trials = {}, {}, {}


def _trial(entered: Entered, result: BodyResult | None) -> dict[bytes, Trial]:
    """Returns what an exchange adds to the trial: nothing, where its output is not known."""
    if result is None or result.steered is None or entered.usage is None:
        return {}
    is_steered = result.steered != Steered()
    return {result.conversation: Trial(is_steered, output=entered.usage.output)}


def _sum_of_trials(kept: Mapping[bytes, Trial], more: Mapping[bytes, Trial]) -> dict[bytes, Trial]:
    both = {key: kept[key] + more[key] for key in kept.keys() & more.keys()}
    return {**kept, **more, **both}


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


def _labelled(entered: Entered) -> Iterator[tuple[Label, Figures]]:
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


def _sum(kept: dict[K, Figures], more: Iterable[tuple[K, Figures]]) -> dict[K, Figures]:
    for key, figures in more:
        kept[key] = kept.get(key, Figures()) + figures
    return kept
