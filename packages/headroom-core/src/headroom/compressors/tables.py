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
from headroom.compressors._ruled import looks_ruled, ruled
from headroom.compressors._select import choose, items_of, omissions_of, written
from headroom.compressors._writer import Writer
from headroom.detect import nature_of
from headroom.detect.nature import is_stamped, sample
from headroom.kernels import row_scores
from headroom.protocols import Context
from headroom.types import Compressed, Segment

_SAME_NOTE = b"[columns with = are the same in every row]\n"
_PARAGRAPH = re.compile(rb"^(?:[^\S\n]*+\S[^\n]*+(?:\n|\Z))++", re.MULTILINE)
_FEW = 8
"""Rows up to which lines that happen to stand below each other pass for a table."""

_SMALL = 200
_MOST_ABOVE = 6
_MOST_MATCHING = 400
_LONGEST = 200
_DIGIT = re.compile(rb"\d")
_GOES_ON = re.compile(r"\w|[.:-]\w")


class Tables:
    """Drops what all rows share, and rows that tell nothing new."""

    name = "tables"

    def priority(self, segment: Segment) -> float:
        """Returns 0.75 for separated cells, above with rules, 0.6 for columns below each other."""
        lines = sample(segment.data)
        if len(lines) < 4 or is_stamped(lines[:1] * 5):
            return -1.0
        if nature_of(segment.data) not in ("output", "prose"):
            return -1.0
        if _is_ruled(segment.data):
            return 0.76
        if delimiter_of(segment.data) is not None:
            return 0.75
        if is_stamped(lines, 0.3):
            return -1.0
        return 0.6 if any(map(_looks_aligned, _sampled(lines))) else -1.0

    def compress(self, segment: Segment, context: Context) -> Compressed | None:
        """Returns the table without what all rows share; with `omit`, without rows that repeat."""
        if _is_ruled(segment.data) and (drawn := _paragraphs(segment, context)):
            return drawn
        delimiter = delimiter_of(segment.data)
        if delimiter is not None:
            grid = delimited(segment.data, delimiter)
            table = None if grid is None else _encode(grid, delimiter, context, segment.line)
        else:
            table = _paragraphs(segment, context)
        longer = table is not None and len(table.data) > len(segment.data)
        return Compressed(segment.data) if longer else table


def _is_ruled(data: bytes) -> bool:
    """Returns whether a program drew a table with rules; documents keep theirs as they are."""
    return looks_ruled(data) and nature_of(data) == "output"


def _sampled(lines: Sequence[bytes]) -> Iterator[bytes]:
    for start in range(0, len(lines), 12):
        yield b"\n".join(lines[start : start + 12]) + b"\n"


def _looks_aligned(text: bytes) -> bool:
    grid = aligned(text) if _is_padded(text) else None
    return grid is not None and _is_filled(grid)


def _is_padded(text: bytes) -> bool:
    return text.count(b"  ") >= 2 * text.count(b"\n")


def _is_filled(grid: Grid) -> bool:
    return grid.filled * 2 >= grid.columns * len(grid.units)


def _paragraphs(segment: Segment, context: Context) -> Compressed | None:
    """Compresses each run of lines without a blank one that is an aligned table."""
    out = Writer()
    position = 0
    for match in _PARAGRAPH.finditer(segment.data):
        drawn = ruled(match[0])
        found = drawn or _aligned_in(match[0])
        if found is None:
            continue
        start = match.start() + found[0]
        grid = found[1]
        separator = b"|" if drawn else separator_of(grid)
        out.write(segment.data[position:start])
        line = 1 + segment.data.count(b"\n", 0, start)
        out.append(_encode(grid, separator, context, segment.line + line - 1), start, line)
        position = start + len(grid.units.data)
    if position == 0:
        return None
    out.write(segment.data[position:])
    return out.done()


