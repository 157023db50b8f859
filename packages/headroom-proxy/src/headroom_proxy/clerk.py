"""Who keeps the books: takes what happened, and answers what they say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from headroom.types import JSON
from headroom_proxy import stats
from headroom_proxy.books import Figures, Label
from headroom_proxy.exchange import Exchange
from headroom_proxy.recorder import Recorder


class Clerk(Protocol):
    """Keeps the books of a gateway, here or in another process."""

    def start(self) -> None:
        """Begins."""
        ...

    def stop(self) -> None:
        """Enters what is waiting, and ends."""
        ...

    def take(self, exchange: Exchange) -> None:
        """Takes an exchange, on the event loop: it does not wait."""
        ...

    def stats(self, days: float) -> JSON:
        """Returns what `/stats` says."""
        ...

    def texts(self, number: str) -> JSON:
        """Returns one of the last exchanges with its texts; None: it is none of them."""
        ...

    def labels(self) -> Mapping[Label, Figures]:
        """Returns all figures that have a name."""
        ...


class OwnClerk:
    """Keeps them in this process.

    Args:
        recorder: Adds them up.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self.start, self.stop, self.take = recorder.start, recorder.stop, recorder.take
        self.labels = recorder.labels

    def stats(self, days: float) -> JSON:
        """Returns what `/stats` says."""
        return stats.of(self._recorder, days=days)

    def texts(self, number: str) -> JSON:
        """Returns one of the last exchanges with its texts; None: it is none of them."""
        entered = (one for one in self._recorder.last() if str(one.number) == number)
        return next(map(stats.views_json, entered), None)
