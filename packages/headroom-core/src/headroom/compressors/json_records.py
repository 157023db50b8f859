"""JSON: records become a table with their keys written once, the rest loses its white space.

Arrays of objects, nested or not, newline-delimited JSON, and any other JSON. See
`cpp/include/headroom/json_table.hpp` for the form; it decodes to the same JSON value.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from headroom.compressors._entries import without_entries
from headroom.compressors._select import Units, choose, gaps
from headroom.compressors._writer import Writer
from headroom.kernels import json_valid, render_json, row_scores, split_delimited
from headroom.protocols import Context
from headroom.types import Compressed, Segment, Span

Rendered: TypeAlias = tuple[bytes, list[tuple[str, list[str], bytes, bytes, bytes, bytes]]]

_FEWEST_ROWS = 8
_SMALL = 1_200
"""Bytes of a table below which no rows are left out: a marker would cost what they do."""

_PATH = re.compile(r"\$?[\w.\-\[\]]*\[\d+\]")


@dataclass(frozen=True, slots=True)
class Table:
    """An array with a line for each element, as the kernel rendered it.

    Attributes:
        path: JSONPath of the array.
        columns: Dotted names of the columns that vary.
        starts: Where each row starts in the rendered text, and the end of the last: int32.
        sources: Start and end of each record in the JSON text.
        scores: How much each row stands out.
        extremes: For each column the rows of its lowest and its highest number, or -1.
    """

    path: str
    columns: list[str]
    starts: memoryview[int]
    sources: memoryview[int]
    scores: memoryview[float]
    extremes: memoryview[int]


class JsonRecords:
    """Writes keys once and leaves out rows that tell nothing new."""

    name = "json_records"

    def priority(self, segment: Segment) -> float:
        """Returns 0.9 for valid JSON, less for lines of JSON."""
        data = segment.data.strip()
        if data[:1] not in (b"{", b"["):
            return -1.0
        if data[-1:] in (b"}", b"]") and _rendered(segment.data):
            return 0.9
        first, last = data.partition(b"\n")[0], data.rpartition(b"\n")[2]
        return 0.85 if len(first) < len(data) and json_valid(first) and json_valid(last) else -1.0

    def compress(self, segment: Segment, context: Context) -> Compressed | None:
        """Returns the JSON with its keys written once; with `omit`, fewer rows of large arrays."""
        rendered = _rendered(segment.data)
        if rendered is None:
            return None
        text, raw_tables = rendered
        tables = [
            Table(
                path,
                columns,
                memoryview(starts).cast("i"),
                memoryview(sources).cast("i"),
                memoryview(scores).cast("f"),
                memoryview(extremes).cast("i"),
            )
            for path, columns, starts, sources, scores, extremes in raw_tables
        ]
        if not context.omit:
            return Compressed(text)
        if not tables and (shorter := without_entries(segment, context)):
            return shorter
        out = Writer()
        position = 0
        for table in tables:
            if (
                len(table.starts) - 1 >= _FEWEST_ROWS
                and table.starts[-1] - table.starts[0] >= _SMALL
            ):
                position = _leave_out(text, table, context, out, position, alone=len(tables) == 1)
        out.write(text[position:])
        return out.done()


@lru_cache(maxsize=2)
def _rendered(data: bytes) -> Rendered | None:
    """Returns what the kernel makes of a text: reading it says whether it is JSON at all."""
    return render_json(data)


def _leave_out(
    text: bytes, table: Table, context: Context, out: Writer, position: int, *, alone: bool
) -> int:
    """Writes the text up to the end of a table, without the rows that are left out."""
    starts, sources = table.starts.tolist(), table.sources.tolist()
    base = starts[0]
    units = Units(text[base : starts[-1]], array("i", [n - base for n in starts]).tobytes())
    keep = choose(
        units,
        context,
        pinned=set(_pinned(table, context)),
        scores=table.scores.tolist() if table.columns else _scores_of_arrays(units),
        kind="rows" if table.columns else "lines",
    )
    for first, end in gaps(keep):
        out.write(text[position : starts[first]])
        span = Span(sources[2 * first], sources[2 * end - 1])
        out.omit_rows(span, first + 1, end, array="" if alone else table.path)
        position = starts[end]
    out.write(text[position : starts[-1]])
    return starts[-1]


def _scores_of_arrays(units: Units) -> Sequence[float]:
    """Returns a number for each row that is an array of as many plain values as the others."""
    if not units.data.startswith(b"[") or units.data.count(b"[") != len(units):
        return ()
    plain = units.data.translate(None, b"[]")
    split = split_delimited(plain, ",")
    if split is None or len(split[1]) // 4 - 1 != len(units):
        return ()
    return memoryview(row_scores(plain, split[2], split[0])).cast("f").tolist()


def _pinned(table: Table, context: Context) -> Iterator[int]:
    """Yields the rows that the intent names by path, and the extremes of columns that it names."""
    rows = len(table.starts) - 1
    text = context.intent.text
    for match in _PATH.finditer(text):
        path = match[0] if match[0].startswith("$") else "$." + match[0]
        if path.startswith(table.path + "["):
            row = int(path[len(table.path) + 1 :].partition("]")[0])
            if row < rows:
                yield row
    words = set(re.findall(r"\w+", text))
    for n, column in enumerate(table.columns):
        if column in text and column.rpartition(".")[2] in words:
            yield from (row for row in table.extremes[2 * n : 2 * n + 2] if row >= 0)
