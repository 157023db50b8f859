"""The books of several processes, kept by one of them: what happened goes there, answers come back."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from multiprocessing.connection import Connection
from threading import Event, Lock, Thread
from typing import Any, TypeAlias

from headroom.pipeline.run import attempt
from headroom.result import BodyResult
from headroom.types import JSON
from headroom_proxy.books import Figures, Label
from headroom_proxy.clerk import Clerk
from headroom_proxy.entries import LONGEST_TEXT
from headroom_proxy.exchange import Exchange

_MOST_WAITING = 1_000
REPORT_SECONDS = 0.15
"""Between two reports."""

_log = logging.getLogger("headroom.proxy")

Reply: TypeAlias = Any
"""What the other side returns, as it is said there."""


class RemoteClerk:
    """Has the books kept by another process.

    Args:
        connection: To there; both ends are ours, so that what comes is trusted.
        texts: Whether texts can be looked at.
    """

    def __init__(self, connection: Connection, *, texts: bool) -> None:
        self._connection = connection
        self._texts = texts
        self._lock = Lock()
        self._waiting: deque[Exchange] = deque()
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="headroom-reports", daemon=True)

    def start(self) -> None:
        """Begins to report."""
        self._thread.start()

    def stop(self) -> None:
        """Reports what is waiting, and ends."""
        self._stopped.set()
        self._thread.join()
        self._connection.close()

    def take(self, exchange: Exchange) -> None:
        """Takes an exchange. Where more wait than can be reported in time, it is left out."""
        if len(self._waiting) < _MOST_WAITING:
            self._waiting.append(exchange)

    def stats(self, days: float) -> JSON:
        """Returns what `/stats` says."""
        return self._ask("stats", days)

    def texts(self, number: str) -> JSON:
        """Returns one of the last exchanges with its texts; None: it is none of them."""
        return self._ask("texts", number)

    def labels(self) -> Mapping[Label, Figures]:
        """Returns all figures that have a name."""
        found: Mapping[Label, Figures] = self._ask("labels") or {}
        return found

    def _ask(self, question: str, *values: float | str) -> Reply:
        try:
            with self._lock:
                self._connection.send((question, *values))
                return self._connection.recv()
        except (EOFError, OSError):  # that process is gone, and with it soon this one
            return None

    def _run(self) -> None:
        # Not woken by each exchange: to change threads in the middle of a request would delay it.
        while not self._stopped.wait(REPORT_SECONDS):
            self._report()
        self._report()

    def _report(self) -> None:
        while self._waiting:
            exchange = _without_more(self._waiting.popleft(), texts=self._texts)
            try:
                with self._lock:
                    self._connection.send(("take", exchange))
            except OSError as error:
                _log.warning("error=<%s> | a request is missing in the books", error)


def answer(connection: Connection, clerk: Clerk) -> None:
    """Answers the reports and questions of one process until it ends.

    Args:
        connection: To there.
        clerk: Keeps the books.
    """
    questions: dict[str, Callable[..., Reply]] = {
        "stats": clerk.stats,
        "texts": clerk.texts,
        "labels": clerk.labels,
    }
    with connection:
        while True:
            try:
                question, *values = connection.recv()
                if question == "take":
                    clerk.take(*values)
                else:
                    found = attempt(partial(questions[question], *values))
                    connection.send(None if isinstance(found, Exception) else found)
            except (EOFError, OSError):
                return


def _without_more(exchange: Exchange, *, texts: bool) -> Exchange:
    """Returns an exchange with what the books need of its result."""
    result = exchange.result
    if result is None:
        return exchange
    originals = {
        path: replace(
            entry,
            original=entry.original[:LONGEST_TEXT],
            replacement=entry.replacement[:LONGEST_TEXT],
        )
        for path, entry in (result.originals.items() if texts else ())
    }
    light = BodyResult(
        b"", result.receipt, originals, model=result.model, lineage=result.lineage,
        added=result.added,
        steered=result.steered, conversation=result.conversation,
    )  # fmt: skip
    return replace(exchange, result=light)
