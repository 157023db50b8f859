"""What one instance knows of its store, so that a turn writes and asks only for what is new."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock

from headroom.ccr.keys import digest_of
from headroom.types import Entry

_MOST = 50_000


class Known:
    """Bounded, thread-safe notes: which texts went out of here, and which could not."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._sent: OrderedDict[bytes, bool] = OrderedDict()
        self._kept: OrderedDict[tuple[str, bytes, bytes], None] = OrderedDict()
        self._refused: set[tuple[str, bytes, bytes]] = set()

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
        """Returns whether an entry has to be stored."""
        with self._lock:
            return _name(entry) not in self._kept and not self.is_refused(entry)

    def keep(self, entries: Iterable[Entry]) -> None:
        """Takes entries that are stored."""
        for entry in entries:
            self.note(entry.replacement, sent=True)
            with self._lock:
                self._kept[_name(entry)] = None
                if len(self._kept) > _MOST:
                    self._kept.popitem(last=False)

    def refuse(self, entries: Iterable[Entry]) -> None:
        """Takes entries that could not be stored: their texts go out raw, now and later."""
        with self._lock:
            self._refused.update(map(_name, entries))

    def is_refused(self, entry: Entry) -> bool:
        """Returns whether an entry could not be stored when its text was first sent."""
        return _name(entry) in self._refused


def _name(entry: Entry) -> tuple[str, bytes, bytes]:
    return entry.ref, digest_of(entry.replacement), entry.context
