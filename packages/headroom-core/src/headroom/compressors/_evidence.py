"""Which passages answer a question.

A short request that passages answer well is a question: the best of them are all that is needed.
A second look goes by the names in the best one, because an answer is often a step away: "where was
the author of X born" needs the passage on X, and the one on its author.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from headroom.compressors._select import Units

_WELL = 0.85
"""Score from which a passage answers: it holds two rare words of the request, or a name."""

_LONGEST = 400
"""Characters of a request up to which it is a question; a longer one tells of many things."""

_NEAR = 0.3
"""Share of the best score from which a passage may hold the answer."""

_SHARE = 0.4
"""Share of the text up to which passages are taken."""

_FEWEST = 3
_STARTS = 4
"""Passages that fit no more of which the start stays."""

_NAMES = 0.5
"""What a name of the request counts besides as a word."""

_ABOVE = 0.5
"""What the heading above a passage counts beside its own words."""

_STEP = 0.6
"""What the second look counts beside the first."""

_LENGTH = 0.35
"""How far a long passage has to hold more than a short one."""

_HEAD = 400
_ASKS = re.compile(
    r"[?？؟]|\A\W*(?:wh(?:at|ich|o|om|ose|en|ere|y)|how|find|extract|name|give|tell|answer|look up)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"[^\W\d_a-z][\w'’-]*[^\W_]|\d[\d.,-]*\d")


class Answers(NamedTuple):
    """Passages by their numbers: those that stay whole, and those of which the start will do."""

    whole: frozenset[int]
    start: frozenset[int]


def answers(units: Units, above: Sequence[int], request: str) -> Answers:
    """Returns the passages that answer a request; none if it is no question, or none does.

    `above` gives the heading over each passage, by its number; its own number where there is none.
    """
    first = _first_look(units, above, request) if is_question(request) else []
    if max(first, default=0.0) < _WELL:
        return Answers(frozenset(), frozenset())
    scores = _second_look(units, above, first)
    order = sorted(range(len(scores)), key=lambda n: (-scores[n], n))
    room = _SHARE * len(units.data)
    whole: list[int] = []
    start: list[int] = []
    for n in order:
        if scores[n] <= 0 or (scores[n] < _NEAR * scores[order[0]] and len(whole) >= _FEWEST):
            break
        size = units.starts[n + 1] - units.starts[n]
        if size <= room or not whole:
            whole.append(n)
            room -= size
        elif len(start) < _STARTS:
            start.append(n)
    return Answers(frozenset(whole), frozenset(start))


def is_question(request: str) -> bool:
    """Returns whether a request asks for a fact: who gives a task needs more than what names it."""
    return len(request) <= _LONGEST and _ASKS.search(request) is not None


def _first_look(units: Units, above: Sequence[int], request: str) -> list[float]:
    """Returns how well each passage fits the words of a request, names above all."""
    words = _relevance(units, above, request)
    names = _relevance(units, above, " ".join(_NAME.findall(request)))
    return [word + _NAMES * name for word, name in zip(words, names, strict=True)]


def _second_look(units: Units, above: Sequence[int], first: Sequence[float]) -> list[float]:
    """Returns the scores with those for the names in the best passage."""
    best = max(range(len(first)), key=first.__getitem__)
    head = units.text(best)[:_HEAD].decode("utf-8", "ignore")
    second = _relevance(units, above, " ".join(_NAME.findall(head)))
    second[best] = 0.0
    top = max(second) or 1.0
    return [a + _STEP * first[best] * b / top for a, b in zip(first, second, strict=True)]


def _relevance(units: Units, above: Sequence[int], words: str) -> list[float]:
    """Returns the relevance of passages with their headings, less for long ones."""
    own = units.relevance(words)
    sizes = [end - start for start, end in pairwise(units.starts)]
    usual = sum(size * size for size in sizes) / max(len(units.data), 1)  # of the passage of a byte
    out = []
    for n, score in enumerate(own):
        if above[n] != n:
            score += _ABOVE * own[above[n]]
        out.append(score / (1 - _LENGTH + _LENGTH * max(sizes[n] / usual, 1.0)))
    return out
