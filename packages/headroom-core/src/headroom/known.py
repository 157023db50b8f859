"""What one instance knows of its store, so that a turn writes and asks only for what is new."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from threading import Lock

from headroom.ccr.keys import digest_of
from headroom.types import Entry

_MOST = 10_000


class Known:
    """Bounded, thread-safe notes: which texts went out of here, and which could not."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = Lock()
        self._sent: OrderedDict[bytes, bool] = OrderedDict()
        self._kept: OrderedDict[tuple[str, bytes, bytes], int] = OrderedDict()
        self._last: str | None = None
        self._refused: set[tuple[str, bytes, bytes]] = set()
        self._epochs: OrderedDict[bytes, None] = OrderedDict()

    @property
    def last(self) -> str | None:
        """The text that was stored last: a store that does not know it has lost what it had."""
        return self._last

    def forget(self) -> None:
        """Forgets what is stored, so that it is stored again when it goes out again."""
        with self._lock:
            self._kept.clear()
            self._epochs.clear()
            self._last = None

    @property
    def refused(self) -> bool:
        """Whether there is a text whose original could not be stored."""
        return bool(self._refused)

    def sent(self, text: str) -> bool | None:
        """Returns whether a text went out of here; None: not known."""
        with self._lock:
            return self._sent.get(digest_of(text))

    def note(self, text: str, *, sent: bool) -> None:
        """Takes an answer of the store."""
        with self._lock:
            self._sent[digest_of(text)] = sent
            if len(self._sent) > _MOST:
                self._sent.popitem(last=False)

    def wanted(self, entry: Entry) -> bool:
        """Returns whether an entry has to be stored, or was not since yesterday.

        Storing it again tells the store that a session still needs it.
        """
        with self._lock:
            kept = self._kept.get(_name(entry))
            return kept != self._today() and not self.is_refused(entry)

    def epochs_kept(self, epochs: Sequence[bytes]) -> int:
        """Returns how many of a conversation's epochs, from the first, are stored as a whole."""
        with self._lock:
            missing = (n for n, epoch in enumerate(epochs) if epoch not in self._epochs)
            return next(missing, len(epochs))

    def keep(self, entries: Iterable[Entry], epochs: Iterable[bytes] = ()) -> None:
        """Takes entries that are stored, and with them all of some epochs."""
        with self._lock:
            for epoch in epochs:
                self._epochs[epoch] = None
                self._epochs.move_to_end(epoch)
                if len(self._epochs) > _MOST:
                    self._epochs.popitem(last=False)
        for entry in entries:
            self.note(entry.replacement, sent=True)
            with self._lock:
                self._last = entry.replacement
                self._kept[_name(entry)] = self._today()
                if len(self._kept) > _MOST:
                    self._kept.popitem(last=False)

    def refuse(self, entries: Iterable[Entry]) -> None:
        """Takes entries that could not be stored: their texts go out raw, now and later.

        What was stored on an earlier day went out already, and stays as it went out.
        """
        with self._lock:
            self._refused.update(name for name in map(_name, entries) if name not in self._kept)

    def is_refused(self, entry: Entry) -> bool:
        """Returns whether an entry could not be stored when its text was first sent."""
        return _name(entry) in self._refused

    def _today(self) -> int:
        return int(self._clock() // 86_400)


def _name(entry: Entry) -> tuple[str, bytes, bytes]:
    return entry.ref, digest_of(entry.replacement), entry.context
