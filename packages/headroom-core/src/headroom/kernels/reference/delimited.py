"""Twin of `delimited`: rows and cells of delimiter-separated text, spelled out."""

from __future__ import annotations

import re


def split_delimited(data: bytes, delimiter: bytes) -> list[list[bytes]] | None:
    """Returns the cells of each row, quotes included; None if too many rows are odd."""
    mark = re.escape(delimiter)
    cell = re.compile(rb'(?:"(?:[^"]|"")*(?:"|\Z))?[^%s\n]*' % mark)
    end = len(data.rstrip(b"\r\n"))
    rows: list[list[bytes]] = []
    odd = at = 0
    while at < end:
        spans = []
        while True:
            match = cell.match(data, at)
            assert match is not None
            spans.append(match.span())
            at = match.end() + 1
            if data[match.end() : at] != delimiter:
                break
        start, stop = spans[-1]
        spans[-1] = (start, stop - (stop > start and data[stop - 1 : stop] == b"\r"))
        columns = len(rows[0]) if rows else len(spans)
        odd += len(spans) != columns
        rows.append(levelled(data, spans, columns))
    return None if not rows or odd * 20 > len(rows) else rows


def levelled(data: bytes, spans: list[tuple[int, int]], columns: int) -> list[bytes]:
    """Returns as many cells as the first row has; the last takes what is left over."""
    cells = [data[a:b] for a, b in spans[:columns]]
    if len(spans) > columns:
        cells[-1] = data[spans[columns - 1][0] : spans[-1][1]]
    return cells + [b""] * (columns - len(cells))
