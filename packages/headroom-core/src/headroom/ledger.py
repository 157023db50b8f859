"""The ledger as one process knows it: what messages went out as."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from threading import Lock

from headroom.ccr.lineage import Record, pack, unpack
from headroom.errors import StoreError
from headroom.protocols import Store

_log = logging.getLogger("headroom")

_MOST = 4 << 20
"""Characters of texts that are held in memory; what is not is read from the store in one query."""

_MOST_UNSAVED = 64 << 20
"""The same of records that wait for a store that fails."""

_ANYTHING = b"anything"
"""A key that no message has."""


class Bounded(OrderedDict[bytes, Record]):
    """Records by key, the oldest first. Beyond a size, the oldest are given up.

    Args:
        most: Characters of their texts.
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most
        self._size = 0

    def add(self, key: bytes, record: Record) -> None:
        """Adds a record, unless there is one."""
        if key in self:
            return
        self[key] = record
        self._size += record.size
        while self._size > self._most:
            self.drop(next(iter(self)))

    def drop(self, key: bytes) -> None:
        """Removes a record, if there is one."""
        if (record := self.pop(key, None)) is not None:
            self._size -= record.size


class Ledger:
    """Records of a store, with a bounded copy in memory, and those that the store did not take.

    Args:
        store: Keeps them.
        clock: Seconds since the epoch.

    Attributes:
        trouble: What is wrong with the store, in a sentence; empty: nothing, as far as is known.
    """

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self.trouble = ""
        self._store = store
        self._clock = clock
        self._lock = Lock()
        self._day = 0
        self._copy = Bounded(_MOST)
        self._yesterday = Bounded(_MOST)
        self._unsaved = Bounded(_MOST_UNSAVED)

    def recall(self, keys: Sequence[bytes]) -> tuple[list[Record], bool]:
        """Returns the records of the first keys, and whether that is all there are.

        It may not be all where the store cannot be read; then nobody knows how the rest went out.
        """
        with self._lock:
            self._begin_day()
            found = _first(keys, self._copy, self._unsaved)
            for key in keys[: len(found)]:
                if key in self._copy:
                    self._copy.move_to_end(key)
        rest = keys[len(found) :]
        try:
            more = [unpack(data) for data in (self._recalled(rest) if rest else ())]
        except StoreError as error:
            self._fails(error)
            more = _first(rest, self._yesterday, self._unsaved)
            return [*found, *more], len(more) == len(rest)
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
            fresh = {key: self._unsaved.get(key, said[key]) for key in said if key not in known}
        if fresh:
            known |= self._written(fresh)
            with suppress(StoreError):  # what was to be kept is kept
                self._catch_up()
        return all(known[key].sent == record.sent for key, record in said.items())

    def hold(self, keys: Sequence[bytes], records: Sequence[Record], error: StoreError) -> None:
        """Holds in memory what went out although the store did not take it, until it does."""
        self._fails(error)
        with self._lock:
            for key, record in zip(keys, records, strict=True):
                if key not in self._copy:
                    self._unsaved.add(key, record)

    def check(self) -> None:
        """Gives the store what it does not have, if it is well again.

        Raises:
            StoreError: It is not; says what is wrong, and what to do.
        """
        try:
            self._recalled([_ANYTHING])
        except StoreError as error:
            self._fails(error)
            raise
        self._catch_up()

    def _recalled(self, keys: Sequence[bytes]) -> list[bytes]:
        """Returns what the store has of the first keys.

        It is asked in the same breath for a record that it was given: a file may be deleted, and a
        server lose its memory, while we run. Then it is given again what is known here.
        """
        with self._lock:
            last = next(reversed(self._copy or self._yesterday), None)
        if last is None:
            return self._store.recall(keys)
        if found := self._store.recall([last, *keys]):
            return found[1:]
        _log.warning("the store lost what it had; it is given again what is known here")
        with self._lock:
            for known in (self._yesterday, self._copy):
                for key, record in known.items():
                    self._unsaved.add(key, record)
            self._copy, self._yesterday = Bounded(_MOST), Bounded(_MOST)
        return self._store.recall(keys)

    def _written(self, records: Mapping[bytes, Record]) -> dict[bytes, Record]:
        """Gives the store records that it may not have; returns those that stand."""
        packed = [pack(record) for record in records.values()]
        kept = self._store.record(list(zip(records, packed, strict=True)))
        stands = [
            record if data == ours else unpack(data)
            for record, ours, data in zip(records.values(), packed, kept, strict=True)
        ]
        self._note(list(records), stands)
        return dict(zip(records, stands, strict=True))

    def _catch_up(self) -> None:
        """Gives the store what it did not take, or lost."""
        with self._lock:
            waiting = dict(self._unsaved)
        try:
            if waiting:
                self._written(waiting)
        except StoreError as error:
            self._fails(error)
            raise
        if self.trouble:
            self.trouble = ""
            _log.warning("the store works again")

    def _fails(self, error: StoreError) -> None:
        if not self.trouble:
            _log.warning(
                "store=<%s> | until it works again, what went out before goes out again as far as "
                "it is known here, and what is new goes out as it came",
                error,
            )
        self.trouble = str(error)

    def _note(self, keys: Sequence[bytes], records: Sequence[Record]) -> None:
        with self._lock:
            for key, record in zip(keys, records, strict=False):
                self._unsaved.drop(key)
                self._copy.add(key, record)

    def _begin_day(self) -> None:
        """Lays the copies aside: asking again tells the store that a session goes on."""
        today = int(self._clock() // 86_400)
        if today != self._day:
            self._day, self._yesterday, self._copy = today, self._copy, Bounded(_MOST)


def _first(keys: Sequence[bytes], *known: Mapping[bytes, Record]) -> list[Record]:
    """Returns the records of the first keys, up to the first that none of them knows."""
    found: list[Record] = []
    for key in keys:
        record = next((one[key] for one in known if key in one), None)
        if record is None:
            break
        found.append(record)
    return found
