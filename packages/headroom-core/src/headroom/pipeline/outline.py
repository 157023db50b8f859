"""What stays of a text that an epoch folds: lines that were used, errors that nobody answered.

Whole lines of the original, verbatim; the rest is behind one reference. At its shortest the marker
is all that stays.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from headroom.compressors._keep import ERROR, FRAME, having, must_keep, stack_traces
from headroom.compressors._select import Units, lines_of, render, settle
from headroom.detect import WORDS, nature_of, segment
from headroom.pipeline.uses import Use, words_of
from headroom.types import Block, Compressed


class Outline:
    """Shorter forms of a text.

    Args:
        block: The text, which is UTF-8.
        use: What later messages took from it.
        superseded: The call that it answers was made again.
    """

    def __init__(self, block: Block, use: Use, *, superseded: bool) -> None:
        self._units = lines_of(block.text.encode("utf-8"))
        self._keep = bytearray(len(self._units))
        if block.kind == "user_text":
            self._own_words()
        errors = [] if superseded else list(_errors(self._units))
        self._used = self._lines_with(use.words)
        if not self._used.intersection(errors):
            for n in errors:
                self._keep[n] = 1

    def used(self) -> Compressed:
        """Returns the lines that were used, and what must stay."""
        keep = bytearray(self._keep)
        for n in self._used:
            keep[n] = 1
        settle(self._units, keep)
        return render(self._units, keep)

    def least(self) -> Compressed:
        """Returns what must stay: of a result whose errors were answered, nothing."""
        keep = bytearray(self._keep)
        if any(keep):
            settle(self._units, keep)
        return render(self._units, keep)

    def ends(self, size: int) -> Compressed:
        """Returns what must stay, and about `size` bytes from the start and the end."""
        keep, starts = bytearray(self._keep), self._units.starts
        first, last = 0, len(keep) - 1
        while first <= last:
            n = first if first <= len(keep) - 1 - last else last
            size -= starts[n + 1] - starts[n]
            if size < 0:
                break
            keep[n] = 1
            first, last = (first + 1, last) if n == first else (first, last - 1)
        return render(self._units, keep)

    def _own_words(self) -> None:
        """Keeps what the user wrote: only what was clearly pasted may go."""
        position = 0
        starts = self._units.starts
        for part in segment(self._units.data, pasted=True):
            end = position + len(part.data)
            if part.detection.content_type == WORDS and part.data:
                first = bisect_right(starts, position) - 1
                last = bisect_right(starts, end - 1)
                self._keep[first:last] = b"\1" * (last - first)
            position = end

    def _lines_with(self, words: set[str]) -> set[int]:
        """Returns the line on which each of the words stands first."""
        left, lines = set(words), set()
        for n in range(len(self._units) if left else 0):
            found = left.intersection(words_of(self._units.text(n).decode("utf-8")))
            if found:
                lines.add(n)
                left -= found
        return lines


def _errors(units: Units) -> Iterator[int]:
    """Yields the lines of errors; code and prose that speak of errors report none."""
    if not len(units):
        return
    if not having(units.flags, FRAME) and nature_of(units.data) != "output":
        return
    if not having(units.flags, ERROR | FRAME):
        return
    flags = units.flags
    yield from (n for n in must_keep(flags, units.groups, units.starts) if flags[n] & ERROR)
    for start, end in stack_traces(units.flags, units.templates.tolist()):
        yield from range(start, end)
