"""What may happen to facts, as statements in a transaction.

A fact ends; it is never overwritten. Where a text is saved that holds already, its fact gets another
source. Several facts may lead to one that took their place, so histories are trees.
"""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from headroom_memory.database import Condition, Database, Row, Rows
from headroom_memory.errors import FactEnded, FactMissing, Refused
from headroom_memory.terms import indexed
from headroom_memory.types import Draft, Fact, Source, Which, from_micros, to_micros

_COLUMNS = "number, id, text, category, valid_from, valid_until, superseded_by"
_ID_BYTES = 6
_SOURCES = 32
"""Of one fact: who says the same in its hundredth session adds nothing."""

_AT_ONCE = 500
_SPACE = re.compile(r"\s+")
_BEGINNING = re.compile(r"[a-z2-7]{4,}")


def normalised(text: str) -> str:
    """Returns what makes two texts the same fact: all but white space and how accents are written."""
    return _SPACE.sub(" ", unicodedata.normalize("NFC", text)).strip()


def hash_of(text: str) -> bytes:
    """Returns the hash by which facts are the same."""
    return hashlib.blake2b(normalised(text).encode(), digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts in a transaction.

    Attributes:
        rows: The transaction.
        database: What it is one of.
        now: The moment at which something ends, in microseconds.
        most: How many facts there may be.
    """

    rows: Rows
    database: Database
    now: int
    most: int

    def save(self, draft: Draft, *, replaces: str = "") -> Fact:
        """Keeps a fact; one that says the same and holds gets what is new.

        Raises:
            FactMissing: There is nothing to be replaced.
            FactEnded: What is to be replaced does not hold.
            Refused: There is no room.
        """
        if not replaces:
            return self._fact(self._save(draft))
        old = self._row(replaces)
        holding = self._holding(draft.text)
        if old.valid_until is not None:
            if holding and self._id(holding) == old.superseded_by:  # done already
                return self._fact(holding)
            raise FactEnded(_ended(old))
        if holding == old.number:
            return self._fact(self._save(draft))
        moment = max(to_micros(draft.source.at), old.valid_from)
        self._end(old.number, moment)
        number = self._save(draft, moment)
        self.took_place(old.id, self._id(number))
        return self._fact(number)

    def describe(self, id: str, category: str | None, tags: Sequence[str] | None) -> Fact:
        """Changes what a fact is filed under; that is no other fact."""
        number = self._row(id).number
        if category is not None:
            self.rows.execute("UPDATE facts SET category = ? WHERE number = ?", (category, number))
        if tags is not None:
            self.rows.execute("DELETE FROM tags WHERE fact = ?", (number,))
            self._tag(number, tags)
        return self._fact(number)

    def forget(self, id: str) -> Fact:
        """Has a fact hold no longer."""
        row = self._row(id)
        if row.valid_until is None:
            self._end(row.number, max(self.now, row.valid_from))
        return self._fact(row.number)

    def get(self, id: str) -> Fact:
        """Returns a fact by its id, or by the beginning of it that no other has.

        Raises:
            FactMissing: There is none, or there are several.
        """
        return self._fact(self._row(id).number)

    def history(self, id: str) -> list[Fact]:
        """Returns all versions of a fact, the first one first, and what was merged into it."""
        found = self.rows.execute(
            "WITH RECURSIVE later (id, next) AS (SELECT id, superseded_by FROM facts WHERE id = ? "
            "UNION SELECT f.id, f.superseded_by FROM facts f JOIN later ON f.id = later.next), "
            "tree (id) AS (SELECT id FROM later WHERE next = '' "
            "UNION SELECT f.id FROM facts f JOIN tree ON f.superseded_by = tree.id) "
            "SELECT f.number FROM facts f JOIN tree ON f.id = tree.id "
            "ORDER BY f.valid_from, f.number",
            (self._row(id).id,),
        ).fetchall()
        return self.read([row[0] for row in found] or [self._row(id).number])

    def delete(self, id: str) -> int:
        """Deletes a fact with its history; returns how many versions went."""
        numbers = self._numbers(fact.id for fact in self.history(id))
        self.drop(numbers)
        return len(numbers)

    def prune(self, before: int) -> int:
        """Deletes what ended before a moment; returns how many facts went."""
        found = self.rows.execute("SELECT number FROM facts WHERE valid_until < ?", (before,))
        numbers = [row[0] for row in found.fetchall()]
        self.drop(numbers)
        return len(numbers)

    def find(self, which: Which, limit: int) -> list[Fact]:
        """Returns facts, the newest first."""
        where, parameters = condition(which)
        found = self.rows.execute(
            f"SELECT f.number FROM facts f WHERE {where} "
            "ORDER BY f.valid_from DESC, f.number DESC LIMIT ?",
            (*parameters, limit),
        ).fetchall()
        return self.read([row[0] for row in found])

    def read(self, numbers: Sequence[int]) -> list[Fact]:
        """Returns facts in the order of their numbers given."""
        facts: dict[int, Row] = {}
        tags: dict[int, list[str]] = {}
        sources: dict[int, list[Source]] = {}
        for start in range(0, len(numbers), _AT_ONCE):
            some = list(numbers[start : start + _AT_ONCE])
            marks = ", ".join("?" for _ in some)
            for row in self.rows.execute(
                f"SELECT {_COLUMNS} FROM facts WHERE number IN ({marks})", some
            ).fetchall():
                facts[row[0]] = row
            for row in self.rows.execute(
                f"SELECT fact, tag FROM tags WHERE fact IN ({marks})", some
            ).fetchall():
                tags.setdefault(row[0], []).append(row[1])
            for row in self.rows.execute(
                f"SELECT fact, at, agent, session, path, line FROM sources WHERE fact IN ({marks}) "
                "ORDER BY number",
                some,
            ).fetchall():
                source = Source(from_micros(row[1]), *row[2:])
                sources.setdefault(row[0], []).append(source)
        return [
            _made(facts[number], tags.get(number, ()), sources.get(number, ()))
            for number in numbers
            if number in facts
        ]

    def said_in(self, path: str, agent: str) -> list[tuple[str, str]]:
        """Returns ids and texts of what holds and was read from a file, in the order of its lines."""
        found = self.rows.execute(
            "SELECT f.id, f.text FROM facts f JOIN sources s ON s.fact = f.number "
            "WHERE s.path = ? AND s.agent = ? AND f.valid_until IS NULL ORDER BY s.line, f.number",
            (path, agent),
        ).fetchall()
        return [(row[0], row[1]) for row in found]

    def unsay(self, id: str, path: str, agent: str) -> bool:
        """Takes away a source; a fact that has no other ends. Returns whether it did."""
        number = self._row(id).number
        others = self.rows.execute(
            "SELECT count(*) FROM sources WHERE fact = ? AND NOT (path = ? AND agent = ?)",
            (number, path, agent),
        ).fetchone()[0]
        if not others:
            self.forget(id)
            return True
        self.rows.execute(
            "DELETE FROM sources WHERE fact = ? AND path = ? AND agent = ?", (number, path, agent)
        )
        return False

    def insert(self, fact: Fact) -> None:
        """Keeps a fact as it is, of another memory. Its id must be free, its text must not hold."""
        until = None if fact.valid_until is None else to_micros(fact.valid_until)
        head = (fact.id, hash_of(fact.text), fact.text, fact.category)
        times = (to_micros(fact.valid_from), until, fact.superseded_by)
        number = self.rows.execute(
            "INSERT INTO facts (id, hash, text, category, valid_from, valid_until, superseded_by) "
            "VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING number",
            (*head, *times),
        ).fetchone()[0]
        self._tag(number, fact.tags)
        for source in fact.sources[:_SOURCES]:
            self._insert_source(number, source)
        self.database.index(self.rows, number, indexed(fact.text))

    def add(self, number: int, draft: Draft) -> None:
        """Adds to a fact what is new in a draft of the same text."""
        if draft.category:
            self.rows.execute(
                "UPDATE facts SET category = ? WHERE number = ? AND category = ''",
                (draft.category, number),
            )
        self._tag(number, draft.tags)
        self._add_source(number, draft.source)

    def drop(self, numbers: Sequence[int]) -> None:
        """Deletes facts; whoever calls it sees to their histories."""
        for number in numbers:
            self.database.unindex(self.rows, number)
            for table in ("tags", "sources", "vectors"):
                self.rows.execute(f"DELETE FROM {table} WHERE fact = ?", (number,))
            self.rows.execute("DELETE FROM facts WHERE number = ?", (number,))

    def check_room(self) -> None:
        """Raises if there are more facts than there may be; the transaction ends without a trace.

        Raises:
            Refused: There are.
        """
        count = self.rows.execute("SELECT count(*) FROM facts").fetchone()[0]
        if count > self.most:
            raise Refused(
                f"this would be fact {count:,} of the project, and {self.most:,} are the most; "
                "`headroom memory prune` deletes what holds no longer"
            )

    def took_place(self, id: str, by: str) -> None:
        """Notes which fact took the place of one that ended."""
        self.rows.execute("UPDATE facts SET superseded_by = ? WHERE id = ?", (by, id))

    def holding(self, text: str) -> tuple[int, str] | None:
        """Returns number and id of the fact that says this and holds."""
        number = self._holding(text)
        return None if number is None else (number, self._id(number))

    def number_of(self, id: str) -> int | None:
        """Returns the number of the fact with an id."""
        row = self.rows.execute("SELECT number FROM facts WHERE id = ?", (id,)).fetchone()
        return None if row is None else int(row[0])

    def _save(self, draft: Draft, moment: int = 0) -> int:
        number = self._holding(draft.text)
        if number is None:
            at = max(draft.source.at, from_micros(moment))
            id = self._free_id(draft.text)
            text, tags = draft.text, tuple(draft.tags)
            self.insert(Fact(id, text, draft.category, tags, at, None, "", (draft.source,)))
            self.check_room()
            return self._numbers([id])[0]
        self.add(number, draft)
        return number

    def _free_id(self, text: str) -> str:
        digest, count = hash_of(text), 0
        while True:
            name = hashlib.blake2b(digest + count.to_bytes(8, "big"), digest_size=_ID_BYTES)
            id = base64.b32encode(name.digest()).decode("ascii").rstrip("=").lower()
            if self.number_of(id) is None:
                return id
            count += 1

    def _tag(self, number: int, tags: Iterable[str]) -> None:
        for tag in tags:
            self.rows.execute(
                "INSERT INTO tags VALUES (?, ?) ON CONFLICT (fact, tag) DO NOTHING", (number, tag)
            )

    def _add_source(self, number: int, source: Source) -> None:
        said = "SELECT count(*) FROM sources WHERE fact = ?"
        who = (source.agent, source.session, source.path)
        known = self.rows.execute(
            f"{said} AND agent = ? AND session = ? AND path = ?", (number, *who)
        ).fetchone()[0]
        if not known and self.rows.execute(said, (number,)).fetchone()[0] >= _SOURCES:
            return
        self._insert_source(number, source)

    def _insert_source(self, number: int, source: Source) -> None:
        who = (source.agent, source.session, source.path)
        self.rows.execute(
            "INSERT INTO sources (fact, at, agent, session, path, line) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (fact, agent, session, path) DO UPDATE SET line = excluded.line",
            (number, to_micros(source.at), *who, source.line),
        )

    def _end(self, number: int, moment: int) -> None:
        self.rows.execute("UPDATE facts SET valid_until = ? WHERE number = ?", (moment, number))

    def _holding(self, text: str) -> int | None:
        row = self.rows.execute(
            "SELECT number FROM facts WHERE hash = ? AND valid_until IS NULL", (hash_of(text),)
        ).fetchone()
        return None if row is None else int(row[0])

    def _id(self, number: int) -> str:
        row = self.rows.execute("SELECT id FROM facts WHERE number = ?", (number,)).fetchone()
        return str(row[0])

    def _numbers(self, ids: Iterable[str]) -> list[int]:
        query = "SELECT number FROM facts WHERE id = ?"
        return [int(self.rows.execute(query, (id,)).fetchone()[0]) for id in ids]

    def _fact(self, number: int) -> Fact:
        return self.read([number])[0]

    def _row(self, id: str) -> _Row:
        """Returns what is known of a fact, by its id or a beginning that no other has."""
        columns = "number, id, valid_from, valid_until, superseded_by"
        id = id.strip().lower()
        found: list[Row] = []
        if id.isalnum():
            query = f"SELECT {columns} FROM facts WHERE id = ?"
            found = self.rows.execute(query, (id,)).fetchall()
        if not found and _BEGINNING.fullmatch(id):
            # what begins with it sorts between it and itself with the last letter of base32 behind
            found = self.rows.execute(
                f"SELECT {columns} FROM facts WHERE id > ? AND id < ? LIMIT 2", (id, id + "{")
            ).fetchall()
        if len(found) != 1:
            several = (
                "several facts have ids that begin" if found else "no fact has an id that begins"
            )
            raise FactMissing(f"{several} with {id[:40]!r} in this project")
        return _Row(*found[0])


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    id: str
    valid_from: int
    valid_until: int | None
    superseded_by: str


def condition(which: Which) -> Condition:
    """Returns what chooses facts, called `f`, in a statement."""
    parts: list[str] = []
    parameters: list[Any] = []
    if which.at is not None:
        moment = to_micros(which.at)
        parts.append("f.valid_from <= ? AND (f.valid_until IS NULL OR f.valid_until > ?)")
        parameters += [moment, moment]
    elif not which.ended:
        parts.append("f.valid_until IS NULL")
    if which.category:
        parts.append("f.category = ?")
        parameters.append(which.category)
    if which.tag:
        parts.append("EXISTS (SELECT 1 FROM tags t WHERE t.fact = f.number AND t.tag = ?)")
        parameters.append(which.tag)
    if which.agent:
        parts.append("EXISTS (SELECT 1 FROM sources s WHERE s.fact = f.number AND s.agent = ?)")
        parameters.append(which.agent)
    return " AND ".join(parts) or "1 = 1", parameters


def _made(row: Row, tags: Iterable[str], sources: Iterable[Source]) -> Fact:
    until = None if row[5] is None else from_micros(row[5])
    head, valid_from = (row[1], row[2], row[3], tuple(sorted(tags))), from_micros(row[4])
    return Fact(*head, valid_from, until, row[6], tuple(sources))


def _ended(row: _Row) -> str:
    by = f": {row.superseded_by} took its place" if row.superseded_by else ""
    return f"fact {row.id} holds no longer{by}"
