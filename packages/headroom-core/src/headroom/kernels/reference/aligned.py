"""Twin of `aligned`: rows and cells of tables whose columns stand below each other, spelled out."""

from __future__ import annotations

import re
from itertools import pairwise

Row = list[str]


def split_aligned(text: str) -> list[Row] | None:
    """Returns the cells of each row; None if the lines are no table."""
    lines = text.split("\n")
    lines = lines if lines[-1] else lines[:-1]
    if len(lines) < 4 or "\t" in text:
        return None
    lines = [line.replace("\r", " ") for line in lines]
    strict = columns_of(lines, 0)
    rows = rows_of(lines, strict)
    for thirds in (1, 2):
        loose = columns_of(lines, len(lines) * thirds // 3)
        if rows and is_plain(rows) and len(loose) <= len(rows[0]):
            continue
        shifted = rows_of(lines, loose)
        rows = shifted if shifted and is_plain(shifted) else rows
    return rows


def columns_of(lines: list[str], allowed: int) -> list[range]:
    """Returns the places of each column; between them up to `allowed` lines may hold something."""
    width = max(map(len, lines))
    padded = [line.ljust(width) for line in lines]
    columns: list[range] = []
    start = 0
    for place in range(width + 1):
        if place < width and (padded[0][place] != " " or fills(padded, place) > allowed):
            continue
        if place > start:
            named = padded[0][start:place].strip() != ""
            used = any(fills(padded[1:], n) > allowed for n in range(start, place))
            next_word = not used and columns and columns[-1].stop + 1 == start
            if columns and (next_word or not named):
                columns[-1] = range(columns[-1].start, place)
            else:
                columns.append(range(start, place))
        start = place + 1
    return [*columns[:-1], range(columns[-1].start, width)] if columns else []


def fills(lines: list[str], place: int) -> int:
    """Returns how many lines hold something at a place."""
    return sum(line[place] != " " for line in lines)


def rows_of(lines: list[str], columns: list[range]) -> list[Row] | None:
    """Returns the cells by place, or by words where a line has something between columns."""
    if len(columns) < 3:
        return None
    rows = []
    for line in lines:
        between = [c for n, c in enumerate(line) if not any(n in column for column in columns)]
        if not "".join(between).strip():
            rows.append([line[c.start : c.stop].strip(" ") for c in columns])
            continue
        words = [word for word in line.split(" ") if word]
        if len(words) < len(columns) or not is_shifted(line, columns):
            return None
        rest = line
        cells = []
        for word in words[: len(columns) - 1]:
            cells.append(word)
            rest = rest.lstrip(" ")[len(word) :]
        rows.append([*cells, rest.strip(" ")])
    return rows


def is_shifted(line: str, columns: list[range]) -> bool:
    """Returns whether the first word that stands between columns starts in the column it fills."""
    for number, word in enumerate(re.finditer("[^ ]+", line)):
        if all(any(place in column for column in columns) for place in range(*word.span())):
            continue
        at = [n for n, column in enumerate(columns) if column.stop > word.start()]
        return at[:1] == [number]
    return False


def is_plain(rows: list[Row]) -> bool:
    """Returns whether only last cells hold spaces, and nothing stands after an empty cell."""
    for row in rows:
        if any(" " in cell for cell in row[:-1]):
            return False
        if any(after and not cell for cell, after in pairwise(row)):
            return False
    return True
