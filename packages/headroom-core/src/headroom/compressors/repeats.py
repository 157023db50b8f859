"""Repeats: lines that the model can still read further up, replaced by a pointer to them.

The index holds what went out, never what came in, so a pointer always leads to visible text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from headroom.compressors.source_code import number_again
from headroom.kernels import SeenLines
from headroom.types import Omission, Span

NAME = "repeats"
MIN_BYTES = 160
"""A run shorter than this saves less than its pointer (about 20 tokens) costs."""

_LABEL = 60
_NUMBER = re.compile(rb" *(\d{1,7})(?:[\t|:]|\xe2\x86\x92)")


@dataclass(frozen=True, slots=True)
class Repeat:
    """A run of lines seen before: where, the numbers to show for it, and where it is visible."""

    span: Span
    line: int
    first: int
    last: int
    label: str

    def omission(self) -> Omission:
        """Returns the pointer as an omission; where it stands is left open."""
        return Omission(0, self.span, "lines", self.first, self.last, seen=self.label)


class Seen:
    """What the model can read above, by line. Append-only."""

    def __init__(self) -> None:
        self._lines = SeenLines()
        self._labels: list[str] = []

    def add(self, text: str, label: str) -> None:
        """Takes the next text that the model reads; `label` says how a reader finds it."""
        try:
            data = text.encode("utf-8")
        except UnicodeEncodeError:  # a lone surrogate: never matched, so nothing points here
            return
        if self._lines.add(number_again(data)) >= 0:
            self._labels.append(_one_line(label))

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
        for first, last, source, _, _ in zip(*[iter(flat)] * 5, strict=True):
            if last - first + 1 < min_lines:
                continue
            span = Span(offsets[first - 1], offsets[last])
            printed = _printed(lines[first - 1], lines[last - 1], last - first)
            one, other = printed or (first, last)
            out.append(Repeat(span, first, one, other, self._labels[source]))
        return out


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
