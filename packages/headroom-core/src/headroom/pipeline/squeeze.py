"""Stage 3: each segment to the compressor that fits it best; what does not gain stays.

Lines that the model can still read above are pointed at; what lies between them is compressed as
if it stood alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from headroom.compressors import repeats, source_code
from headroom.compressors._writer import Writer
from headroom.compressors.repeats import Repeat
from headroom.detect import WORDS, nature_of
from headroom.pipeline.plan import Plan
from headroom.protocols import Compressor, Context
from headroom.types import Compressed, Segment

CERTAIN = 0.85
"""Priority from which nobody else is asked first."""

GAP_TO_OMIT = 4_000
"""Bytes of a gap between repeats from which it may lose lines; about 1,000 tokens."""


@dataclass(frozen=True, slots=True)
class Squeezed:
    """A block after its compressors, and the names of those that did something."""

    compressed: Compressed
    names: tuple[str, ...] = ()


class _Joiner:
    """Puts pieces together, and remembers who made them."""

    def __init__(self) -> None:
        self._out = Writer()
        self._names: list[str] = []

    def add(self, piece: Compressed, part: Segment, name: str | None, offset: int) -> None:
        """Takes what became of a part of the block that starts at byte `offset`."""
        self._out.append(piece, offset, part.line, part.last_line)
        if name:
            self._names.append(name)

    def point(self, repeat: Repeat) -> None:
        """Takes a pointer to lines that stand above."""
        self._out.point(repeat.omission())
        self._names.append(repeats.NAME)

    def done(self) -> Squeezed:
        """Returns the block."""
        return Squeezed(self._out.done(), tuple(dict.fromkeys(self._names)))


def squeeze(
    segments: Sequence[Segment], context: Context, compressors: Sequence[Compressor]
) -> Squeezed:
    """Returns the block with every segment compressed by the best compressor for it."""
    if len(segments) == 1:
        compressed, name = _best(segments[0], context, compressors)
        return Squeezed(compressed, (name,) if name else ())
    out = _Joiner()
    _squeeze_into(out, segments, context, compressors, 0)
    return out.done()


def squeeze_around(
    data: bytes, found: Sequence[Repeat], plan: Plan, compressors: Sequence[Compressor]
) -> Squeezed:
    """Returns the block with repeats pointed at and the gaps between them compressed.

    A few lines of source code may look like something else: like a table, with columns to close up.
    """
    if nature_of(data) == "source":
        compressors = [c for c in compressors if c.name == source_code.NAME]
    out = _Joiner()
    position, line = 0, 1
    for repeat in found:
        gap = data[position : repeat.span.start]
        _squeeze_gap(out, gap, line, position, plan, compressors)
        out.point(repeat)
        position = repeat.span.end
        line = repeat.line + data.count(b"\n", repeat.span.start, repeat.span.end)
    _squeeze_gap(out, data[position:], line, position, plan, compressors)
    return out.done()


def _squeeze_gap(
    out: _Joiner,
    gap: bytes,
    line: int,
    offset: int,
    plan: Plan,
    compressors: Sequence[Compressor],
) -> None:
    if not gap:
        return
    context = replace(plan.context, omit=plan.context.omit and len(gap) >= GAP_TO_OMIT)
    segments = [replace(s, line=s.line + line - 1) for s in plan.segments(gap)]
    _squeeze_into(out, segments, context, compressors, offset)


def _squeeze_into(
    out: _Joiner,
    segments: Sequence[Segment],
    context: Context,
    compressors: Sequence[Compressor],
    offset: int,
) -> None:
    for part in segments:
        compressed, name = _best(part, context, compressors)
        out.add(compressed, part, name, offset)
        offset += len(part.data)


def _best(
    part: Segment, context: Context, compressors: Sequence[Compressor]
) -> tuple[Compressed, str | None]:
    if part.detection.content_type == WORDS:
        return Compressed(part.data), None
    for compressor in _fitting(part, compressors):
        compressed = compressor.compress(part, context)
        if compressed is not None:
            changed = compressed.data != part.data
            return compressed, compressor.name if changed else None
    return Compressed(part.data), None


def _fitting(part: Segment, compressors: Sequence[Compressor]) -> Iterator[Compressor]:
    """Yields the compressors that claim a segment, the best first; one that is certain at once."""
    ranked: list[tuple[float, int]] = []
    for n, compressor in enumerate(compressors):
        priority = compressor.priority(part)
        if priority >= CERTAIN:
            yield compressor
        elif priority >= 0:
            ranked.append((-priority, n))
    for _, n in sorted(ranked):
        yield compressors[n]
