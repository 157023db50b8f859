"""Repeats: lines that the model can still read further up, replaced by a pointer to them.

The index holds the lines that can still be read, in the form in which they came: a line that was
left out is not in it, so a pointer always leads to visible text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from headroom.compressors._listing import number_again
from headroom.kernels import SeenLines
from headroom.types import Omission, Span

NAME = "repeats"
MIN_BYTES = 160
"""A run shorter than this saves less than its pointer (about 20 tokens) costs."""

_LABEL = 60
_NUMBER = re.compile(rb" *(\d{1,7})(?:[\t|:]|\xe2\x86\x92)")


@dataclass(frozen=True, slots=True)
class Repeat:
    """A run of lines seen before: where, the numbers to show for it, and where it is visible.

    `source` is the line on which it starts there, by the numbers printed there if there are any.
    """

    span: Span
    line: int
    first: int
    last: int
    label: str
    source: int

    def omission(self) -> Omission:
        """Returns the pointer as an omission; where it stands is left open."""
        note = f"from line {self.source}" if self.source != self.first else ""
        return Omission(0, self.span, "lines", self.first, self.last, note, seen=self.label)


class Seen:
    """What the model can read above, by line. Append-only."""

    def __init__(self) -> None:
        self._lines = SeenLines()
        self._labels: list[str] = []
        self._times: dict[str, int] = {}
        self._texts: list[bytes] = []

    def add(self, text: str, label: str, hidden: Sequence[Span] = ()) -> None:
        """Takes the next text that the model reads, but for the spans in `hidden`.

        `label` says how a reader finds it.
        """
        try:
            data = text.encode("utf-8")
        except UnicodeEncodeError:  # a lone surrogate: never matched, so nothing points here
            return
        data = _blanked(data, hidden) if hidden else number_again(data)
        if self._lines.add(data) >= 0:
            label = _one_line(label)
            times = self._times[label] = self._times.get(label, 0) + 1
            self._labels.append(f"{label} #{times}" if times > 1 else label)
            self._texts.append(data)

    def repeats(self, data: bytes, min_lines: int = 1) -> list[Repeat]:
        """Returns the runs of lines of `data` that stand above, in order."""
        flat = memoryview(self._lines.match(data, MIN_BYTES)).cast("i").tolist()
        if not flat:
            return []
        lines = data.splitlines(keepends=True) if b"\r" not in data else _split(data)
        offsets = [0]
        for line in lines:
            offsets.append(offsets[-1] + len(line))
        out = []
        for first, last, source, begins, _ in zip(*[iter(flat)] * 5, strict=True):
            if last - first + 1 < min_lines:
                continue
            span = Span(offsets[first - 1], offsets[last])
            printed = _printed(lines[first - 1], lines[last - 1], last - first)
            one, other = printed or (first, last)
            there = self._number_at(source, begins)
            out.append(Repeat(span, first, one, other, self._labels[source], there))
        return out

    def _number_at(self, source: int, line: int) -> int:
        """Returns the number printed on a line of a source, or else its place."""
        data, start = self._texts[source], 0
        for _ in range(line - 1):
            start = data.index(b"\n", start) + 1
        match = _NUMBER.match(data, start)
        return int(match[1]) if match else line


def _blanked(data: bytes, hidden: Sequence[Span]) -> bytes:
    """Returns a text without some of its spans, every line in its place."""
    pieces, position = [], 0
    for span in hidden:
        pieces += [data[position : span.start], b"\n" * data.count(b"\n", span.start, span.end)]
        position = span.end
    return b"".join([*pieces, data[position:]])


def _split(data: bytes) -> list[bytes]:
    """Splits at newlines only, as the index does; `splitlines` would also split at `\\r`."""
    lines = [line + b"\n" for line in data.split(b"\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def _printed(first: bytes, last: bytes, count: int) -> tuple[int, int] | None:
    """Returns the numbers that a listing prints on its first and last line, if it counts lines."""
    one, other = _NUMBER.match(first), _NUMBER.match(last)
    if one and other and int(other[1]) - int(one[1]) == count:
        return int(one[1]), int(other[1])
    return None


def _one_line(label: str) -> str:
    """Returns a label without brackets and line breaks, so that it cannot break a marker."""
    line = " ".join(label.replace("[", "(").replace("]", ")").split())
    return line if len(line) <= _LABEL else line[: _LABEL - 1] + "…"