def _aligned_in(text: bytes) -> tuple[int, Grid] | None:
    """Returns where a table starts that goes on to the end, and the table; titles may precede it."""
    start = 0
    for _ in range(_MOST_ABOVE):
        if not _is_padded(text[start:]):
            return None
        grid = aligned(text[start:])
        if grid is not None:
            return (start, grid) if _is_filled(grid) and not _is_merged(grid) else None
        start = text.find(b"\n", start) + 1
        if start == 0 or len(text) - start < _SMALL:
            return None
    return None


def _is_merged(grid: Grid) -> bool:
    """Returns whether names of columns share a cell, or values do in most of few rows: no table."""
    head = grid.units.text(0)
    if _DIGIT.search(head) is None and any(b"  " in name for name in grid.row(0)):
        return True
    if len(grid.units) > _FEW:
        return False
    rows = [grid.row(n)[:-1] for n in range(len(grid.units))]
    return sum(any(b"  " in cell.strip() for cell in row) for row in rows) > len(rows) // 2


def separator_of(grid: Grid) -> bytes:
    """Returns what can stand between the cells of an aligned table without being mistaken."""
    if grid.plain:
        return b" "
    return b"\t" if b"|" in grid.units.data else b"|"


def _encode(grid: Grid, separator: bytes, context: Context, line: int) -> Compressed:
    units = grid.units
    keep = bytearray(b"\1") * len(units)
    if context.omit:
        scores = memoryview(row_scores(units.data, grid.without_head, grid.columns)).cast("f")
        pinned = [0, *_extremes(grid, context), *_matching(grid, context)]
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
        text = separator.join(row)
        out.append((text.rstrip(b" ") if separator == b" " else text) + b"\n")
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
        table.append([same if equals else next(values, b"") for _, equals, same in columns])
    return table


def _constant_columns(grid: Grid) -> dict[int, bytes]:
    """Returns the columns that are the same in every row but the head, and their value.

    None where the head could be a row itself, or could be mistaken for one that states a value.
    """
    head = grid.row(0)
    if len(grid.units) < 4 or any(b"=" in name for name in head):
        return {}
    first = grid.row(1)
    same = {n: first[n].strip() for n in range(grid.columns) if grid.stats[n][0] == 1}
    if any(head[n].strip() == value for n, value in same.items()):
        return {}
    return same if len(same) < grid.columns else {}


def _extremes(grid: Grid, context: Context) -> Iterator[int]:
    """Yields the rows of the lowest and highest number in each column that the intent names."""
    for n, _ in _named_columns(grid, context.intent.text.lower()):
        yield from (row + 1 for row in grid.stats[n][3:5] if row >= 0)


def _matching(grid: Grid, context: Context) -> Sequence[int]:
    """Returns the rows that meet what the intent demands of columns, as in `zone = eu, state=ok`.

    None if nearly all rows do: then it does not tell them apart.
    """
    text = context.intent.text.lower()
    rows = everything = set(range(1, len(grid.units)))
    for n, name in _named_columns(grid, text) if "=" in text else ():
        for match in re.finditer(rf"(?<!\w){re.escape(name)}\s*==?\s*[\"'`]?", text):
            wanted = text[match.end() : match.end() + _LONGEST]
            met = {row for row, cell in enumerate(grid.column(n), 1) if _starts_with(wanted, cell)}
            rows = rows & met or rows
    return sorted(rows)[:_MOST_MATCHING] if 3 * len(rows) <= 2 * len(everything) else ()


def _starts_with(text: str, cell: bytes) -> bool:
    value = cell.strip(b' "').decode("utf-8", "replace").lower()
    return value != "" and text.startswith(value) and not _GOES_ON.match(text, len(value))


def _named_columns(grid: Grid, text: str) -> Iterator[tuple[int, str]]:
    """Yields the columns whose names the text holds, and the names."""
    words = set(re.findall(r"\w+", text))
    for n, cell in enumerate(grid.row(0)):
        name = cell.strip(b' "').decode("utf-8", "replace").lower()
        parts = re.findall(r"\w+", name)
        if parts and words.issuperset(parts):
            yield n, name
