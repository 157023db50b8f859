"""Writes what is shown of a page, and says what is not.

The first marker says that this is a page as text, and names all of it. What else is left out for its
own sake, a menu or paragraphs that nobody asked for, has a marker where it stood. Everything between
is markup, and the first marker covers it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby
from typing import NamedTuple

from headroom.compressors._page_tags import by_rows, page_rows
from headroom.compressors._writer import Writer
from headroom.kernels import line_starts
from headroom.types import Compressed, Omission, Span, Unit

NOTE = "of HTML, as text: markup, scripts and menus"

_LEAST = 60
"""Bytes of text from which it has a marker of its own that they are gone; fewer cost less than it."""


class Part(NamedTuple):
    """A part of a page, and what to show of it: nothing if it is left out.

    `size` is the length of the text that is left out; `source` marks verbatim pieces of the page.
    """

    start: int
    end: int
    text: bytes
    size: int = 0
    source: bool = False


class _Counter:
    """Names a range of bytes by lines, or by rows where those are too long."""

    def __init__(self, data: bytes) -> None:
        lines: list[int] = memoryview(line_starts(data)).cast("i").tolist()
        rows = page_rows(data)
        self.unit: Unit = "lines"
        self._starts = lines[:-1] if lines[-1] == len(data) and len(lines) > 1 else lines
        if by_rows(len(rows), len(self._starts)):
            self.unit = "rows"
            self._starts = rows

    def omission(self, start: int, end: int, note: str = "", *, told: bool = False) -> Omission:
        """Returns an omission of a range that is not empty."""
        first = bisect_right(self._starts, start)
        last = bisect_right(self._starts, end - 1)
        return Omission(0, Span(start, end), self.unit, first, last, note, told=told)


class _Pieces:
    """A page as it is written; every byte of it is shown, or in an omission."""

    def __init__(self, data: bytes, start: int, head: bytes) -> None:
        self.out = Writer()
        self.out.write(data[:start])
        self._counter = _Counter(data)
        self._data = data
        self._head = head
        self._start = start
        self._position = start

    def show(self, text: bytes, end: int) -> None:
        """Adds what a reader sees up to `end`."""
        self._tell(end)
        self.out.write(text)

    def leave_out(self, start: int, end: int) -> None:
        """Adds a marker for what is left out for its own sake."""
        start = max(start, self._position)
        if self._start < start < end:
            self._tell(start)
            self.out.point(self._counter.omission(start, end))
            self._position = end

    def done(self) -> Compressed:
        """Returns the page."""
        self._tell(len(self._data))
        return self.out.done()

    def _tell(self, end: int) -> None:
        """Notes that the markup up to `end` is gone; the first time, that all of it is."""
        if end <= self._position:
            return
        told = self._counter.omission(self._position, end, told=True)
        if self._position == self._start:
            whole = self._counter.omission(self._start, len(self._data), NOTE)
            told = replace(whole, span=told.span)
        self.out.point(told)
        if not told.told:
            self.out.write(self._head)
        self._position = end


def write(data: bytes, start: int, head: bytes, parts: Iterable[Part]) -> Compressed:
    """Returns the parts of the page that starts at `start`, what stands before it, and `head`."""
    pieces = _Pieces(data, start, head)
    ordered = sorted(parts, key=lambda p: (p.start, p.source, p.end))
    for shown, run in groupby(ordered, key=lambda p: bool(p.text)):
        group = list(run)
        end = max(p.end for p in group)
        if shown:
            pieces.show(b"".join(map(_line, group)), end)
        elif sum(p.size for p in group) >= _LEAST:
            pieces.leave_out(group[0].start, end)
    return pieces.done()


def _line(part: Part) -> bytes:
    """Returns the text of a part, a heading with an empty line before it."""
    return b"\n%s\n" % part.text if part.text.startswith(b"#") else part.text + b"\n"
