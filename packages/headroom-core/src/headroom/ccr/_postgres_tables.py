"""The tables of a PostgreSQL store, and every statement on them.

Rows are written in the order of their keys, so that writers wait for each other and never in a circle.
Texts are bytes: PostgreSQL's own texts have no NUL and no lone surrogates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from string import Template
from typing import Any, TypeAlias

from headroom.ccr._postgres_connections import Connection
from headroom.ccr.stored import Saving, by_size
from headroom.errors import StoreError
from headroom.types import Entry

SCHEMA_VERSION = 1
_LOCK = 0x6865_6164
"""What creating the tables is serialised by: any number that others do not use."""

_MOST_PURGED = 2_000

Place: TypeAlias = tuple[bytes, bytes]
"""A replacement's key and its context."""

Values: TypeAlias = Sequence[Any]

_CREATE = """
CREATE SCHEMA IF NOT EXISTS $schema;
CREATE TABLE $schema.version (version integer NOT NULL);
CREATE TABLE $schema.originals (
    ref bytea PRIMARY KEY, digest bytea NOT NULL, data bytea, source bytea NOT NULL,
    touched integer NOT NULL
);
ALTER TABLE $schema.originals ALTER data SET STORAGE EXTERNAL;
CREATE INDEX ON $schema.originals (touched);
CREATE TABLE $schema.replacements (
    key bytea, context bytea, ref bytea NOT NULL, touched integer NOT NULL,
    PRIMARY KEY (key, context)
);
CREATE INDEX ON $schema.replacements (touched);
CREATE TABLE $schema.records (
    key bytea PRIMARY KEY, data bytea NOT NULL, touched integer NOT NULL
);
CREATE INDEX ON $schema.records (touched);
CREATE TABLE $schema.savings (
    content_type bytea PRIMARY KEY, blocks bigint NOT NULL, tokens_before bigint NOT NULL,
    tokens_after bigint NOT NULL
);
INSERT INTO $schema.version VALUES ($version);
"""
_ADD_ORIGINALS = """
INSERT INTO $schema.originals AS o (ref, digest, data, source, touched)
SELECT *, %s FROM unnest(%s::bytea[], %s::bytea[], %s::bytea[], %s::bytea[])
ON CONFLICT (ref) DO UPDATE SET
    touched = greatest(o.touched, excluded.touched), data = coalesce(o.data, excluded.data)
RETURNING ref, digest
"""
_ADD_REPLACEMENTS = """
INSERT INTO $schema.replacements AS r (key, context, ref, touched)
SELECT *, %s FROM unnest(%s::bytea[], %s::bytea[], %s::bytea[])
ON CONFLICT (key, context) DO UPDATE SET touched = greatest(r.touched, excluded.touched)
RETURNING key, context, ref, xmax = 0
"""
_ADD_SAVINGS = """
INSERT INTO $schema.savings AS s
SELECT * FROM unnest(%s::bytea[], %s::bigint[], %s::bigint[], %s::bigint[])
ON CONFLICT (content_type) DO UPDATE SET blocks = s.blocks + excluded.blocks,
    tokens_before = s.tokens_before + excluded.tokens_before,
    tokens_after = s.tokens_after + excluded.tokens_after
"""
_ADD_RECORDS = """
INSERT INTO $schema.records AS r (key, data, touched)
SELECT *, %s FROM unnest(%s::bytea[], %s::bytea[])
ON CONFLICT (key) DO UPDATE SET touched = greatest(r.touched, excluded.touched)
RETURNING key, data
"""
_TOUCH_ORIGINAL = "UPDATE $schema.originals SET touched = %s WHERE ref = %s AND touched < %s"
_TOUCH_RECORDS = """
UPDATE $schema.records SET touched = %s WHERE key IN (
    SELECT key FROM $schema.records WHERE key = ANY(%s) AND touched < %s
    ORDER BY key FOR UPDATE SKIP LOCKED
)
"""
_PURGE = """
WITH old AS (
    SELECT ctid FROM $schema.$table WHERE touched < %s LIMIT %s FOR UPDATE SKIP LOCKED
) DELETE FROM $schema.$table WHERE ctid IN (SELECT ctid FROM old)
"""
_EMPTY = """
UPDATE $schema.originals SET data = NULL WHERE ref IN (
    SELECT ref FROM $schema.originals WHERE touched < %s AND data IS NOT NULL
    LIMIT %s FOR UPDATE SKIP LOCKED
)
"""


