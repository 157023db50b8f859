"""Tables: padding and columns that never change go, then rows that tell nothing new.

    NAME   READY  STATUS             [columns with = are the same in every row]
    web-1  1/1    Running      ->    NAME READY=1/1 STATUS
    web-2  1/1    Pending            web-1 Running
                                     web-2 Pending

Cells keep their spelling. Separated tables keep their separator; aligned ones get a space where no
cell but those of the last column holds one, else a bar.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from headroom.compressors._grid import Grid, aligned, delimited, delimiter_of
from headroom.compressors._select import choose, items_of, omissions_of, written
from headroom.compressors._writer import Writer
from headroom.detect import nature_of
from headroom.detect.nature import is_stamped, sample
from headroom.kernels import column_stats, row_scores
from headroom.protocols import Context
from headroom.types import Compressed, Segment

_SAME_NOTE = b"[columns with = are the same in every row]\n"
_PARAGRAPH = re.compile(rb"(?:[^\n]*\S[^\n]*\n?)+")
_SMALL = 200
_MOST_ABOVE = 6


class Tables:
    """Drops what all rows share, and rows that tell nothing new."""

    name = "tables"

    def priority(self, segment: Segment) -> float:
        """Returns 0.75 for separated cells, 0.6 where columns stand below each other."""
        lines = [line for line in sample(segment.data) if line.strip()]
        if len(lines) < 4 or is_stamped(lines[:1] * 5):
            return -1.0
        if delimiter_of(segment.data) is not None:
            return 0.75 if nature_of(segment.data) in ("output", "prose") else -1.0
        if is_stamped(lines, 0.3):
            return -1.0
        if not any(_looks_aligned(p) for p in _sampled(lines)):
            return -1.0
        return 0.6 if nature_of(segment.data) in ("output", "prose") else -1.0

    def compress(self, segment: Segment, context: Context) -> Compressed | None:
        """Returns the table without what all rows share; with `omit`, without rows that repeat."""
        delimiter = delimiter_of(segment.data)
        if delimiter is not None:
            grid = delimited(segment.data, delimiter)
            return None if grid is None else _encode(grid, delimiter, context, segment.line)
        return _paragraphs(segment, context)


def _sampled(lines: Sequence[bytes]) -> Iterator[bytes]:
    for start in range(0, len(lines), 12):
        yield b"\n".join(lines[start : start + 12]) + b"\n"


def _looks_aligned(text: bytes) -> bool:
    grid = aligned(text)
    if grid is None:
        return False
    filled = sum(a < b for a, b in zip(grid.cells[::2], grid.cells[1::2], strict=True))
    return filled * 2 >= len(grid.cells) // 2 and text.count(b"  ") >= 2 * len(grid.units)


def _paragraphs(segment: Segment, context: Context) -> Compressed | None:
    """Compresses each run of lines without a blank one that is an aligned table."""
    out = Writer()
    position = 0
    for match in _PARAGRAPH.finditer(segment.data):
        start = match.start()
        for _ in range(_MOST_ABOVE):  # a title or two may stand above the head
            grid = aligned(segment.data[start : match.end()])
            if grid is not None or match.end() - start < _SMALL:
                break
            start = segment.data.index(b"\n", start) + 1
        if grid is None or not _looks_aligned(grid.units.data):
            continue
        out.write(segment.data[position:start])
        line = 1 + segment.data.count(b"\n", 0, start)
        out.append(_encode(grid, separator_of(grid), context, segment.line + line - 1), start, line)
        position = match.end()
    if position == 0:
        return None
    out.write(segment.data[position:])
    return out.done()


def separator_of(grid: Grid) -> bytes:
    """Returns what can stand between the cells of an aligned table without being mistaken."""
    plain = all(
        b"" not in cells and not any(b" " in cell for cell in cells[:-1])
        for cells in map(grid.row, range(len(grid.units)))
    )
    if plain:
        return b" "
    return b"\t" if b"|" in grid.units.data else b"|"


def _encode(grid: Grid, separator: bytes, context: Context, line: int) -> Compressed:
    units = grid.units
    keep = bytearray(b"\1") * len(units)
    if context.omit:
        scores = memoryview(row_scores(units.data, grid.without_head(), grid.columns)).cast("f")
        pinned = [0, *_extremes(grid, context)]
        keep = choose(
            units, context, pinned=pinned, scores=[0.0, *scores.tolist()], line=line, kind="rows"
        )
    items = encode_rows(grid, separator, keep)
    return written(items, omissions_of(units, keep))


def encode_rows(grid: Grid, separator: bytes, keep: bytearray) -> list[bytes | None]:
    """Returns the kept rows without the columns that never change, and None for each gap."""
    units = grid.units
    same = _constant_columns(grid)
    trimmed = separator in (b" ", b"\t") or separator == b"|"
    if not same and not trimmed:
        return items_of(units, keep)
    out: list[bytes | None] = [_SAME_NOTE] if same else []
    gone = False
    for n in range(len(units)):
        if not keep[n]:
            if not gone:
                out.append(None)
            gone = True
            continue
        gone = False
        cells = grid.row(n)
        if trimmed:
            cells = [cell.strip() for cell in cells]
        if n == 0:
            row = [c + b"=" + same[i] if i in same else c for i, c in enumerate(cells)]
        else:
            row = [cell for i, cell in enumerate(cells) if i not in same]
        out.append(separator.join(row) + b"\n")
    return out


def decode_rows(text: bytes, separator: bytes) -> list[list[bytes]]:
    """Returns the cells of a table that `encode_rows` wrote with all its rows."""
    lines = text.splitlines()
    noted = lines[0] + b"\n" == _SAME_NOTE
    head = lines[1 if noted else 0].split(separator)
    columns = [name.partition(b"=") if noted else (name, b"", b"") for name in head]
    varying = sum(not equals for _, equals, _ in columns)
    table = [[name for name, _, _ in columns]]
    for line in lines[2 if noted else 1 :]:
        values = iter(line.split(separator, varying - 1) if varying else [])
        table.append([same if equals else next(values) for _, equals, same in columns])
    return table


def _constant_columns(grid: Grid) -> dict[int, bytes]:
    """Returns the columns that are the same in every row but the head, and their value.

    None where the head could be a row itself, or could be mistaken for one that states a value.
    """
    head = grid.row(0)
    if len(grid.units) < 4 or any(b"=" in name for name in head):
        return {}
    stats = memoryview(column_stats(grid.units.data, grid.without_head(), grid.columns)).cast("i")
    first = grid.row(1)
    same = {n: first[n].strip() for n in range(grid.columns) if stats[5 * n] == 1}
    if any(head[n].strip() == value for n, value in same.items()):
        return {}
    return same if len(same) < grid.columns else {}


def _extremes(grid: Grid, context: Context) -> Iterator[int]:
    """Yields the rows of the lowest and highest number in each column that the intent names."""
    words = set(re.findall(r"\w+", context.intent.text.lower()))
    stats = memoryview(column_stats(grid.units.data, grid.without_head(), grid.columns)).cast("i")
    for n, name in enumerate(grid.row(0)):
        parts = re.findall(r"\w+", name.decode("utf-8", "replace").lower())
        if parts and words.issuperset(parts):
            yield from (row + 1 for row in stats[5 * n + 3 : 5 * n + 5] if row >= 0)
