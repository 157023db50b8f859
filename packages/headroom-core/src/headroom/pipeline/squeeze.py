"""Stage 3: each segment to the compressor that fits it best; what does not gain stays.

Lines that the model can still read above are pointed at; what lies between them is compressed as
if it stood alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from headroom.compressors import repeats
from headroom.compressors.repeats import Repeat
from headroom.detect import segment
from headroom.protocols import Compressor, Context
from headroom.types import Compressed, Omission, Segment, Span

GAP_TO_OMIT = 4_000
"""Bytes of a gap between repeats from which it may lose lines; about 1,000 tokens."""


@dataclass(frozen=True, slots=True)
class Squeezed:
    """A block after its compressors, and the names of those that did something."""

    compressed: Compressed
    names: tuple[str, ...] = ()


class _Joiner:
    """Puts pieces together and moves their omissions to where they are in the block."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._omissions: list[Omission] = []
        self._names: list[str] = []
        self._size = 0

    def add(self, piece: Compressed, name: str | None, offset: int, line: int) -> None:
        """Takes a piece that stood at byte `offset`, line `line` of the block."""
        self._omissions += (self._moved(o, offset, line - 1) for o in piece.omissions)
        self._pieces.append(piece.data)
        self._size += len(piece.data)
        if name:
            self._names.append(name)

    def point(self, repeat: Repeat) -> None:
        """Takes a pointer to lines that stand above."""
        self._omissions.append(repeat.omission(self._size))
        self._names.append(repeats.NAME)

    def done(self) -> Squeezed:
        """Returns the block."""
        data, omissions = b"".join(self._pieces), tuple(self._omissions)
        return Squeezed(Compressed(data, omissions), tuple(dict.fromkeys(self._names)))

    def _moved(self, omission: Omission, offset: int, lines: int) -> Omission:
        by = lines if omission.unit == "lines" else 0
        return replace(
            omission,
            at=omission.at + self._size,
            span=Span(omission.span.start + offset, omission.span.end + offset),
            first=omission.first + by,
            last=omission.last + by,
        )


def squeeze(
    segments: Sequence[Segment], context: Context, compressors: Sequence[Compressor]
) -> Squeezed:
    """Returns the block with every segment compressed by the best compressor for it."""
    out = _Joiner()
    _squeeze_into(out, segments, context, compressors, 0)
    return out.done()


def squeeze_around(
    data: bytes, found: Sequence[Repeat], context: Context, compressors: Sequence[Compressor]
) -> Squeezed:
    """Returns the block with repeats pointed at and the gaps between them compressed."""
    out = _Joiner()
    position, line = 0, 1
    for repeat in found:
        gap = data[position : repeat.span.start]
        _squeeze_gap(out, gap, line, position, context, compressors)
        out.point(repeat)
        position = repeat.span.end
        line = repeat.line + data.count(b"\n", repeat.span.start, repeat.span.end)
    _squeeze_gap(out, data[position:], line, position, context, compressors)
    return out.done()


def _squeeze_gap(
    out: _Joiner,
    gap: bytes,
    line: int,
    offset: int,
    context: Context,
    compressors: Sequence[Compressor],
) -> None:
    if not gap:
        return
    context = replace(context, omit=context.omit and len(gap) >= GAP_TO_OMIT)
    segments = [replace(s, line=s.line + line - 1) for s in segment(gap)]
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
        out.add(compressed, name, offset, part.line)
        offset += len(part.data)


def _best(
    part: Segment, context: Context, compressors: Sequence[Compressor]
) -> tuple[Compressed, str | None]:
    ranked = max(((c.priority(part), -n) for n, c in enumerate(compressors)), default=(-1.0, 0))
    if ranked[0] < 0:
        return Compressed(part.data), None
    compressor = compressors[-ranked[1]]
    compressed = compressor.compress(part, context)
    if compressed is None or compressed.data == part.data:
        return Compressed(part.data), None
    return compressed, compressor.name