class Tables:
    """Reads and writes them on a connection.

    Args:
        schema: Where they are; a plain name.
    """

    def __init__(self, schema: str) -> None:
        self._schema = schema

    def create(self, connection: Connection) -> None:
        """Makes the tables if there are none.

        Raises:
            StoreError: They were made by another version.
        """
        version = self._version(connection)
        if version is None:
            with connection.transaction():
                connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
                version = self._version(connection)
                if version is None:  # nobody was faster
                    connection.execute(self._sql(_CREATE, version=str(SCHEMA_VERSION)))
                    version = SCHEMA_VERSION
        if version != SCHEMA_VERSION:
            raise StoreError(
                f"the store in schema {self._schema} was written by another Headroom (schema "
                f"{version}, this one knows {SCHEMA_VERSION}); use that one, or another tenant=…"
            )

    def add_originals(
        self, connection: Connection, rows: Mapping[bytes, tuple[bytes, bytes, bytes]], today: int
    ) -> dict[bytes, bytes]:
        """Adds digest, data and source by reference; returns the digests that are there."""
        refs = sorted(rows)
        columns = [[rows[ref][n] for ref in refs] for n in range(3)]
        found = connection.execute(self._sql(_ADD_ORIGINALS), (today, refs, *columns))
        return dict(found.fetchall())

    def add_replacements(
        self, connection: Connection, rows: Mapping[Place, bytes], today: int
    ) -> tuple[dict[Place, bytes], list[Place]]:
        """Adds references by place; returns those that are there, and the places that are new."""
        places = sorted(rows)
        keys, contexts = [key for key, _ in places], [context for _, context in places]
        values = (today, keys, contexts, [rows[place] for place in places])
        found = connection.execute(self._sql(_ADD_REPLACEMENTS), values).fetchall()
        named = {(key, context): ref for key, context, ref, _ in found}
        return named, [(key, context) for key, context, _, is_new in found if is_new]

    def add_savings(self, connection: Connection, entries: Iterable[Entry]) -> None:
        """Counts entries that are new."""
        sums: dict[bytes, list[int]] = {}
        for entry in entries:
            one = sums.setdefault(entry.content_type.encode(), [0, 0, 0])
            counts = (1, entry.tokens_before, entry.tokens_after)
            one[:] = (a + b for a, b in zip(one, counts, strict=True))
        if sums:
            kinds = sorted(sums)
            columns = [[sums[kind][n] for kind in kinds] for n in range(3)]
            connection.execute(self._sql(_ADD_SAVINGS), (kinds, *columns))

    def add_records(
        self, connection: Connection, rows: Mapping[bytes, bytes], today: int
    ) -> dict[bytes, bytes]:
        """Adds records where there are none; returns those that are there."""
        keys = sorted(rows)
        values = (today, keys, [rows[key] for key in keys])
        return dict(connection.execute(self._sql(_ADD_RECORDS), values).fetchall())

    def recall(self, connection: Connection, keys: Sequence[bytes], today: int) -> list[bytes]:
        """Returns the records of the first keys, and notes that their session goes on."""
        query = "SELECT key, data, touched FROM $schema.records WHERE key = ANY(%s)"
        rows = self._rows(connection, query, [list(keys)])
        found = {key: data for key, data, _ in rows}
        first = list(takewhile(found.__contains__, keys))
        if any(touched < today for _, _, touched in rows):
            connection.execute(self._sql(_TOUCH_RECORDS), (today, first, today))
        return [found[key] for key in first]

    def touch_original(self, connection: Connection, ref: bytes, today: int) -> bytes | None:
        """Returns an original's data, and notes that somebody needs it."""
        query = "SELECT data, touched FROM $schema.originals WHERE ref = %s"
        rows = self._rows(connection, query, [ref])
        if not rows or rows[0][0] is None:
            return None
        if rows[0][1] < today:
            connection.execute(self._sql(_TOUCH_ORIGINAL), (today, ref, today))
        data: bytes = rows[0][0]
        return data

    def replaced(self, connection: Connection, key: bytes) -> dict[bytes, bytes]:
        """Returns the references that a replacement stands for, by context."""
        query = "SELECT context, ref FROM $schema.replacements WHERE key = %s"
        return dict(self._rows(connection, query, [key]))

    def known(self, connection: Connection, keys: Sequence[bytes]) -> set[bytes]:
        """Returns those of the keys that a replacement has."""
        query = "SELECT key FROM $schema.replacements WHERE key = ANY(%s)"
        return {key for (key,) in self._rows(connection, query, [list(keys)])}

    def source(self, connection: Connection, ref: bytes) -> bytes:
        """Returns what produced an original; empty: nobody knows."""
        query = "SELECT source FROM $schema.originals WHERE ref = %s"
        rows = self._rows(connection, query, [ref])
        return rows[0][0] if rows else b""

    def savings(self, connection: Connection) -> list[Saving]:
        """Returns what was saved so far, the largest saving first."""
        rows = self._rows(connection, "SELECT * FROM $schema.savings", [])
        return by_size([Saving(kind.decode(), *counts) for kind, *counts in rows])

    def purge(self, connection: Connection, before: int, long_before: int) -> int:
        """Deletes some records and originals from before a day, and all about them from another."""
        gone = 0
        with connection.transaction():
            for statement, table, day in (
                (_PURGE, "records", before),
                (_EMPTY, "originals", before),
                (_PURGE, "replacements", long_before),
                (_PURGE, "originals", long_before),
            ):
                query = self._sql(statement, table=table)
                gone += connection.execute(query, (day, _MOST_PURGED)).rowcount
        return gone

    def _version(self, connection: Connection) -> int | None:
        # Not by to_regclass, which remembers what was not there before we waited for the lock.
        query = "SELECT 1 FROM pg_tables WHERE schemaname = %s AND tablename = 'version'"
        if not connection.execute(query, (self._schema,)).fetchall():
            return None
        rows = self._rows(connection, "SELECT version FROM $schema.version", [])
        return int(rows[0][0])

    def _rows(self, connection: Connection, query: str, values: Values) -> list[Any]:
        return connection.execute(self._sql(query), values).fetchall()

    def _sql(self, statement: str, **names: str) -> str:
        """Returns a statement with its names, which are ours or were checked with the URL."""
        return Template(statement).substitute(schema=self._schema, **names)
