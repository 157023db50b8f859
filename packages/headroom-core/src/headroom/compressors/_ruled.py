"""Tables with bars between cells and a rule below the head, as psql, MySQL and Markdown draw them.

The rules are part of the rows above them: what is drawn around cells says nothing.
"""

from __future__ import annotations

import re
from array import array

from headroom.compressors._grid import Grid
from headroom.compressors._select import Units
from headroom.kernels import split_delimited

_RULE = rb"[ \t]*+(?=[-+|:= \t]*--)(?=[-+|:= \t]*[|+])[-+|:= \t]++\r?(?:\n|\Z)"
_ROW = rb"(?!%s)[^\n|]*+\|[^\n]*+(?:\n|\Z)" % _RULE
_TABLE = re.compile(
    rb"^(?:%s)?+(?P<head>%s)%s(?P<body>(?:%s){3,}+)(?:%s)?+" % (_RULE, _ROW, _RULE, _ROW, _RULE),
    re.MULTILINE,
)
_FEWEST_COLUMNS = 2
_PIECE = 8_000


def looks_ruled(data: bytes) -> bool:
    """Returns whether there is a table near the start of a text."""
    start = data[:_PIECE]
    return b"|" in start and b"--" in start and _TABLE.search(start) is not None


def ruled(data: bytes) -> tuple[int, Grid] | None:
    """Returns the first table of a text and where it starts; None if there is none."""
    match = _TABLE.search(data) if b"|" in data and b"--" in data else None
    if match is None:
        return None
    head, body = split_delimited(match["head"], "|"), split_delimited(match["body"], "|")
    if head is None or body is None or head[0] != body[0] or b"\\|" in match[0]:
        return None
    start = match.start()
    text = match[0]
    cells = [
        *_spans(text, head[2], match.start("head") - start),
        *_spans(text, body[2], match.start("body") - start),
    ]
    columns, cells = _without_edges(head[0], cells)
    if columns < _FEWEST_COLUMNS:
        return None
    below = match.start("body") - start
    rows = memoryview(body[1]).cast("i").tolist()
    starts = array("i", [0, *(below + row for row in rows[:-1]), len(text)])
    flat = array("i", [place for cell in cells for place in cell])
    return start, Grid(Units(text, starts.tobytes(), lines=False), columns, memoryview(flat))


def _spans(text: bytes, packed: bytes, offset: int) -> list[tuple[int, int]]:
    """Returns where the cells of a part stand in the whole, without the blanks around them."""
    flat = memoryview(packed).cast("i").tolist()
    spans = []
    for a, b in zip(flat[::2], flat[1::2], strict=True):
        cell = text[a + offset : b + offset]
        end = a + offset + len(cell.rstrip())
        spans.append((max(end - len(cell.strip()), a + offset), end))
    return spans


def _without_edges(columns: int, cells: list[tuple[int, int]]) -> tuple[int, list[tuple[int, int]]]:
    """Returns the table without its first and its last column where they are empty."""
    first = all(a == b for a, b in cells[::columns])
    last = columns > 1 and all(a == b for a, b in cells[columns - 1 :: columns])
    kept = [n for n in range(columns) if not (first and n == 0) and not (last and n == columns - 1)]
    rows = range(0, len(cells), columns)
    return len(kept), [cells[row + n] for row in rows for n in kept]
