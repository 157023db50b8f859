"""A private SQLite file that threads and processes share, whoever of them is killed.

One connection a thread, made again after a fork; a write-ahead log; nothing readable by others. A file
that was moved away or deleted is noticed at the next call, and made again.
Source: https://www.sqlite.org/wal.html and https://www.sqlite.org/pragma.html#pragma_synchronous
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote

from headroom.ccr._outage import PATIENCE, Outage
from headroom.errors import StoreError

_CREATING = threading.Lock()
_ERRORS = (sqlite3.Error, OSError, zlib.error, UnicodeDecodeError)
"""What a file leads to that cannot be used; the last where SQLite quotes what is damaged."""

_NO_ROOM = "make room on the disk, and nothing has to be restarted"
_DAMAGED = "move it away with its -wal and -shm, and a new one is made; nothing has to be restarted"
_NO_RIGHT = "let this user write to it and to its directory"
_ADVICE = {
    sqlite3.SQLITE_BUSY: "another program keeps it locked: end that one",
    sqlite3.SQLITE_CANTOPEN: _NO_RIGHT,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_FULL: _NO_ROOM,
    sqlite3.SQLITE_IOERR: "look whether the disk is full or failing",
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_READONLY: _NO_RIGHT,
}

_STALE = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)
"""What stays so for a connection, also when the disk is well again."""

_OTHERS = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL)
"""What passes when others are done."""

_Identity: TypeAlias = tuple[tuple[int, int], ...]
"""Device and number of a file and of its log."""


@dataclass(frozen=True, slots=True)
class Schema:
    """What is in a file.

    Attributes:
        version: A file of another one is refused.
        tables: Statements that make a new file.
        later: Statements run at each opening, for tables that older files of this version lack:
            who does not know them does no harm.
    """

    version: int
    tables: Sequence[str]
    later: Sequence[str] = ()


class SQLiteFile:
    """Connections to a file, and transactions on them.

    Args:
        path: The file; its directory is made private if it has to be made.
        schema: What is in it.
        synchronous: NORMAL survives a killed process, FULL a power failure too.
        busy_seconds: How long to wait for others who write.
        name: What errors call it.
    """

    def __init__(
        self,
        path: Path,
        schema: Schema,
        *,
        synchronous: str = "NORMAL",
        busy_seconds: float = PATIENCE,
        name: str = "the store",
    ) -> None:
        self.path = path
        self._schema = schema
        self._synchronous = synchronous
        self._busy_seconds = busy_seconds
        self._name = name
        # Of their own: who may not write may read all the same.
        self._reads, self._writes = Outage(f"{name} {path}"), Outage(f"{name} {path}")
        self._local = threading.local()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Yields this thread's connection; where nothing can be written, one that only reads.

        Raises:
            StoreError: The file could not be used.
        """
        with self._reads.noted(*_ERRORS, advice=advice):
            try:
                database = self.connection()
            except (sqlite3.OperationalError, OSError):
                if not self._is_at_rest():
                    raise
                database = None
            if database is not None:
                yield database
            else:
                with closing(self._only_read()) as database:
                    yield database

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Yields the connection, for what is written as a whole, and alone, or not at all.

        Raises:
            StoreError: The file could not be written; nothing was.
        """
        with self._writes.noted(*_ERRORS, advice=advice):
            database = self.connection()
            try:
                database.execute("BEGIN IMMEDIATE")
                yield database
                database.execute("COMMIT")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF in _STALE:
                    self.close()
                raise
            finally:
                with suppress(sqlite3.ProgrammingError):  # it was closed
                    if database.in_transaction:
                        database.execute("ROLLBACK")

    def close(self) -> None:
        """Closes this thread's connection."""
        database = getattr(self._local, "database", None)
        if database is not None:
            if self._local.identity == self._identity():
                database.close()
            else:
                _abandon(database)
            self._local.database = None

    def connection(self) -> sqlite3.Connection:
        """Returns this thread's connection, opened if it has none; no error is translated."""
        database: sqlite3.Connection | None = getattr(self._local, "database", None)
        if database is not None and self._local.process != os.getpid():
            database = None
        if database is not None and self._local.identity != self._identity():
            _abandon(database)
            database = self._local.database = None
        if database is None:
            database = self._open()
            self._local.database, self._local.process = database, os.getpid()
            self._local.identity = self._identity()
        return database

    def _identity(self) -> _Identity:
        """Returns which file is there now; empty: none. What is written to a deleted one is lost.

        While somebody has the file open, its log stays the same too.
        """
        try:
            found = [os.stat(path) for path in (self.path, f"{self.path}-wal")]
        except OSError:
            return ()
        return tuple((one.st_dev, one.st_ino) for one in found)

    def _open(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._create()
        database = sqlite3.connect(self.path, timeout=self._busy_seconds, isolation_level=None)
        try:
            self._write_ahead(database)
            database.execute(f"PRAGMA synchronous = {self._synchronous}")
            self._migrate(database)
            for statement in self._schema.later:
                database.execute(statement)
        except BaseException:
            database.close()
            raise
        return database

    def _is_at_rest(self) -> bool:
        """Returns whether all that was ever written is in the file itself, and none of it in a log."""
        log = Path(f"{self.path}-wal")
        return self.path.is_file() and not (log.is_file() and log.stat().st_size)

    def _only_read(self) -> sqlite3.Connection:
        """Returns a connection that makes no file, as others need: for full and read-only disks.

        Only for one call: to be told that nobody else writes, SQLite takes on trust.
        Source: https://www.sqlite.org/uri.html#uriimmutable
        """
        url = f"file:{quote(str(self.path))}?mode=ro&immutable=1"
        database = sqlite3.connect(url, uri=True, isolation_level=None)
        if database.execute("PRAGMA user_version").fetchone()[0] != self._schema.version:
            database.close()
            raise StoreError(f"{self._name} {self.path} is empty, or of another Headroom")
        return database

    def _create(self) -> None:
        """Makes an empty, private file if there is none; SQLite gives its side files the same mode.

        A file that is there is not opened: to close it again would drop the locks that SQLite holds
        on it for other threads, and another process would then delete the log they write to.
        Source: https://www.sqlite.org/howtocorrupt.html, section 2.2.
        """
        if self.path.is_symlink():
            raise FileExistsError(f"{self.path} is a link")
        if self.path.exists():
            return
        with _CREATING, _alone_in(self.path.parent):
            if not self.path.exists():
                for ending in ("-wal", "-shm"):  # of a file that is gone; some still use them
                    Path(f"{self.path}{ending}").unlink(missing_ok=True)
                os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))

    def _migrate(self, database: sqlite3.Connection) -> None:
        known = self._schema.version
        version = database.execute("PRAGMA user_version").fetchone()[0]
        if version == known:
            return
        if version != 0:
            raise StoreError(
                f"{self._name} {self.path} was written by another Headroom (schema {version}, this "
                f"one knows {known}); use that one, or set HEADROOM_HOME to another directory"
            )
        database.execute("BEGIN IMMEDIATE")
        if database.execute("PRAGMA user_version").fetchone()[0] == 0:  # nobody was faster
            for statement in self._schema.tables:
                database.execute(statement)
            database.execute(f"PRAGMA user_version = {known}")
        database.execute("COMMIT")

    def _write_ahead(self, database: sqlite3.Connection) -> None:
        """Turns the write-ahead log on; SQLite itself does not wait for others who do the same."""
        until = time.monotonic() + self._busy_seconds
        while True:
            try:
                database.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF not in _OTHERS or time.monotonic() > until:
                    raise
                time.sleep(0.005)
            else:
                return


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keeps other processes out that do the same, where the system can do that."""
    try:
        import fcntl  # noqa: PLC0415 - Windows has none
    except ModuleNotFoundError:
        yield
        return
    here = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(here, fcntl.LOCK_EX)
        yield
    finally:
        os.close(here)


def _abandon(database: sqlite3.Connection) -> None:
    """Never closes a connection to a file that is not there any more.

    The last one to close would delete the log by its name, and that name is the new file's.
    """
    import ctypes  # noqa: PLC0415 - takes 10 ms, and hardly ever happens

    ctypes.pythonapi.Py_IncRef(ctypes.py_object(database))


def advice(error: Exception) -> str:
    """Returns what to do about an error of SQLite's; empty: nobody knows."""
    code = getattr(error, "sqlite_errorcode", None)
    return "" if code is None else _ADVICE.get(code & 0xFF, "")
