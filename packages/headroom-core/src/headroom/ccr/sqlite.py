"""The default store: one SQLite file, private, safe under several processes and a killed one.

`put` has committed when it returns. Write-ahead logging with `synchronous=NORMAL` survives a killed
process; `synchronous=FULL` survives a power failure too, for a few milliseconds a turn.
Source: https://www.sqlite.org/wal.html and https://www.sqlite.org/pragma.html#pragma_synchronous
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from headroom.ccr import _sqlite_records
from headroom.ccr.keys import digest_of
from headroom.ccr.stored import DAY, Saving
from headroom.errors import Ambiguous, KeyCollision, StoreError
from headroom.types import Entry

SCHEMA_VERSION = 2
# Few indexes and the data last: a turn writes few pages, and looking through the rows reads no data.
_SCHEMA = """
CREATE TABLE originals (
    ref TEXT PRIMARY KEY, touched INTEGER NOT NULL, source TEXT NOT NULL, packed INTEGER NOT NULL,
    data BLOB NOT NULL
);
CREATE TABLE replacements (
    key BLOB NOT NULL, context BLOB NOT NULL, ref TEXT NOT NULL, PRIMARY KEY (key, context)
) WITHOUT ROWID;
CREATE TABLE savings (
    content_type TEXT PRIMARY KEY, blocks INTEGER NOT NULL, tokens_before INTEGER NOT NULL,
    tokens_after INTEGER NOT NULL
);
"""
_ORIGINAL = "INTO originals (ref, touched, source, packed, data) VALUES (?, ?, ?, ?, ?)"
_LIVE_DAYS = 7
"""Days for which an original is kept after a session last touched it, whatever the size."""

_CHECK_EVERY = 16 << 20
"""Bytes put between two looks at the size of the store."""

_PACK_FROM = 512
_RAW, _PACKED, _GONE = 0, 1, -1
_BUSY_SECONDS = 2.0
_CREATING = threading.Lock()


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
        self._synchronous = synchronous
        self._clock = clock
        self._local = threading.local()
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
        with self._transaction() as database:
            for entry, (data, is_packed) in zip(entries, packed, strict=True):
                self._put_one(database, entry, data, is_packed)
        self._note_size(sum(len(data) for data, _ in packed))

    def get(self, ref: str) -> str | None:
        """Returns the original behind a reference, or None."""
        with self._reading() as database:
            row = database.execute(
                "SELECT data, packed, touched FROM originals WHERE ref = ?", (ref,)
            ).fetchone()
        if row is None or row[1] == _GONE:
            return None
        if row[2] < self._today():
            with suppress(StoreError), self._transaction() as database:  # it was read all the same
                self._touch(database, ref)
        return _unpack(row[0], packed=row[1])

    def original(self, replacement: str, context: bytes) -> str | None:
        """Returns what `replacement` was put in place of in a context, or the only one ever."""
        key = digest_of(replacement)
        with self._reading() as database:
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
        with self._reading() as database:
            found = (database.execute(query, (digest_of(text),)).fetchone() for text in texts)
            return [row is not None for row in found]

    def source(self, ref: str) -> str:
        """Returns what produced an original, or an empty string."""
        with self._reading() as database:
            row = database.execute("SELECT source FROM originals WHERE ref = ?", (ref,)).fetchone()
        return row[0] if row else ""

    def record(self, records: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """Keeps records where there are none yet, and returns what is kept, one by one.

        Raises:
            StoreError: The store could not be written; nothing was kept.
        """
        if not records:
            return []
        with self._transaction() as database:
            kept = _sqlite_records.insert(database, records, self._today())
        self._note_size(sum(_sqlite_records.ROW + len(data) for _, data in records))
        return kept

    def recall(self, keys: Sequence[bytes]) -> list[bytes]:
        """Returns the records of the first keys, up to the first that has none."""
        with self._reading() as database:
            found = _sqlite_records.first(database, keys)
        if any(day < self._today() for _, day in found):
            with suppress(StoreError), self._transaction() as database:  # to read is enough
                _sqlite_records.touch(database, keys[: len(found)], self._today())
        return [data for data, _ in found]

    def savings(self) -> list[Saving]:
        """Returns what was saved so far, the largest saving first."""
        with self._reading() as database:
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
        with self._transaction() as database:
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
        database = getattr(self._local, "database", None)
        if database is not None:
            database.close()
            self._local.database = None

    def _note_size(self, more: int) -> None:
        self._unchecked += more
        if self._unchecked > _CHECK_EVERY:
            self._unchecked = 0
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

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            yield self._database()
        except (sqlite3.Error, OSError, zlib.error) as error:
            raise self._failed(error) from error

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._reading() as database:
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
                database.execute("COMMIT")
            finally:
                if database.in_transaction:
                    database.execute("ROLLBACK")

    def _failed(self, error: Exception) -> StoreError:
        return StoreError(f"the store {self.path} could not be used: {error}")

    def _database(self) -> sqlite3.Connection:
        database: sqlite3.Connection | None = getattr(self._local, "database", None)
        if database is None or self._local.process != os.getpid():
            database = self._open()
            self._local.database, self._local.process = database, os.getpid()
        return database

    def _open(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._create()
        database = sqlite3.connect(self.path, timeout=_BUSY_SECONDS, isolation_level=None)
        _write_ahead(database)
        database.execute(f"PRAGMA synchronous = {self._synchronous}")
        self._migrate(database)
        database.execute(_sqlite_records.TABLE)  # whoever does not know it does no harm
        return database

    def _create(self) -> None:
        """Makes an empty, private file if there is none; SQLite gives its side files the same mode.

        A file that is there is not opened: to close it again would drop the locks that SQLite holds
        on it for other threads, and another process would then delete the log they write to.
        Source: https://www.sqlite.org/howtocorrupt.html, section 2.2.
        """
        with _CREATING:
            try:
                os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            except FileExistsError:
                if self.path.is_symlink():
                    raise

    def _migrate(self, database: sqlite3.Connection) -> None:
        version = database.execute("PRAGMA user_version").fetchone()[0]
        if version == SCHEMA_VERSION:
            return
        if version != 0:
            raise StoreError(
                f"the store {self.path} was written by another Headroom (schema {version}, this one "
                f"knows {SCHEMA_VERSION}); use that one, or set HEADROOM_HOME to another directory"
            )
        database.execute("BEGIN IMMEDIATE")
        if database.execute("PRAGMA user_version").fetchone()[0] == 0:  # nobody was faster
            for statement in filter(str.strip, _SCHEMA.split(";")):
                database.execute(statement)
            database.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        database.execute("COMMIT")


def _write_ahead(database: sqlite3.Connection) -> None:
    """Turns the write-ahead log on; SQLite itself does not wait for others who do the same."""
    until = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            database.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.005)
        else:
            return


def _pack(original: str) -> tuple[bytes, int]:
    data = original.encode("utf-8", "surrogatepass")
    return (zlib.compress(data, 1), _PACKED) if len(data) >= _PACK_FROM else (data, _RAW)


def _unpack(data: bytes, *, packed: int) -> str:
    return (zlib.decompress(data) if packed else data).decode("utf-8", "surrogatepass")
