"""The ledger's table in a SQLite store: one row for a message, first writer wins."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from itertools import takewhile

TABLE = """
CREATE TABLE IF NOT EXISTS records (
    key BLOB PRIMARY KEY, touched INTEGER NOT NULL, data BLOB NOT NULL
) WITHOUT ROWID
"""

ROW = 64
"""Bytes that a record takes besides its data."""

_AT_ONCE = 500
"""Keys that are looked up in one query."""


def insert(
    database: sqlite3.Connection, records: Sequence[tuple[bytes, bytes]], today: int
) -> list[bytes]:
    """Adds records where there are none yet, and returns what is there, one by one."""
    rows = [(key, today, data) for key, data in records]
    database.executemany("INSERT OR IGNORE INTO records VALUES (?, ?, ?)", rows)
    found = _find(database, [key for key, _ in records])
    return [found[key][0] for key, _ in records]


def first(database: sqlite3.Connection, keys: Sequence[bytes]) -> list[tuple[bytes, int]]:
    """Returns data and day of the records of the first keys, up to the first that has none."""
    found = _find(database, keys)
    return [found[key] for key in takewhile(found.__contains__, keys)]


def touch(database: sqlite3.Connection, keys: Sequence[bytes], today: int) -> None:
    """Notes that a session goes on."""
    rows = [(today, key) for key in keys]
    database.executemany("UPDATE records SET touched = ? WHERE key = ?", rows)


def size(database: sqlite3.Connection) -> int:
    """Returns the bytes of all records."""
    found: int = database.execute(
        f"SELECT coalesce(sum(length(data) + {ROW}), 0) FROM records"
    ).fetchone()[0]
    return found


def evict(database: sqlite3.Connection, before: int, room: int) -> int:
    """Deletes what nobody touched since a day, the oldest days first; returns the bytes freed.

    Args:
        database: The store.
        before: The day.
        room: Bytes that are needed.
    """
    days = database.execute(
        f"SELECT touched, sum(length(data) + {ROW}) FROM records WHERE touched < ? "
        "GROUP BY touched ORDER BY touched",
        (before,),
    ).fetchall()
    freed = 0
    for day, bytes_of_day in days:
        if freed >= room:
            break
        database.execute("DELETE FROM records WHERE touched = ?", (day,))
        freed += bytes_of_day
    return freed


def _find(database: sqlite3.Connection, keys: Sequence[bytes]) -> dict[bytes, tuple[bytes, int]]:
    found: dict[bytes, tuple[bytes, int]] = {}
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        marks = ", ".join("?" * len(some))
        query = f"SELECT key, data, touched FROM records WHERE key IN ({marks})"
        found.update((key, (data, day)) for key, data, day in database.execute(query, some))
    return found
