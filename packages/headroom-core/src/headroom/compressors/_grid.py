"""Rows and cells of tables: separated by a character, or by their place on the line."""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from headroom.compressors._select import Units
from headroom.detect.nature import sample
from headroom.kernels import line_starts, split_delimited

DELIMITERS = (b",", b"\t", b";", b"|")
_FEWEST_ROWS = 4
_FEWEST_COLUMNS = 3
_ALIKE = 0.9
"""Share of sampled lines that must have as many delimiters as the usual line."""

_PIECE = 16_000
_WIDEST = 2_000
"""Bytes of a line beyond which columns are not looked for by place."""

_BLANKS = bytes(0xFF if c in b" \t\r\n" else 0 for c in range(256))


@dataclass(frozen=True, slots=True)
class Grid:
    """A table over a text; row 0 is its head.

    Attributes:
        units: The rows as they stand in the text, line ends included.
        columns: How many cells a row has.
        cells: Start and end of each cell, row by row: int32.
    """

    units: Units
    columns: int
    cells: memoryview[int]

    def row(self, n: int) -> list[bytes]:
        """Returns the cells of row n."""
        flat = self.cells[2 * self.columns * n : 2 * self.columns * (n + 1)].tolist()
        data = self.units.data
        return [data[a:b] for a, b in zip(flat[::2], flat[1::2], strict=True)]

    def without_head(self) -> bytes:
        """Returns the packed cells of all rows but the first."""
        return self.cells[2 * self.columns :].tobytes()


def delimiter_of(data: bytes) -> bytes | None:
    """Returns the character that separates cells, if nearly all sampled lines agree on it."""
    lines = [line for line in sample(data) if line.strip()]
    if len(lines) < _FEWEST_ROWS:
        return None
    if any(b'"' in line for line in lines):
        return _quoted_delimiter(data)
    for delimiter in DELIMITERS:
        usual, alike = Counter(line.count(delimiter) for line in lines).most_common(1)[0]
        least = 1 if delimiter == b"\t" else _FEWEST_COLUMNS - 1
        if usual >= least and alike >= _ALIKE * len(lines):
            return delimiter
    return None


def _quoted_delimiter(data: bytes) -> bytes | None:
    """Returns the character that separates cells where some are in quotes and may hold it."""
    start = data[:_PIECE]
    start = start if len(data) <= _PIECE else start[: start.rfind(b"\n") + 1]
    for delimiter in DELIMITERS:
        split = split_delimited(start, delimiter.decode("ascii"))
        if split is not None and split[0] >= _FEWEST_COLUMNS and len(split[1]) // 4 > _FEWEST_ROWS:
            return delimiter
    return None


def delimited(data: bytes, delimiter: bytes) -> Grid | None:
    """Returns the table of a text whose rows all have as many cells; None if they have not."""
    split = split_delimited(data, delimiter.decode("ascii"))
    if split is None:
        return None
    columns, starts, cells = split
    if columns < 2 or len(starts) // 4 - 1 < _FEWEST_ROWS:
        return None
    return Grid(Units(data, starts), columns, memoryview(cells).cast("i"))


def aligned(data: bytes) -> Grid | None:
    """Returns the table of lines whose columns stand below each other; None if they do not.

    A column ends where all lines are blank. Text in which bytes are not places is left alone.
    """
    starts = line_starts(data)
    places = memoryview(starts).cast("i")
    lines = [data[a:b] for a, b in pairwise(places)]
    if len(lines) < _FEWEST_ROWS or not data.isascii() or b"\t" in data:
        return None
    width = max(map(len, lines))
    if width > _WIDEST:
        return None
    blank = (1 << (8 * width)) - 1
    for line in lines:
        blank &= int.from_bytes(line.translate(_BLANKS).ljust(width, b"\xff"), "big")
    bounds = _columns(blank.to_bytes(width, "big"))
    if len(bounds) < _FEWEST_COLUMNS:
        return None
    cells = array("i")
    for start, line in zip(places, lines, strict=False):
        for a, b in bounds:
            cell = line[a:b]
            left = len(cell) - len(cell.lstrip())
            text = cell.strip()
            cells.extend(
                (start + a + left, start + a + left + len(text)) if text else (start, start)
            )
    return Grid(Units(data, starts), len(bounds), memoryview(cells))


def _columns(blank: bytes) -> list[tuple[int, int]]:
    """Returns the half-open ranges of places that are not blank in every line."""
    bounds = []
    start = blank.find(0)
    while start >= 0:
        end = blank.find(0xFF, start)
        end = len(blank) if end < 0 else end
        bounds.append((start, end))
        start = blank.find(0, end)
    return bounds
