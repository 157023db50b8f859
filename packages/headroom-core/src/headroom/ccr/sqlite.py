"""The default store: one SQLite file, private, safe under several processes and a killed one.

`put` has committed when it returns. Write-ahead logging with `synchronous=NORMAL` survives a killed
process; `synchronous=FULL` survives a power failure too, for a few milliseconds a turn.
"""

from __future__ import annotations

import sqlite3
import time
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from headroom.ccr import _sqlite_records
from headroom.ccr.keys import digest_of
from headroom.ccr.sqlite_file import Schema, SQLiteFile
from headroom.ccr.stored import DAY, Saving
from headroom.errors import Ambiguous, KeyCollision, StoreError
from headroom.types import Entry

# Few indexes and the data last: a turn writes few pages, and looking through the rows reads no data.
_SCHEMA = Schema(
    version=2,
    tables=(
        "CREATE TABLE originals (ref TEXT PRIMARY KEY, touched INTEGER NOT NULL, "
        "source TEXT NOT NULL, packed INTEGER NOT NULL, data BLOB NOT NULL)",
        "CREATE TABLE replacements (key BLOB NOT NULL, context BLOB NOT NULL, ref TEXT NOT NULL, "
        "PRIMARY KEY (key, context)) WITHOUT ROWID",
        "CREATE TABLE savings (content_type TEXT PRIMARY KEY, blocks INTEGER NOT NULL, "
        "tokens_before INTEGER NOT NULL, tokens_after INTEGER NOT NULL)",
    ),
    later=(_sqlite_records.TABLE,),
)
_ORIGINAL = "INTO originals (ref, touched, source, packed, data) VALUES (?, ?, ?, ?, ?)"
_LIVE_DAYS = 7
"""Days for which an original is kept after a session last touched it, whatever the size."""

_CHECK_EVERY = 16 << 20
"""Bytes put between two looks at the size of the store."""

_RAW, _PACKED, _GONE = 0, 1, -1


