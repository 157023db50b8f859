"""Repeats: lines that the model can still read further up, replaced by a pointer to them.

The index holds the lines that can still be read, in the form in which they came: a line that was
left out is not in it, so a pointer always leads to visible text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from headroom.compressors._listing import number_again
from headroom.kernels import SeenLines
from headroom.types import Omission, Path, Span

NAME = "repeats"
MIN_BYTES = 160
"""A run shorter than this saves less than its pointer (about 20 tokens) costs."""

MIN_SIGNED_BYTES = 320
"""The same for lines of a diff: a change is better read where it stands."""

_HUNK = b"@@ -"
_SIGNS = (b"+", b"-")
_NOWHERE = b"\0"
"""A line that stands in no text."""

_LABEL = 60
_NUMBER = re.compile(rb" *(\d{1,7})(?:[\t|:]|\xe2\x86\x92)")


@dataclass(frozen=True, slots=True)
class Repeat:
    """A run of lines seen before: where, the numbers to show for it, and where it is visible.

    `source` is the line on which it starts there, by the numbers printed there if there are any.
    `path` is where that text stands. `sign` is what every line starts with here, and does not there:
    + or - in a diff.
    """

    span: Span
    line: int
    first: int
    last: int
    label: str
    source: int
    path: Path
    sign: str = ""

    def omission(self) -> Omission:
        """Returns the pointer as an omission; where it stands is left open."""
        notes = [f"with {self.sign} in front"] if self.sign else []
        if self.source != self.first:
            notes.append(f"from line {self.source}")
        note = ", ".join(notes)
        return Omission(
            0, self.span, "lines", self.first, self.last, note, seen=self.label, seen_at=self.path
        )


class _Run(NamedTuple):
    """Lines of a text, from 1, that stand in a source from its line `begins` on."""

    lines: range
    source: int
    begins: int
    renumbered: bool


class Seen:
    """What the model can read above, by line. Append-only."""

    def __init__(self) -> None:
        self._lines = SeenLines()
        self._labels: list[str] = []
        self._times: dict[str, int] = {}
        self._texts: list[bytes] = []
        self._paths: list[Path] = []

    def add(
        self,
        text: str,
        label: str,
        path: Path,
        hidden: Sequence[Span] = (),
        *,
        named: bool = False,
    ) -> None:
        """Takes the next text that the model reads, but for the spans in `hidden`.

        `label` says how a reader finds it; texts of one label are counted. A text of which nothing
        is left counts too if it is `named` above.
        """
        try:
            data = text.encode("utf-8")
        except UnicodeEncodeError:  # a lone surrogate: never matched, so nothing points here
            return
        data = _blanked(data, hidden) if hidden else number_again(data)
        readable = self._lines.add(data) >= 0
        if readable or named:
            label = _one_line(label)
            times = self._times[label] = self._times.get(label, 0) + 1
        if readable:
            self._labels.append(f"{label} #{times}" if times > 1 else label)
            self._texts.append(data)
            self._paths.append(path)

    def repeats(
        self, data: bytes, min_lines: int = 1, pasted: Sequence[range] = ()
    ) -> list[Repeat]:
        """Returns the runs of lines of `data` that stand above, in order.

        Args:
            data: The text of a block.
            min_lines: Runs of fewer lines do not count, but for what of them is pasted.
            pasted: Ranges of lines, from 1, that nobody typed.
        """
        runs = list(self._runs(data, MIN_BYTES))
        signed = [(run, sign) for sign in _SIGNS for run in self._signed_runs(data, sign)]
        if not runs and not signed:
            return []
        lines = data.splitlines(keepends=True) if b"\r" not in data else _split(data)
        offsets = [0]
        for line in lines:
            offsets.append(offsets[-1] + len(line))
        found: list[Repeat] = []
        for run, sign in [*((run, b"") for run in runs), *signed]:
            parts = [run.lines] if len(run.lines) >= min_lines else _overlaps(run.lines, pasted)
            for part in parts:
                span = Span(offsets[part.start - 1], offsets[part.stop - 1])
                if span.end - span.start < MIN_BYTES or _is_taken(span, found, sign):
                    continue
                first, last = part.start, part.stop - 1
                printed = _printed(lines[first - 1], lines[last - 1], last - first)
                one, other = printed or (first, last)
                there = self._number_at(run.source, run.begins + part.start - run.lines.start)
                label, path = self._labels[run.source], self._paths[run.source]
                found.append(Repeat(span, first, one, other, label, there, path, sign.decode()))
        return sorted(found, key=lambda repeat: repeat.line)

    def _runs(self, data: bytes, min_bytes: int) -> Iterator[_Run]:
        flat = memoryview(self._lines.match(data, min_bytes)).cast("i").tolist()
        for first, last, source, begins, numbered in zip(*[iter(flat)] * 5, strict=True):
            yield _Run(range(first, last + 1), source, begins, renumbered=numbered >= 0)

    def _signed_runs(self, data: bytes, sign: bytes) -> Iterator[_Run]:
        """Yields the runs of a diff's lines with one sign that stand above without it."""
        if not data.startswith(_HUNK) and b"\n" + _HUNK not in data:
            return
        lines = (line[1:] if line[:1] == sign else _NOWHERE for line in data.split(b"\n"))
        for run in self._runs(b"\n".join(lines), MIN_SIGNED_BYTES):
            if not run.renumbered:  # what looks like a number is a part of the line here
                yield run

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


def _overlaps(lines: range, ranges: Sequence[range]) -> list[range]:
    """Returns what of some lines lies in each of the ranges."""
    both = (range(max(lines.start, r.start), min(lines.stop, r.stop)) for r in ranges)
    return [part for part in both if part]


def _is_taken(span: Span, found: Sequence[Repeat], sign: bytes) -> bool:
    """Returns whether some of a signed run is pointed at already, sign and all."""
    return bool(sign) and any(r.span.start < span.end and span.start < r.span.end for r in found)


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
