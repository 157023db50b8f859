"""The facts that answer a query: by words, and, with an embedder, by meaning too."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from headroom_memory.database import Database, Rows
from headroom_memory.embeddings import Vectors
from headroom_memory.facts import Facts, condition
from headroom_memory.terms import asked, begun
from headroom_memory.types import Match, Which

_FUSED = 50
"""How many of each order are put together."""

_SMOOTHING = 60
"""Keeps the first of one order from outweighing what both have. Source: Cormack, Clarke, Büttcher,
"Reciprocal Rank Fusion", SIGIR 2009.
"""


class Finder:
    """Searches one project's tables."""

    def __init__(self, database: Database, vectors: Vectors | None) -> None:
        self._database = database
        self._vectors = vectors

    def search(
        self, query: str, which: Which, limit: int, facts: Callable[[Rows], Facts]
    ) -> list[Match]:
        """Returns the facts that answer a query, the best first."""
        if not asked(query) or limit < 1:
            return []
        if self._vectors:
            self._vectors.complete(self._database)

        def work(rows: Rows) -> list[Match]:
            ranked = self._ranked(rows, query, which, limit)
            found = facts(rows).read([number for number, _ in ranked])
            return [
                Match(fact, round(score, 6)) for fact, (_, score) in zip(found, ranked, strict=True)
            ]

        return self._database.read(work) or []

    def _ranked(self, rows: Rows, query: str, which: Which, limit: int) -> list[tuple[int, float]]:
        if not self._vectors:
            return self._by_words(rows, query, which, limit)
        depth = max(limit, _FUSED)
        words = [number for number, _ in self._by_words(rows, query, which, depth)]
        meaning = self._vectors.nearest(rows, query, condition(which), depth)
        return fused(words, meaning)[:limit]

    def _by_words(
        self, rows: Rows, query: str, which: Which, limit: int
    ) -> list[tuple[int, float]]:
        """Returns what has the words; behind it, where that is little, what has them begin words."""
        where = condition(which)
        found = self._database.find(rows, asked(query), where, limit=limit, begins=False)
        beginnings = begun(query)
        if len(found) >= limit or not beginnings:
            return found
        known = {number for number, _ in found}
        least = found[-1][1] if found else float("inf")
        more = self._database.find(rows, beginnings, where, limit=limit, begins=True)
        found += [(number, min(score, least)) for number, score in more if number not in known]
        return found[:limit]


def fused(*orders: Sequence[int]) -> list[tuple[int, float]]:
    """Returns what several orders have, best first, by the places that each gives it."""
    scores: dict[int, float] = {}
    for order in orders:
        for place, number in enumerate(order, 1):
            scores[number] = scores.get(number, 0.0) + 1 / (_SMOOTHING + place)
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))