class SQLiteStore:
    """Keeps originals in a file, compressed, shared by content.

    Args:
        path: The file; its directory is made private if it has to be made.
        max_bytes: Size from which originals that nobody touched for a week go, oldest first.
        synchronous: NORMAL or FULL, see above.
        clock: Seconds since the epoch.
    """

    def __init__(
        self,
        path: Path,
        *,
        max_bytes: int = 2 << 30,
        synchronous: str = "NORMAL",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.path = path
        self._max_bytes = max_bytes
        self._clock = clock
        self._file = SQLiteFile(path, _SCHEMA, synchronous=synchronous)
        self._unchecked = 0

    def put(self, entries: Sequence[Entry]) -> None:
        """Keeps the originals, all or none, and has committed when it returns.

        Raises:
            KeyCollision: A key is taken by another original.
            Ambiguous: A replacement stands for another original already, in the same context.
            StoreError: The store could not be written; nothing was kept.
        """
        if not entries:
            return
        packed = [_pack(entry.original) for entry in entries]
        with self._file.transaction() as database:
            for entry, (data, is_packed) in zip(entries, packed, strict=True):
                self._put_one(database, entry, data, is_packed)
        self._note_size(sum(len(data) for data, _ in packed))

    def get(self, ref: str) -> str | None:
        """Returns the original behind a reference, or None."""
        with self._file.reading() as database:
            row = database.execute(
                "SELECT data, packed, touched FROM originals WHERE ref = ?", (ref,)
            ).fetchone()
            if row is None or row[1] == _GONE:
                return None
            original = _unpack(row[0], packed=row[1])
        if row[2] < self._today():
            with suppress(StoreError), self._file.transaction() as database:  # to read is enough
                self._touch(database, ref)
        return original

    def original(self, replacement: str, context: bytes) -> str | None:
        """Returns what `replacement` was put in place of in a context, or the only one ever."""
        key = digest_of(replacement)
        with self._file.reading() as database:
            refs = (
                database.execute(
                    "SELECT DISTINCT ref FROM replacements WHERE key = ? AND context = ?",
                    (key, context),
                ).fetchall()
                or database.execute(
                    "SELECT DISTINCT ref FROM replacements WHERE key = ? LIMIT 2", (key,)
                ).fetchall()
            )
        return self.get(refs[0][0]) if len(refs) == 1 else None

    def sent(self, texts: Sequence[str]) -> list[bool]:
        """Returns for each text whether it was ever put in place of an original."""
        query = "SELECT 1 FROM replacements WHERE key = ? LIMIT 1"
        with self._file.reading() as database:
            found = (database.execute(query, (digest_of(text),)).fetchone() for text in texts)
            return [row is not None for row in found]

    def source(self, ref: str) -> str:
        """Returns what produced an original, or an empty string."""
        with self._file.reading() as database:
            row = database.execute("SELECT source FROM originals WHERE ref = ?", (ref,)).fetchone()
        return row[0] if row else ""

    def record(self, records: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """Keeps records where there are none yet, and returns what is kept, one by one.

        Raises:
            StoreError: The store could not be written; nothing was kept.
        """
        if not records:
            return []
        with self._file.transaction() as database:
            kept = _sqlite_records.insert(database, records, self._today())
        self._note_size(sum(_sqlite_records.ROW + len(data) for _, data in records))
        return kept

    def recall(self, keys: Sequence[bytes]) -> list[bytes]:
        """Returns the records of the first keys, up to the first that has none."""
        with self._file.reading() as database:
            found = _sqlite_records.first(database, keys)
        if any(day < self._today() for _, day in found):
            with suppress(StoreError), self._file.transaction() as database:  # to read is enough
                _sqlite_records.touch(database, keys[: len(found)], self._today())
        return [data for data, _ in found]

    def savings(self) -> list[Saving]:
        """Returns what was saved so far, the largest saving first."""
        with self._file.reading() as database:
            rows = database.execute(
                "SELECT content_type, blocks, tokens_before, tokens_after FROM savings "
                "ORDER BY tokens_after - tokens_before"
            ).fetchall()
        return [Saving(*row) for row in rows]

    def evict(self) -> int:
        """Brings the store under its size; returns how many originals went.

        What produced them stays known, and which texts stood for them. Records go first: nobody goes
        on with a session of long ago, but somebody may look something up.
        """
        gone = 0
        with self._file.transaction() as database:
            size = _sqlite_records.size(database)
            size += database.execute(
                "SELECT coalesce(sum(length(data)), 0) FROM originals"
            ).fetchone()[0]
            week_ago = self._today() - _LIVE_DAYS
            size -= _sqlite_records.evict(database, week_ago, size - self._max_bytes)
            rows = database.execute(
                "SELECT ref, length(data) FROM originals WHERE touched < ? AND packed != ? "
                "ORDER BY touched, ref",
                (week_ago, _GONE),
            ).fetchall()
            for ref, length in rows:
                if size <= self._max_bytes:
                    break
                database.execute(
                    "UPDATE originals SET data = x'', packed = ? WHERE ref = ?", (_GONE, ref)
                )
                size -= length
                gone += 1
        return gone

    def close(self) -> None:
        """Closes this thread's connection."""
        self._file.close()

    def _note_size(self, more: int) -> None:
        self._unchecked += more
        if self._unchecked > _CHECK_EVERY:
            self._unchecked = 0
            with suppress(StoreError):  # what was to be kept is kept
                self.evict()

    def _put_one(
        self, database: sqlite3.Connection, entry: Entry, data: bytes, packed: int
    ) -> None:
        row = (entry.ref, self._today(), entry.source, packed, data)
        if not database.execute(f"INSERT OR IGNORE {_ORIGINAL}", row).rowcount:
            self._keep_again(database, entry, row)
        key = (digest_of(entry.replacement), entry.context)
        if database.execute(
            "INSERT OR IGNORE INTO replacements VALUES (?, ?, ?)", (*key, entry.ref)
        ).rowcount:
            database.execute(
                "INSERT INTO savings VALUES (?, 1, ?, ?) ON CONFLICT (content_type) DO UPDATE SET "
                "blocks = blocks + 1, tokens_before = tokens_before + excluded.tokens_before, "
                "tokens_after = tokens_after + excluded.tokens_after",
                (entry.content_type, entry.tokens_before, entry.tokens_after),
            )
            return
        taken = database.execute(
            "SELECT ref FROM replacements WHERE key = ? AND context = ?", key
        ).fetchone()
        if taken[0] != entry.ref:
            raise Ambiguous(entry.ref)

    def _keep_again(
        self, database: sqlite3.Connection, entry: Entry, row: tuple[str, int, str, int, bytes]
    ) -> None:
        """Keeps an original whose key is there already: the same, or one that made room."""
        data, packed, touched = database.execute(
            "SELECT data, packed, touched FROM originals WHERE ref = ?", (entry.ref,)
        ).fetchone()
        if packed == _GONE:
            database.execute(f"INSERT OR REPLACE {_ORIGINAL}", row)
        elif _unpack(data, packed=packed) != entry.original:
            raise KeyCollision(f"reference {entry.ref} is taken by another original")
        elif touched < self._today():
            self._touch(database, entry.ref)

    def _touch(self, database: sqlite3.Connection, ref: str) -> None:
        database.execute("UPDATE originals SET touched = ? WHERE ref = ?", (self._today(), ref))

    def _today(self) -> int:
        return int(self._clock() // DAY)


def _pack(original: str) -> tuple[bytes, int]:
    """Returns an original as it is kept, with the checksum that zlib adds: disks forget bits."""
    return zlib.compress(original.encode("utf-8", "surrogatepass"), 1), _PACKED


def _unpack(data: bytes, *, packed: int) -> str:
    """Returns an original from what was kept; in a damaged file that may be of any type.

    Raises:
        StoreError: That is not what `_pack` returned.
    """
    try:
        return (zlib.decompress(data) if packed else data).decode("utf-8", "surrogatepass")
    except (zlib.error, UnicodeDecodeError, TypeError, AttributeError) as error:
        raise StoreError(f"expected an original, got {data!r:.40}") from error
