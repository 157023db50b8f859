"""Who keeps the books: takes what happened, and answers what they say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol, Self

from headroom.home import home
from headroom.types import JSON
from headroom_proxy import stats
from headroom_proxy.books import Books, Figures, Label
from headroom_proxy.exchange import Exchange
from headroom_proxy.recorder import Recorder
from headroom_proxy.settings import Settings, SettingsError

if TYPE_CHECKING:
    from headroom_proxy.traces import Spans


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
        close: What is to be closed at the end.
    """

    def __init__(self, recorder: Recorder, close: Callable[[], None] | None = None) -> None:
        self._recorder = recorder
        self._close = close
        self.start, self.take, self.labels = recorder.start, recorder.take, recorder.labels

    @classmethod
    def of(cls, settings: Settings, books: Books | None = None, *, settle: float = 0.0) -> Self:
        """Returns one that does what the settings say.

        Args:
            settings: What the gateway is told.
            books: Where figures are kept; default: a file in the user's data directory.
            settle: As the recorder has it.

        Raises:
            SettingsError: Spans are wanted, and what makes them is not installed.
        """
        books = books or Books(home() / "books.db")
        if settings.traces in ("", "none"):
            return cls(Recorder(books, settings.views, settle=settle))
        spans = _spans(settings.traces)
        return cls(Recorder(books, settings.views, settle=settle, saw=spans.saw), spans.close)

    def stop(self) -> None:
        """Enters what is waiting, and ends."""
        self._recorder.stop()
        if self._close is not None:
            self._close()

    def stats(self, days: float) -> JSON:
        """Returns what `/stats` says."""
        return stats.of(self._recorder, days=days)

    def texts(self, number: str) -> JSON:
        """Returns one of the last exchanges with its texts; None: it is none of them."""
        entered = (one for one in self._recorder.last() if str(one.number) == number)
        return next(map(stats.views_json, entered), None)


def _spans(exporter: str) -> Spans:
    try:
        from headroom_proxy.traces import Spans  # noqa: PLC0415 - only who wants spans has the SDK
    except ModuleNotFoundError as error:
        raise SettingsError("traces: they need pip install 'headroom-ai[otel]'") from error
    return Spans(exporter)
