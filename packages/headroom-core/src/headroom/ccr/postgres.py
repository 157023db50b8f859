"""A store in PostgreSQL, for several machines: each call is atomic, and mostly one round trip.

What no session touched for some days goes, some of it with each write. Statements are never prepared
and no session variable is set, so that poolers may stand between.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from headroom.ccr._postgres_connections import Connection, Connections
from headroom.ccr._postgres_tables import Tables
from headroom.ccr.keys import digest_of
from headroom.ccr.stored import DAY, Saving, pack, read, unpack, written
from headroom.errors import Ambiguous, KeyCollision, StoreError
from headroom.types import Entry

T = TypeVar("T")

_LONGER = 4
"""How many times longer it stays known what produced an original, and what stood for it."""

_TIDY_SECONDS = 60.0


class PostgresStore:
    """Keeps originals in PostgreSQL, compressed, shared by content.

    Args:
        url: As libpq takes it: `postgresql://`.
        place: The same without secrets, for errors.
        tenant: Whose originals these are; those of others are not seen.
        days: For which everything is kept after a session last touched it.
        clock: Seconds since the epoch.
    """

    def __init__(
        self,
        url: str,
        *,
        place: str,
        tenant: str = "",
        days: int = 30,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._tables = Tables(f"headroom_{tenant}" if tenant else "headroom")
        self._connections = Connections(url, place, self._tables.create)
        self._days = days
        self._clock = clock
        self._tidied = clock()

    def put(self, entries: Sequence[Entry]) -> None:
        """Keeps the originals, all or none.

        Raises:
            KeyCollision: A key is taken by another original.
            Ambiguous: A replacement stands for another original already, in the same context.
            StoreError: The store could not be written; nothing was kept.
        """
        if not entries:
            return
        originals = _unique(
            ((written(e.ref), digest_of(e.original), e) for e in entries),
            lambda ref, _: KeyCollision(f"reference {read(ref)} is taken by another original"),
        )
        places = _unique(
            (((digest_of(e.replacement), e.context), written(e.ref), e) for e in entries),
            lambda _, e: Ambiguous(e.ref),
        )
        packed = {
            ref: (digest, pack(e.original), written(e.source))
            for ref, (digest, e) in originals.items()
        }

        def work(connection: Connection) -> None:
            with connection.pipeline(), connection.transaction():
                kept = self._tables.add_originals(connection, packed, self._today())
                taken = {place: ref for place, (ref, _) in places.items()}
                named, fresh = self._tables.add_replacements(connection, taken, self._today())
                for ref, digest in kept.items():
                    if digest != originals[ref][0]:
                        raise KeyCollision(f"reference {read(ref)} is taken by another original")
                for place, ref in named.items():
                    if ref != places[place][0]:
                        raise Ambiguous(places[place][1].ref)
                self._tables.add_savings(connection, [places[place][1] for place in fresh])

        self._connections.run(work)
        self._tidy()

    def get(self, ref: str) -> str | None:
        """Returns the original behind a reference, or None."""
        found = self._connections.run(
            lambda connection: self._tables.touch_original(connection, written(ref), self._today())
        )
        return None if found is None else unpack(found)

    def original(self, replacement: str, context: bytes) -> str | None:
        """Returns what `replacement` was put in place of in a context, or the only one ever."""
        found = self._connections.run(
            lambda connection: self._tables.replaced(connection, digest_of(replacement))
        )
        refs = {found[context]} if context in found else set(found.values())
        return self.get(read(refs.pop())) if len(refs) == 1 else None

    def sent(self, texts: Sequence[str]) -> list[bool]:
        """Returns for each text whether it was ever put in place of an original."""
        keys = [digest_of(text) for text in texts]
        known = self._connections.run(lambda connection: self._tables.known(connection, keys))
        return [key in known for key in keys]

    def source(self, ref: str) -> str:
        """Returns what produced an original, or an empty string."""
        return read(
            self._connections.run(lambda connection: self._tables.source(connection, written(ref)))
        )

    def record(self, records: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """Keeps records where there are none yet, and returns what is kept, one by one.

        Raises:
            StoreError: The store could not be written; nothing was kept.
        """
        if not records:
            return []
        first = {key: data for key, data in reversed(records)}
        kept = self._connections.run(
            lambda connection: self._tables.add_records(connection, first, self._today())
        )
        self._tidy()
        return [kept[key] for key, _ in records]

    def recall(self, keys: Sequence[bytes]) -> list[bytes]:
        """Returns the records of the first keys, up to the first that has none."""
        return self._connections.run(
            lambda connection: self._tables.recall(connection, keys, self._today())
        )

    def savings(self) -> list[Saving]:
        """Returns what was saved so far, the largest saving first."""
        return self._connections.run(self._tables.savings)

    def purge(self) -> int:
        """Deletes some of what nobody touched for too long; returns how many rows went.

        It is called now and then by whoever writes.
        """
        before, long_before = self._today() - self._days, self._today() - _LONGER * self._days
        return self._connections.run(
            lambda connection: self._tables.purge(connection, before, long_before)
        )

    def close(self) -> None:
        """Closes all connections."""
        self._connections.close()

    def _tidy(self) -> None:
        now = self._clock()
        if now - self._tidied >= _TIDY_SECONDS:
            self._tidied = now
            try:
                self.purge()
            except StoreError:  # what was to be kept is kept; the next one tries again
                return

    def _today(self) -> int:
        return int(self._clock() // DAY)


K = TypeVar("K")


def _unique(
    rows: Iterable[tuple[K, bytes, Entry]], refusal: Callable[[K, Entry], Exception]
) -> dict[K, tuple[bytes, Entry]]:
    """Returns rows by key; one statement may not write one row twice."""
    found: dict[K, tuple[bytes, Entry]] = {}
    for key, value, entry in rows:
        if found.setdefault(key, (value, entry))[0] != value:
            raise refusal(key, entry)
    return found
