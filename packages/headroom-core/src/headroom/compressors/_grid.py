"""Rows and cells of tables: separated by a character, or by their place on the line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cached_property

from headroom.compressors._select import Units
from headroom.detect.nature import sample
from headroom.kernels import column_stats, line_starts, split_aligned, split_delimited

DELIMITERS = (b",", b"\t", b";", b"|")
_TIGHT = (b",", b";")
_FEWEST_ROWS = 4
_FEWEST_COLUMNS = 3
_ALIKE = 0.9
"""Share of sampled lines that must have as many delimiters as the usual line."""

_PIECE = 16_000


class Grid:
    """A table over a text; row 0 is its head.

    Attributes:
        units: The rows as they stand in the text, line ends included.
        columns: How many cells a row has.
        cells: Start and end of each cell, row by row: int32.
        filled: How many cells of an aligned table are not empty.
        plain: Of an aligned table: spaces stand in last cells only, and nothing after an empty one.
    """

    def __init__(
        self,
        units: Units,
        columns: int,
        cells: memoryview[int],
        *,
        filled: int = 0,
        plain: bool = False,
    ) -> None:
        self.units = units
        self.columns = columns
        self.cells = cells
        self.filled = filled
        self.plain = plain

    def row(self, n: int) -> list[bytes]:
        """Returns the cells of row n."""
        flat = self.cells[2 * self.columns * n : 2 * self.columns * (n + 1)].tolist()
        data = self.units.data
        return [data[a:b] for a, b in zip(flat[::2], flat[1::2], strict=True)]

    def column(self, n: int) -> list[bytes]:
        """Returns the cells of column n, but for its head."""
        data, step = self.units.data, 2 * self.columns
        starts = self.cells[step + 2 * n :: step].tolist()
        ends = self.cells[step + 2 * n + 1 :: step].tolist()
        return [data[a:b] for a, b in zip(starts, ends, strict=True)]

    @cached_property
    def without_head(self) -> bytes:
        """The packed cells of all rows but the first."""
        return self.cells[2 * self.columns :].tobytes()

    @cached_property
    def stats(self) -> list[tuple[int, ...]]:
        """Of each column: distinct values, missing cells, numbers, rows of the extremes or -1."""
        packed = column_stats(self.units.data, self.without_head, self.columns)
        flat = memoryview(packed).cast("i").tolist()
        return [tuple(flat[n : n + 5]) for n in range(0, len(flat), 5)]


def delimiter_of(data: bytes) -> bytes | None:
    """Returns the character that separates cells, if nearly all sampled lines agree on it."""
    lines = sample(data)
    if len(lines) < _FEWEST_ROWS:
        return None
    if any(b'"' in line for line in lines):
        return _quoted_delimiter(data)
    for delimiter in DELIMITERS:
        usual, alike = Counter(line.count(delimiter) for line in lines).most_common(1)[0]
        least = 1 if delimiter == b"\t" else _FEWEST_COLUMNS - 1
        if usual >= least and alike >= _ALIKE * len(lines):
            return delimiter
        if (
            usual == 1
            and alike == len(lines)
            and delimiter in _TIGHT
            and _is_tight(lines, delimiter)
        ):
            return delimiter
    return None


def _is_tight(lines: Sequence[bytes], delimiter: bytes) -> bool:
    """Returns whether no sentence goes on after the delimiter: two columns look like one comma."""
    return not any(delimiter + b" " in line or line.rstrip().endswith(delimiter) for line in lines)


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
    """Returns the table of lines whose columns stand below each other; None if they do not."""
    split = split_aligned(data)
    if split is None:
        return None
    columns, cells, filled, plain = split
    units = Units(data, line_starts(data))
    return Grid(units, columns, memoryview(cells).cast("i"), filled=filled, plain=plain)
