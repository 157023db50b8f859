"""Twin of `records`: which rows of a table stand out, column by column, spelled out."""

from __future__ import annotations

import math
import re
import struct
from collections import Counter
from collections.abc import Sequence

FEW_ROWS = 8
FAR = 8.0
MOST_OUTLIERS = 3
RARE = 2
MANY_VALUES = 4096
NUMBER = re.compile(rb"-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
SCALES = {b"k": 1e3, b"K": 1e3, b"M": 1e6, b"G": 1e9, b"T": 1e12}

Rows = Sequence[Sequence[bytes]]


def number_in(cell: bytes) -> float | None:
    """Returns the number that a cell shows, with its unit; None if it shows none."""
    if len(cell) >= 2 and cell.startswith(b'"') and cell.endswith(b'"'):
        cell = cell[1:-1]
    cell = cell.removeprefix(b"$").removeprefix(b"+")
    digits = cell.replace(b",", b"")
    match = NUMBER.match(digits)
    if match is None or len(cell) > 40:
        return None
    value = float(match[0])
    unit = digits[match.end() :]
    if math.isinf(value):
        return None
    if unit in (b"", b"%", b"s", b"ms", b"B"):
        return value
    scale = SCALES.get(unit[:1])
    return value * scale if scale and unit[1:] in (b"", b"B", b"i", b"iB") else None


def row_scores(rows: Rows, columns: int) -> list[float]:
    """Returns how much each row stands out."""
    scores = [0.0] * len(rows)
    if len(rows) < FEW_ROWS:
        return scores
    for column in range(columns):
        cells = [row[column] for row in rows]
        numbers = [number_in(cell) for cell in cells]
        counts = Counter(cells)
        if sum(n is not None for n in numbers) * 2 > len(rows):
            add(scores, outliers(numbers), 1.0)
        elif is_categorical(counts, max(4, len(rows) // 8)):
            add(scores, [n for n, cell in enumerate(cells) if counts[cell] <= RARE], 0.8)
        changes = [n for n in range(1, len(rows)) if cells[n] != cells[n - 1]]
        if is_categorical(counts, len(rows) // 8) and len(changes) <= len(rows) // 40:
            add(scores, changes, 0.3)
    return scores


def is_categorical(counts: Counter[bytes], most: int) -> bool:
    """Returns whether a column has few values."""
    return 1 < len(counts) <= min(MANY_VALUES, most)


def outliers(numbers: Sequence[float | None]) -> list[int]:
    """Returns the few rows whose number is far from the median."""
    known = [n for n in numbers if n is not None]
    if len(known) < FEW_ROWS:
        return []
    median = sorted(known)[len(known) // 2]
    middle = sorted(abs(n - median) for n in known)[len(known) // 2]
    usual = max(middle, abs(median) * 0.05 + 1e-12)
    far = [(-abs(n - median), row) for row, n in enumerate(numbers) if n is not None]
    return [row for distance, row in sorted(far) if -distance > FAR * usual][:MOST_OUTLIERS]


def add(scores: list[float], rows: Sequence[int], points: float) -> None:
    """Adds points in single precision, as the kernel does."""
    for row in rows:
        scores[row] = single(scores[row] + single(points))


def single(value: float) -> float:
    """Returns the nearest number of single precision."""
    return float(struct.unpack("f", struct.pack("f", value))[0])


def column_stats(rows: Rows, columns: int) -> list[tuple[int, int, int, int, int]]:
    """Returns distinct values, missing cells, numbers, and the rows of the extremes or -1."""
    stats = []
    for column in range(columns):
        cells = [row[column] for row in rows]
        numbers = [(n, row) for row, n in enumerate(map(number_in, cells)) if n is not None]
        lowest = min(numbers)[1] if numbers else -1
        highest = max(numbers, key=lambda pair: (pair[0], -pair[1]))[1] if numbers else -1
        stats.append((len(set(cells)), cells.count(b""), len(numbers), lowest, highest))
    return stats
