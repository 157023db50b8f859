"""How much of what was used later stays when passages go, the least worth first."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from headroom.compressors._select import choose
from headroom.compressors._worth import density, passages
from headroom.kernels import Trees
from headroom_training.examples import Example
from headroom_training.fit import COLUMNS
from headroom_training.labels import QUOTED

KEPT = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)

Scorer = Callable[[Example], Sequence[float]]


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage: its worth, its bytes, and its lines that were used, and quoted, later."""

    worth: float
    size: int
    used: int
    quoted: int


@dataclass(frozen=True, slots=True)
class Point:
    """Of `kept` bytes, the share of the used and of the quoted lines, and the worth to ask for."""

    kept: float
    used: float
    quoted: float
    worth: float


def by_trees(file: bytes) -> Scorer:
    """Returns a scorer that asks the trees of a file."""
    trees = Trees.parse(file)
    if trees is None:
        raise ValueError("expected a file of trees, got damaged data")
    return lambda e: memoryview(trees.predict(e.rows)).cast("f").tolist()


def by_relevance(example: Example) -> Sequence[float]:
    """Scores by the words shared with the request and the call, weighted as BM25 weighs them."""
    return example.units.relevance(example.context.intent.text)


def by_new_words(example: Example) -> Sequence[float]:
    """Scores by the words that are new to the reader."""
    return memoryview(example.rows).cast("f")[13::COLUMNS].tolist()


def by_chance(seed: int) -> Scorer:
    """Returns a scorer that knows nothing."""
    dice = random.Random(seed)
    return lambda e: [dice.random() for _ in e.labels]


def curve(examples: Sequence[Example], score: Scorer) -> list[Point]:
    """Returns a point for each share of KEPT."""
    found = [p for e in examples for p in _passages(e, score(e))]
    found.sort(key=lambda p: -p.worth)
    size = sum(p.size for p in found)
    used, quoted = sum(p.used for p in found), sum(p.quoted for p in found)
    points: list[Point] = []
    kept = has_used = has_quoted = 0
    for passage in found:
        kept += passage.size
        has_used += passage.used
        has_quoted += passage.quoted
        if len(points) < len(KEPT) and kept >= KEPT[len(points)] * size:
            share = KEPT[len(points)]
            points.append(Point(share, has_used / used, has_quoted / max(quoted, 1), passage.worth))
    return points


def by_rules(examples: Sequence[Example]) -> Point:
    """Returns what the rules of `choose` keep: errors, rare shapes, what the intent asks for."""
    kept = size = has_used = used = has_quoted = quoted = 0
    for example in examples:
        keep = choose(example.units, example.context)
        for stays, text, label in zip(keep, example.units.texts, example.labels, strict=True):
            size += len(text)
            kept += len(text) * stays
            used += label > 0
            has_used += label > 0 and stays
            quoted += label == QUOTED
            has_quoted += label == QUOTED and stays
    return Point(kept / size, has_used / used, has_quoted / max(quoted, 1), 0.0)


def _passages(example: Example, scores: Sequence[float]) -> list[Passage]:
    sizes = [int(size) for size in memoryview(example.rows).cast("f")[::COLUMNS]]
    out = []
    for start, end in passages(example.units, sizes):
        labels = example.labels[start:end]
        worth = density(scores, sizes, start, end)
        quoted = sum(label == QUOTED for label in labels)
        out.append(Passage(worth, sum(sizes[start:end]), sum(x > 0 for x in labels), quoted))
    return out
