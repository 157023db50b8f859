"""Chooses which lines of a text stay, and leaves out the rest.

Kept is what carries information: what must stay (see `_keep`), what the intent asks for, what is
rare or first or last of its kind, and where something changes. How much that is follows from the
text: nothing repetitive, nothing left out.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice, pairwise
from math import isqrt
from operator import sub
from typing import Literal

from headroom.compressors._keep import BLANK, FRAME, must_keep, spread, stack_traces
from headroom.compressors._writer import Writer
from headroom.kernels import line_starts, relevance, unit_shapes
from headroom.protocols import Context
from headroom.types import Compressed, Omission, Span

ASKED = 0.55
"""Relevance from which a unit counts as asked for: it holds a rare name, id, number or path of the
intent, or a plain word of a short intent that no more than five units hold."""

EDGE = 3
"""Units at the start and at the end that always stay."""

RARE = 2
"""Units of one template up to which all of them stay."""

_MARKER_BYTES = 40
"""What a short marker costs, in bytes of text; a smaller gap is not worth leaving out."""

_LEAST_SAVING = 0.08
"""Share of the text below which an omission is not worth a reference."""

_BEST = 0.2
"""Share of the highest relevance from which a unit is meant, where many are asked for."""

_ASKED_FOR_LINES = re.compile(
    r"\bsed -n\b|\b(?:head|tail) -|\bNR *[=<>]|\"(?:view_range|offset|limit|start_line|line_start)\""
)

_AROUND = 2
_LINE = re.compile(r"\b(?:lines?|rows?|records?)\s+#?(\d+)(?:\s*(?:-|–|to|and)\s*(\d+))?", re.I)
_MOST_ASKED_LINES = 400
_VALUE = re.compile(r"\d|[A-Za-z][/._:-]+[A-Za-z]")
_MOST_VALUES = 40
_MOST_PLACES = 3
"""Places of a value up to which it tells something: more often, it is no name of one thing."""


class Units:
    """A text cut into consecutive units: lines, records, rows, paragraphs.

    Attributes:
        data: The text.
        starts: Where each unit starts, and the text's length.
        lines: Whether each unit is one line.
        asked: What an intent asked for, once `asked_for` has looked; `meant`: most of all.
    """

    def __init__(self, data: bytes, starts: bytes, *, lines: bool = False) -> None:
        self.data = data
        self.lines = lines
        self._starts = memoryview(starts).cast("i")  # for the kernels
        self.starts: list[int] = self._starts.tolist()
        self.asked: frozenset[int] | None = None
        self.meant: frozenset[int] = frozenset()

    def __len__(self) -> int:
        return len(self.starts) - 1

    def span(self, i: int) -> Span:
        """Returns where unit i stands."""
        return Span(self.starts[i], self.starts[i + 1])

    def text(self, i: int) -> bytes:
        """Returns unit i, its newline included."""
        return self.data[self.starts[i] : self.starts[i + 1]]

    def same(self, i: int, j: int) -> bool:
        """Returns whether two units exist and hold the same."""
        starts, data = self.starts, self.data
        if i < 0 or j >= len(starts) - 1:
            return False
        if starts[i + 1] - starts[i] != starts[j + 1] - starts[j]:
            return False
        return data[starts[i] : starts[i + 1]] == data[starts[j] : starts[j + 1]]

    @property
    def offsets(self) -> memoryview[int]:
        """The starts, as the kernels take them."""
        return self._starts

    @cached_property
    def texts(self) -> list[bytes]:
        """All units, their newlines included."""
        return [self.data[a:b] for a, b in pairwise(self.starts)]

    @cached_property
    def _shapes(self) -> tuple[bytes, bytes]:
        return unit_shapes(self.data, self._starts)

    def relevance(self, intent: str) -> Sequence[float]:
        """Returns how much of an intent each unit holds, 0 to 1."""
        scores = relevance(self.data, self._starts, intent.encode("utf-8", "replace"))
        return memoryview(scores).cast("f").tolist()

    @property
    def templates(self) -> memoryview[int]:
        """One number a unit; equal for units that differ only in values."""
        return memoryview(self._shapes[0]).cast("i")

    @property
    def flags(self) -> bytes:
        """One byte a unit; see `_keep` for the bits."""
        return self._shapes[1]

    @cached_property
    def groups(self) -> dict[int, list[int]]:
        """The units of each template, in order."""
        groups: dict[int, list[int]] = defaultdict(list)
        for n, template in enumerate(self.templates.tolist()):
            groups[template].append(n)
        return groups


def lines_of(data: bytes) -> Units:
    """Returns the lines of a text."""
    return Units(data, line_starts(data), lines=True)


def choose(
    units: Units,
    context: Context,
    *,
    pinned: Iterable[int] = (),
    scores: Sequence[float] | None = None,
    line: int = 1,
    kind: Literal["lines", "rows", "settings"] = "lines",
) -> bytearray:
    """Returns one byte a unit: 1 to keep it, 0 to leave it out.

    Args:
        units: What to choose from.
        context: Whose intent is matched.
        pinned: Units that stay whatever they hold.
        scores: A number for each unit; above 0 it stays.
        line: The block's line on which the text starts, for an intent that names lines.
        kind: Of rows of one table, that their words differ does not make one rare. In settings,
            besides, words such as "failed" report nothing.
    """
    count = len(units)
    keep = bytearray(count)
    for n in (*range(min(EDGE, count)), *range(max(count - EDGE, 0), count), *pinned):
        keep[n] = 1
    if kind != "settings":
        for n in must_keep(units.flags, units.groups, units.starts):
            keep[n] = 1
        for start, end in stack_traces(units.flags, units.templates.tolist()):
            keep[start:end] = b"\1" * (end - start)
    for n in _representatives(units) if kind == "lines" else _sample(count):
        keep[n] = 1
    for n in asked_for(units, context, line):
        keep[n] = 1
    for n, score in enumerate(scores or ()):
        if score > 0:
            keep[n] = 1
    settle(units, keep)
    return keep


def _sample(count: int) -> list[int]:
    """Returns evenly spread rows: enough to see what a table is like, fewer of a large one."""
    return spread(range(count), isqrt(count) + count.bit_length())


def _representatives(units: Units) -> Iterator[int]:
    flags = units.flags
    for members in units.groups.values():
        if flags[members[0]] & (BLANK | FRAME):
            continue
        if len(members) <= RARE:
            yield from members
        else:
            yield from spread(members, 2 + len(members).bit_length() // 4)
            yield from _changes(members, len(units))


def _changes(members: Sequence[int], count: int) -> Iterator[int]:
    """Yields where a template comes back after an absence that is long for it."""
    usual = (members[-1] - members[0]) / (len(members) - 1)
    long = max(8 * usual, count / 20)
    if max(map(sub, members[1:], members)) <= long:
        return
    for before, after in pairwise(members):
        if after - before > long:
            yield before
            yield after


def asked_for(units: Units, context: Context, line: int = 1) -> frozenset[int]:
    """Returns the units that the intent asks for: they are shown, and shown as they are."""
    if units.asked is None:
        scores = units.relevance(context.intent.text)
        asked: list[int] = []
        if max(scores, default=0) >= ASKED:
            asked = [n for n, score in enumerate(scores) if score >= ASKED]
        most = max(32, len(units) // 10)
        if len(asked) > most:
            asked = sorted(asked, key=lambda n: (-scores[n], n))[:most]
        exact = list(named_in(units, context.intent.text, line))
        best = _BEST * max(scores, default=0)
        units.asked = frozenset([*asked, *exact])
        units.meant = frozenset([*(n for n in asked if scores[n] >= best), *exact])
    return units.asked


def meant(units: Units, context: Context, line: int = 1) -> frozenset[int]:
    """Returns those of the units asked for that are named, or hold much more of it than others."""
    asked_for(units, context, line)
    return units.meant


def named_in(units: Units, text: str, line: int = 1) -> Iterator[int]:
    """Yields the units that an intent names: by their lines, or by a value that few of them hold."""
    yield from _named_lines(units, text, line)
    yield from _quoted(units, text)


def names_lines(context: Context) -> bool:
    """Returns whether the call asked for some lines of a file: they all stay."""
    return context.tool is not None and _ASKED_FOR_LINES.search(context.tool.arguments) is not None


def _quoted(units: Units, text: str) -> Iterator[int]:
    """Yields the few units that hold a value of the intent as it is written: 3/7/13, web-1:8080."""
    words = {part for word in text.split() for part in (word, *word.split("="))}
    values = {word.strip(".,;:?!()[]{}<>\"'`") for word in words if len(word) <= 200}
    for value in sorted(v for v in values if len(v) >= 3 and _VALUE.search(v))[:_MOST_VALUES]:
        # The value stands first, so that it is searched for as bytes are, and not place by place.
        here = re.escape(value.encode("utf-8", "replace"))
        pattern = re.compile(rb"%s(?!\w)(?<![\w.]%s)" % (here, here))
        places = [m.start() for m in islice(pattern.finditer(units.data), _MOST_PLACES + 1)]
        if len(places) <= _MOST_PLACES:
            yield from (bisect_right(units.starts, place) - 1 for place in places)


def _named_lines(units: Units, text: str, line: int) -> Iterator[int]:
    if not len(units):
        return
    lines = units.data.count(b"\n") + 1
    by_line = None if lines <= len(units) + 1 else line_starts(units.data)
    for match in _LINE.finditer(text):
        first = int(match[1]) - line - _AROUND
        last = int(match[2] or match[1]) - line + _AROUND
        for wanted in range(max(first, 0), min(last, lines - 1, first + _MOST_ASKED_LINES) + 1):
            unit = wanted
            if by_line is not None:
                offset = memoryview(by_line).cast("i")[min(wanted, lines - 1)]
                unit = bisect_right(units.starts, offset) - 1
            if unit < len(units):
                yield unit


def settle(units: Units, keep: bytearray) -> None:
    """Keeps gaps that are smaller than their marker, and everything if little would be saved.

    Equal units in a row are kept or left out together: to count them costs next to nothing.
    """
    left_out, starts = 0, units.starts
    for start, end in gaps(keep):
        first, last = start, end - 1
        while first <= last and units.same(first - 1, first):
            first += 1
        while last >= first and units.same(last, last + 1):
            last -= 1
        size = starts[last + 1] - starts[first] - _MARKER_BYTES
        if size <= 0:
            first = end
        else:
            left_out += size
        if first > start:
            keep[start:first] = b"\1" * (first - start)
        if last + 1 < end:
            keep[last + 1 : end] = b"\1" * (end - last - 1)
    if left_out < _LEAST_SAVING * len(units.data):
        keep[:] = b"\1" * len(keep)


def bytes_kept(units: Units, keep: bytes | bytearray) -> int:
    """Returns the size of the units that stay."""
    return len(units.data) - sum(units.starts[end] - units.starts[n] for n, end in gaps(keep))


def gaps(keep: bytes | bytearray) -> Iterator[tuple[int, int]]:
    """Yields the runs of units that are left out, as half-open ranges."""
    start = keep.find(0)
    while start >= 0:
        end = keep.find(1, start)
        end = len(keep) if end < 0 else end
        yield start, end
        start = keep.find(0, end)


def render(
    units: Units, keep: bytearray, *, note: Callable[[int, int], str] | None = None
) -> Compressed:
    """Returns the kept units verbatim, and an omission for each gap.

    `note` returns what to say about a gap, from its first unit and the one after its last.
    """
    return written(items_of(units, keep), omissions_of(units, keep, note))


def items_of(units: Units, keep: bytearray) -> list[bytes | None]:
    """Returns the kept units in order, and None for each gap."""
    items: list[bytes | None] = []
    at = 0
    for first, end in [*gaps(keep), (len(keep), len(keep))]:
        items += (units.data[a:b] for a, b in pairwise(units.starts[at : first + 1]))
        if end > first:
            items.append(None)
        at = end
    return items


def omissions_of(
    units: Units, keep: bytearray, note: Callable[[int, int], str] | None = None
) -> Iterator[Omission]:
    """Yields an omission for each gap; where it stands in the compressed text is left open."""
    data, starts = units.data, units.starts
    position, line = 0, 1
    for first, end in gaps(keep):
        start, stop = starts[first], starts[end]
        line += data.count(b"\n", position, start)
        newlines = data.count(b"\n", start, stop)
        last = line + newlines - (data[stop - 1 : stop] == b"\n")
        text = note(first, end) if note else ""
        yield Omission(0, Span(start, stop), "lines", line, last, text)
        position, line = stop, line + newlines


def written(items: Iterable[bytes | None], omissions: Iterable[Omission]) -> Compressed:
    """Returns the items as one text; each None is the place of the next omission."""
    out = Writer()
    waiting = iter(omissions)
    kept: list[bytes] = []
    for item in items:
        if item is not None:
            kept.append(item)
            continue
        out.write(b"".join(kept))
        kept.clear()
        gone = next(waiting)
        out.omit(gone.span, gone.first, gone.last, note=gone.note)
    out.write(b"".join(kept))
    return out.done()
