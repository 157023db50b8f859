"""The seam to databases: one project's tables, behind statements that SQLite and PostgreSQL share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar

T = TypeVar("T")

Row: TypeAlias = Any
"""What a database returns."""


ENOUGH = 6_000
"""Facts that are looked at for a query, counted for each term: what is in more tells little."""


class Cursor(Protocol):
    """What a statement gave."""

    @property
    def rowcount(self) -> int:
        """How many rows it changed."""
        ...

    def fetchone(self) -> Row:
        """Returns the next row, or None."""
        ...

    def fetchall(self) -> list[Row]:
        """Returns all rows."""
        ...


class Rows(Protocol):
    """A transaction. Parameters stand where question marks are."""

    def execute(self, statement: str, parameters: Sequence[Any] = ..., /) -> Cursor:
        """Runs a statement."""
        ...


class Database(Protocol):
    """One project's tables."""

    def read(self, work: Callable[[Rows], T]) -> T | None:
        """Returns what `work` returns, or None where nothing was ever written.

        Raises:
            StoreError: The database cannot be read.
        """
        ...

    def write(self, work: Callable[[Rows], T]) -> T:
        """Returns what `work` returns, once all that it wrote is kept; nobody else writes meanwhile.

        Raises:
            StoreError: The database cannot be written; nothing was.
        """
        ...

    def index(self, rows: Rows, number: int, terms: Sequence[str]) -> None:
        """Has a fact be found by terms."""
        ...

    def unindex(self, rows: Rows, number: int) -> None:
        """Undoes that."""
        ...

    def find(
        self, rows: Rows, terms: Sequence[str], condition: Condition, *, limit: int, begins: bool
    ) -> list[tuple[int, float]]:
        """Returns numbers and scores of the facts that match any of the terms, the best first.

        Args:
            rows: The transaction.
            terms: At least one.
            condition: On the table `facts`, called `f`.
            limit: How many at most.
            begins: Whether a term may be the beginning of one.
        """
        ...

    def size(self, rows: Rows) -> int:
        """Returns how many bytes all of it takes."""
        ...

    def shred(self) -> None:
        """Has nothing remain of what was deleted."""
        ...

    def close(self) -> None:
        """Closes connections that nobody uses."""
        ...


Condition: TypeAlias = tuple[str, list[Any]]
"""A part of a statement, and its parameters."""
