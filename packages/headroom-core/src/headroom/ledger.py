"""The ledger as one process knows it: what messages went out as."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock

from headroom.ccr.lineage import Record, pack, unpack
from headroom.errors import StoreError
from headroom.protocols import Store

_log = logging.getLogger("headroom")

_MOST = 4 << 20
"""Characters of texts that are held in memory; what is not is read from the store in one query."""


class Ledger:
    """Records of a store, with a bounded copy in memory, and those that the store did not take.

    Args:
        store: Keeps them.
        clock: Seconds since the epoch.
    """

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self._lock = Lock()
        self._copy: OrderedDict[bytes, Record] = OrderedDict()
        self._size = 0
        self._day = 0
        self._unsaved: dict[bytes, Record] = {}

    def recall(self, keys: Sequence[bytes]) -> tuple[list[Record], bool]:
        """Returns the records of the first keys, and whether that is all there are.

        It may not be all where the store cannot be read; then nobody knows how the rest went out.
        """
        found: list[Record] = []
        with self._lock:
            self._begin_day()
            for key in keys:
                record = self._copy.get(key) or self._unsaved.get(key)
                if record is None:
                    break
                if key in self._copy:
                    self._copy.move_to_end(key)
                found.append(record)
        rest = keys[len(found) :]
        try:
            more = [unpack(data) for data in (self._store.recall(rest) if rest else ())]
        except StoreError as error:
            _log.warning("store=<%s> | the ledger cannot be read", error)
            return found, False
        self._note(rest, more)
        return [*found, *more], True

    def record(self, keys: Sequence[bytes], records: Sequence[Record]) -> bool:
        """Keeps what is not kept yet; returns whether the ledger says the same as `records`.

        If not, somebody else was faster, and what they recorded stands.

        Raises:
            StoreError: Nothing was kept.
        """
        said = dict(zip(keys, records, strict=True))
        with self._lock:
            known = {key: self._copy[key] for key in keys if key in self._copy}
        fresh = [key for key in said if key not in known]
        if fresh:
            packed = [pack(said[key]) for key in fresh]
            kept = self._store.record(list(zip(fresh, packed, strict=True)))
            stands = [
                said[key] if data == ours else unpack(data)
                for key, ours, data in zip(fresh, packed, kept, strict=True)
            ]
            self._note(fresh, stands)
            known.update(zip(fresh, stands, strict=True))
        return all(known[key].sent == record.sent for key, record in said.items())

    def hold(self, keys: Sequence[bytes], records: Sequence[Record]) -> None:
        """Holds in memory what went out although the store did not take it, until it does."""
        with self._lock:
            for key, record in zip(keys, records, strict=True):
                if key not in self._copy:
                    self._unsaved.setdefault(key, record)

    def _note(self, keys: Sequence[bytes], records: Sequence[Record]) -> None:
        with self._lock:
            for key, record in zip(keys, records, strict=False):
                self._unsaved.pop(key, None)
                if key not in self._copy:
                    self._copy[key] = record
                    self._size += record.size
            while self._size > _MOST:
                self._size -= self._copy.popitem(last=False)[1].size

    def _begin_day(self) -> None:
        """Forgets the copies of yesterday: asking again tells the store that a session goes on."""
        today = int(self._clock() // 86_400)
        if today != self._day:
            self._day, self._size = today, 0
            self._copy.clear()
