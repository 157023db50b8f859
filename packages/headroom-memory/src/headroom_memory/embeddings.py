"""Facts that mean the same in other words, by vectors that somebody else's model makes.

Vectors are derived: they are made when somebody searches with an embedder, for all facts that have
none of its model yet. The nearest are found by the signs of their numbers, packed into an integer
each, and then ordered exactly; so it needs no library for numbers.
"""

from __future__ import annotations

import math
import sys
from array import array
from collections.abc import Iterable, Sequence
from heapq import nsmallest
from operator import mul
from typing import Protocol

from headroom_memory.database import Condition, Database, Row, Rows
from headroom_memory.errors import MemoryFault

_AT_ONCE = 256
"""Texts that are embedded, and kept, together."""

_NEAR = 100
"""Vectors whose distance is computed exactly: many more than anybody asks for."""


class Embedder(Protocol):
    """Makes vectors. `fastembed.TextEmbedding` is one; a class of three lines around yours is too.

    Attributes:
        model_name: Vectors of different names are never compared.
    """

    model_name: str

    def embed(self, documents: Sequence[str], /) -> Iterable[Sequence[float]]:
        """Returns a vector for each text, all of one length."""
        ...


class Vectors:
    """Vectors of one model in a project's tables."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def complete(self, database: Database) -> None:
        """Makes the vectors that are missing.

        Raises:
            MemoryFault: The embedder does not return one vector for each text.
        """
        while missing := database.read(self._missing):
            vectors = self._embed([row[1] for row in missing])
            kept = [(row[0], vector) for row, vector in zip(missing, vectors, strict=True)]
            database.write(lambda rows, kept=kept: self._keep(rows, kept))  # type: ignore[misc]

    def nearest(self, rows: Rows, query: str, condition: Condition, limit: int) -> list[int]:
        """Returns numbers of facts, the nearest to a query first."""
        (vector,) = self._embed([query])
        code = _signs(vector)
        where, parameters = condition
        coded = rows.execute(
            "SELECT v.fact, v.code FROM vectors v JOIN facts f ON f.number = v.fact "
            f"WHERE v.model = ? AND {where}",
            (self._embedder.model_name, *parameters),
        ).fetchall()
        apart = ((_apart(code, bytes(row[1])), row[0]) for row in coded)
        near = nsmallest(max(_NEAR, limit), apart)
        exact = sorted((-_along(vector, self._vector(rows, number)), number) for _, number in near)
        return [number for _, number in exact[:limit]]

    def _embed(self, texts: Sequence[str]) -> list[array[float]]:
        vectors = [_unit(vector) for vector in self._embedder.embed(list(texts))]
        if len(vectors) != len(texts) or len({len(vector) for vector in vectors}) > 1:
            raise MemoryFault(
                f"expected {len(texts)} vectors of one length from {self._embedder.model_name}, got "
                f"{len(vectors)} of lengths {sorted({len(vector) for vector in vectors})}"
            )
        return vectors

    def _missing(self, rows: Rows) -> list[Row]:
        return rows.execute(
            "SELECT f.number, f.text FROM facts f WHERE NOT EXISTS (SELECT 1 FROM vectors v "
            "WHERE v.fact = f.number AND v.model = ?) ORDER BY f.number LIMIT ?",
            (self._embedder.model_name, _AT_ONCE),
        ).fetchall()

    def _keep(self, rows: Rows, vectors: Iterable[tuple[int, array[float]]]) -> None:
        for number, vector in vectors:
            code = _signs(vector).to_bytes(len(vector) // 8 + 1, "little")
            rows.execute(
                "INSERT INTO vectors (fact, model, code, vector) SELECT number, ?, ?, ? FROM facts "
                "WHERE number = ? ON CONFLICT (fact, model) DO NOTHING",
                (self._embedder.model_name, code, _bytes(vector), number),
            )

    def _vector(self, rows: Rows, number: int) -> array[float]:
        row = rows.execute(
            "SELECT vector FROM vectors WHERE fact = ? AND model = ?",
            (number, self._embedder.model_name),
        ).fetchone()
        vector = array("f", bytes(row[0]))
        if sys.byteorder == "big":
            vector.byteswap()
        return vector


def _unit(vector: Iterable[float]) -> array[float]:
    numbers = array("f", vector)
    length = math.sqrt(sum(map(mul, numbers, numbers)))
    return array("f", (n / length for n in numbers)) if length else numbers


def _bytes(vector: array[float]) -> bytes:
    if sys.byteorder == "big":
        vector = array("f", vector)
        vector.byteswap()
    return vector.tobytes()


def _signs(vector: array[float]) -> int:
    return sum(1 << n for n, number in enumerate(vector) if number > 0)


def _apart(code: int, other: bytes) -> int:
    return (code ^ int.from_bytes(other, "little")).bit_count()


def _along(vector: array[float], other: array[float]) -> float:
    return float(sum(map(mul, vector, other)))
