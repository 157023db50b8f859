"""Keeps the books of a gateway in a thread of its own, so that no request waits for them."""

from __future__ import annotations

import logging
import math
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from threading import Event, Lock, Thread
from typing import TypeVar

from headroom.pipeline.run import attempt
from headroom_proxy.books import SLOT, Books, Figures, Label, trouble_with
from headroom_proxy.entries import Entered, enter, labelled
from headroom_proxy.exchange import Exchange
from headroom_proxy.shadow import Lineages
from headroom_proxy.trials import Trial

_MOST_WAITING = 10_000
_MOST_NAMES = 500
_LONGEST_NAME = 100
_PAUSE_SECONDS = 0.5

_log = logging.getLogger("headroom.proxy")

K = TypeVar("K")
V = TypeVar("V")


class Recorder:
    """Takes exchanges and adds them up.

    Args:
        books: Where figures are kept.
        views: How many of the last exchanges can be looked at.
        settle: Seconds for which an exchange waits for earlier ones that come from elsewhere: what is
            new in a request depends on what was sent before.
        saw: Is told about every exchange that is entered.

    Attributes:
        trouble: What is wrong with the books, in a sentence; empty: nothing.
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
        self.trouble = ""
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
            return _sum(_kept(self._books.labels), self._labels.items())

    def slots(self, since: int, step: int) -> dict[int, Figures]:
        """Returns the course of time from a slot on, `step` slots in one, by the first of them."""
        with self._lock:
            kept = _kept(partial(self._books.slots, since, step))
            here = ((n // step * step, figures) for n, figures in self._slots.items())
            return _sum(kept, (pair for pair in here if pair[0] >= since))

    def trials(self) -> list[Trial]:
        """Returns the conversations that take part in the trial of what models are asked."""
        with self._lock:
            return list(_sum_of_trials(_kept(self._books.trials), self._trials).values())

    def _run(self) -> None:
        # Not woken by each exchange: to change threads in the middle of a request would delay it.
        while not self._stopped.wait(_PAUSE_SECONDS):
            attempt(partial(self._catch_up, time.time() - self._settle))
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
        entered = enter(exchange, self._number + 1, self._lineages)
        slot = int(exchange.at // SLOT)
        with self._lock:
            self._number += 1
            self._last.append(entered)
            self._slots[slot] = self._slots.get(slot, Figures()) + entered.figures
            for label, figures in labelled(entered):
                label = self._within(label)
                self._labels[label] = self._labels.get(label, Figures()) + figures
            self._trials = _sum_of_trials(self._trials, entered.trials)
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
                if not self.trouble:
                    _log.warning("books=<%s> error=<%s> | kept in memory", self._books.path, error)
                self.trouble = trouble_with(self._books.path, error)
                return
            self.trouble = ""
            self._slots, self._labels, self._trials = {}, {}, {}


def _kept(read: Callable[[], dict[K, V]]) -> dict[K, V]:
    """Returns what the file has; nothing where it is damaged, which is said where it is written."""
    found = attempt(read)
    return {} if isinstance(found, Exception) else found


def _sum_of_trials(kept: Mapping[bytes, Trial], more: Mapping[bytes, Trial]) -> dict[bytes, Trial]:
    both = {key: kept[key] + more[key] for key in kept.keys() & more.keys()}
    return {**kept, **more, **both}


def _sum(kept: dict[K, Figures], more: Iterable[tuple[K, Figures]]) -> dict[K, Figures]:
    for key, figures in more:
        kept[key] = kept.get(key, Figures()) + figures
    return kept
