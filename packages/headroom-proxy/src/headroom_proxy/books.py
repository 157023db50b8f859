"""What was saved so far, in a small SQLite file that several gateways may share.

Figures only ever add up, so a gateway writes what came to its own and reads what is there. Nothing
of any text is written: names of models, tools and kinds of content, and numbers.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from operator import add, attrgetter
from pathlib import Path
from typing import Any, TypeAlias

from headroom.ccr.sqlite_file import advice
from headroom_proxy.trials import Trial

SLOT = 60
"""Seconds that one row of the course of time covers."""

SCHEMA_VERSION = 1
_BUSY_SECONDS = 2.0
_KEPT_SLOTS = 100 * 86_400 // SLOT


@dataclass(frozen=True, slots=True)
class Figures:
    """Numbers that add up.

    Attributes:
        requests: How many there were; of a tool or kind of content: how many texts.
        failed: How many of them were answered with an error.
        tokens_before: Of texts when they were first sent, as they came.
        tokens_after: The same, as they went up, or would have.
        read: Tokens that the provider read from its cache.
        written: Tokens that it wrote to it.
        fresh: Tokens of input that it did neither with.
        output: Tokens that it answered.
        dollars: What that cost, where the price is known.
        without: What it would have cost without us.
        priced: Requests whose cost is known.
        unpriced: Requests with texts whose cost is not known.
    """

    requests: int = 0
    failed: int = 0
    tokens_before: int = 0
    tokens_after: int = 0
    read: int = 0
    written: int = 0
    fresh: int = 0
    output: int = 0
    dollars: float = 0.0
    without: float = 0.0
    priced: int = 0
    unpriced: int = 0

    def __add__(self, other: Figures) -> Figures:
        return Figures(*map(add, _values(self), _values(other)))


Row: TypeAlias = Any
"""What SQLite returns."""

Label: TypeAlias = tuple[str, str]
"""A kind of figures and a name: ("model", "gpt-5.6"), ("tool", "bash"), ("edit", "0.005")."""

NAMES = tuple(field.name for field in fields(Figures))
_values = attrgetter(*NAMES)  # `astuple` copies deeply, which takes thirty times as long
_COLUMNS = ", ".join(
    f"{field.name} {'REAL' if field.type == 'float' else 'INTEGER'} NOT NULL"
    for field in fields(Figures)
)
_SCHEMA = (
    f"CREATE TABLE slots (slot INTEGER PRIMARY KEY, {_COLUMNS})",
    f"CREATE TABLE labels (kind TEXT, name TEXT, {_COLUMNS}, PRIMARY KEY (kind, name)) WITHOUT ROWID",
)
_TRIALS = (
    "CREATE TABLE IF NOT EXISTS trials (conversation BLOB PRIMARY KEY, slot INTEGER NOT NULL, "
    "steered INTEGER NOT NULL, answers INTEGER NOT NULL, output INTEGER NOT NULL) WITHOUT ROWID"
)
_ADD_TRIAL = (
    "INSERT INTO trials VALUES (?, ?, ?, ?, ?) ON CONFLICT (conversation) DO UPDATE SET "
    "slot = excluded.slot, answers = answers + excluded.answers, output = output + excluded.output"
)
_LIST = ", ".join(NAMES)
_MARKS = ", ".join("?" for _ in NAMES)
_SUMS = ", ".join(f"sum({name})" for name in NAMES)
_ADD = ", ".join(f"{name} = {name} + excluded.{name}" for name in NAMES)


class Books:
    """The file. Each call opens and closes it: it is asked a few times a second at most.

    Args:
        path: The file; it is made, private, by the first that writes.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(
        self,
        slots: Mapping[int, Figures],
        labels: Mapping[Label, Figures],
        trials: Mapping[bytes, Trial] | None = None,
    ) -> None:
        """Adds figures to those that are there, all or none.

        Raises:
            sqlite3.Error: The file cannot be written.
            OSError: The same.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600))
        with self._open() as database:
            database.execute("BEGIN IMMEDIATE")
            _migrate(database)
            database.executemany(
                f"INSERT INTO slots (slot, {_LIST}) VALUES (?, {_MARKS}) "
                f"ON CONFLICT (slot) DO UPDATE SET {_ADD}",
                [(slot, *_values(figures)) for slot, figures in slots.items()],
            )
            database.executemany(
                f"INSERT INTO labels (kind, name, {_LIST}) VALUES (?, ?, {_MARKS}) "
                f"ON CONFLICT (kind, name) DO UPDATE SET {_ADD}",
                [(*label, *_values(figures)) for label, figures in labels.items()],
            )
            now = max(slots, default=0)
            rows = [(key, now, t.steered, t.answers, t.output) for key, t in (trials or {}).items()]
            if rows:
                database.execute(_TRIALS)  # whoever does not know it does no harm
                database.executemany(_ADD_TRIAL, rows)
                database.execute("DELETE FROM trials WHERE slot < ?", (now - _KEPT_SLOTS,))
            database.execute("DELETE FROM slots WHERE slot < ?", (now - _KEPT_SLOTS,))
            database.execute("COMMIT")

    def slots(self, since: int, step: int) -> dict[int, Figures]:
        """Returns the course of time from a slot on, `step` slots in one, by the first of them."""
        query = f"SELECT slot / ? * ?, {_SUMS} FROM slots WHERE slot >= ? GROUP BY 1"
        return {slot: Figures(*figures) for slot, *figures in self._rows(query, step, step, since)}

    def labels(self) -> dict[Label, Figures]:
        """Returns all figures that have a name."""
        rows = self._rows(f"SELECT kind, name, {_LIST} FROM labels")
        return {(kind, name): Figures(*figures) for kind, name, *figures in rows}

    def trials(self) -> dict[bytes, Trial]:
        """Returns the conversations that take part in the trial of what models are asked."""
        exists = "SELECT 1 FROM sqlite_master WHERE name = 'trials'"
        if not self._rows(exists):
            return {}
        rows = self._rows("SELECT conversation, steered, answers, output FROM trials")
        return {key: Trial(bool(steered), *counts) for key, steered, *counts in rows}

    def _rows(self, query: str, *values: int) -> list[Row]:
        if not self.path.exists():
            return []
        with self._open() as database:
            if database.execute("PRAGMA user_version").fetchone()[0] != SCHEMA_VERSION:
                return []
            return database.execute(query, values).fetchall()

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        database = sqlite3.connect(self.path, timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            yield database
        finally:
            database.close()


def trouble_with(path: Path, error: Exception) -> str:
    """Returns what is wrong with a file of books, and what to do."""
    what_to_do = f": {found}" if (found := advice(error)) else ""
    return f"the books {path} could not be used: {error}{what_to_do}"


def _migrate(database: sqlite3.Connection) -> None:
    version = database.execute("PRAGMA user_version").fetchone()[0]
    if version == 0:
        for statement in _SCHEMA:
            database.execute(statement)
        database.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    elif version != SCHEMA_VERSION:
        raise sqlite3.DatabaseError(
            f"written by another Headroom (schema {version}, this one knows {SCHEMA_VERSION})"
        )
