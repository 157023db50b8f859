"""A private SQLite file that threads and processes share, whoever of them is killed.

One connection a thread, made again after a fork; a write-ahead log; nothing readable by others.
Source: https://www.sqlite.org/wal.html and https://www.sqlite.org/pragma.html#pragma_synchronous
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from headroom.errors import StoreError

_CREATING = threading.Lock()


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
        busy_seconds: float = 2.0,
        name: str = "the store",
    ) -> None:
        self.path = path
        self._schema = schema
        self._synchronous = synchronous
        self._busy_seconds = busy_seconds
        self._name = name
        self._local = threading.local()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Yields this thread's connection.

        Raises:
            StoreError: The file could not be used.
        """
        try:
            yield self.connection()
        except (sqlite3.Error, OSError, zlib.error) as error:
            raise StoreError(f"{self._name} {self.path} could not be used: {error}") from error

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Yields the connection, for what is written as a whole, and alone, or not at all.

        Raises:
            StoreError: The file could not be written; nothing was.
        """
        with self.reading() as database:
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
                database.execute("COMMIT")
            finally:
                if database.in_transaction:
                    database.execute("ROLLBACK")

    def close(self) -> None:
        """Closes this thread's connection."""
        database = getattr(self._local, "database", None)
        if database is not None:
            database.close()
            self._local.database = None

    def connection(self) -> sqlite3.Connection:
        """Returns this thread's connection, opened if it has none; no error is translated."""
        database: sqlite3.Connection | None = getattr(self._local, "database", None)
        if database is None or self._local.process != os.getpid():
            database = self._open()
            self._local.database, self._local.process = database, os.getpid()
        return database

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
            except sqlite3.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.005)
            else:
                return
