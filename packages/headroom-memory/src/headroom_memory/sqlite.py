"""A project's memory in a private file of its own, found by FTS5's BM25.

What was written has reached the disk when `write` returns: a power failure takes nothing away.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from headroom.ccr.sqlite_file import Schema, SQLiteFile
from headroom_memory.database import ENOUGH, Condition, Rows
from headroom_memory.tables import TABLES

T = TypeVar("T")

_FTS = """
CREATE VIRTUAL TABLE search USING fts5 (
    terms, tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N* P* S* Co'"
)
"""
"""Terms come with spaces between, so nothing but spaces separates."""

_SCHEMA = Schema(
    version=1,
    tables=(
        *(
            statement.format(
                number="INTEGER PRIMARY KEY", blob="BLOB", integer="INTEGER", bytewise=""
            )
            for statement in TABLES
        ),
        _FTS,
        "CREATE VIRTUAL TABLE vocabulary USING fts5vocab (search, row)",
    ),
    later=("PRAGMA secure_delete = ON",),
)
_BUSY_SECONDS = 30.0
"""Who saves something rather waits than loses it."""


class SQLiteDatabase:
    """One project's tables in a file.

    Args:
        path: The file; it is made when something is first written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = SQLiteFile(
            path, _SCHEMA, synchronous="FULL", busy_seconds=_BUSY_SECONDS, name="the memory"
        )

    def read(self, work: Callable[[Rows], T]) -> T | None:
        """Returns what `work` returns, or None where there is no file yet."""
        if not self.path.exists():
            return None
        with self._file.reading() as database:
            database.execute("BEGIN")
            try:
                return work(database)
            finally:
                if database.in_transaction:
                    database.execute("COMMIT")

    def write(self, work: Callable[[Rows], T]) -> T:
        """Returns what `work` returns, once it is on the disk."""
        with self._file.transaction() as database:
            return work(database)

    def index(self, rows: Rows, number: int, terms: Sequence[str]) -> None:
        """Has a fact be found by terms."""
        rows.execute("INSERT INTO search (rowid, terms) VALUES (?, ?)", (number, " ".join(terms)))

    def unindex(self, rows: Rows, number: int) -> None:
        """Undoes that."""
        rows.execute("DELETE FROM search WHERE rowid = ?", (number,))

    def find(
        self, rows: Rows, terms: Sequence[str], condition: Condition, *, limit: int, begins: bool
    ) -> list[tuple[int, float]]:
        """Returns numbers and scores, by BM25."""
        star = "*" if begins else ""
        where, parameters = condition
        chosen = _telling(rows, terms, begins=begins)
        query = " OR ".join(f'"{term}"{star}' for term in chosen)
        found = rows.execute(
            "SELECT f.number, bm25(search) AS score FROM search JOIN facts f ON f.number = search.rowid "
            f"WHERE search MATCH ? AND {where} ORDER BY score, f.number LIMIT ?",
            (query, *parameters, limit),
        ).fetchall()
        return [(number, -score) for number, score in found]

    def size(self, rows: Rows) -> int:
        """Returns the size of the file."""
        pages = rows.execute("PRAGMA page_count").fetchone()[0]
        return int(pages * rows.execute("PRAGMA page_size").fetchone()[0])

    def shred(self) -> None:
        """Has nothing remain of what was deleted: in the index, in free pages, in the log."""
        with self._file.reading() as database:
            database.execute("INSERT INTO search (search) VALUES ('optimize')")
            database.execute("VACUUM")
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Closes this thread's connection."""
        self._file.close()


def _telling(rows: Rows, terms: Sequence[str], *, begins: bool) -> list[str]:
    """Returns the rarest of the terms: as many as are in few enough facts together, and one."""
    counted = sorted((_count(rows, term, begins=begins), term) for term in terms)
    chosen: list[str] = []
    seen = 0
    for count, term in counted:
        seen += count
        if chosen and seen > ENOUGH:
            break
        if count:
            chosen.append(term)
    return chosen or list(terms[:1])


def _count(rows: Rows, term: str, *, begins: bool) -> int:
    """Returns in how many facts a term is; of several that begin with it, those of each."""
    condition, parameters = "term = ?", [term]
    if begins:
        condition, parameters = "term >= ? AND term < ?", [term, term + "\U0010ffff"]
    query = f"SELECT coalesce(sum(doc), 0) FROM vocabulary WHERE {condition}"
    return int(rows.execute(query, parameters).fetchone()[0])
