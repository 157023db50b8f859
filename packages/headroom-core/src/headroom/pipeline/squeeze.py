"""Stage 3: each segment to the compressor that fits it best; what does not gain stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from headroom.protocols import Compressor, Context
from headroom.types import Compressed, Omission, Segment, Span


@dataclass(frozen=True, slots=True)
class Squeezed:
    """A block after its compressors, and the names of those that did something."""

    compressed: Compressed
    names: tuple[str, ...]


def squeeze(
    segments: Sequence[Segment], context: Context, compressors: Sequence[Compressor]
) -> Squeezed:
    """Returns the block with every segment compressed by the best compressor for it."""
    pieces: list[bytes] = []
    omissions: list[Omission] = []
    names: list[str] = []
    offset = size = 0
    for segment in segments:
        compressed = None
        ranked = max(
            ((c.priority(segment), n) for n, c in enumerate(compressors)), default=(-1.0, 0)
        )
        if ranked[0] >= 0:
            compressor = compressors[ranked[1]]
            compressed = compressor.compress(segment, context)
            if compressed is not None and compressed.data != segment.data:
                names.append(compressor.name)
        if compressed is None:
            compressed = Compressed(segment.data)
        omissions += (_shift(o, size, offset, segment.line - 1) for o in compressed.omissions)
        pieces.append(compressed.data)
        size += len(compressed.data)
        offset += len(segment.data)
    return Squeezed(Compressed(b"".join(pieces), tuple(omissions)), tuple(dict.fromkeys(names)))


def _shift(omission: Omission, size: int, offset: int, lines: int) -> Omission:
    by = lines if omission.unit == "lines" else 0
    return replace(
        omission,
        at=omission.at + size,
        span=Span(omission.span.start + offset, omission.span.end + offset),
        first=omission.first + by,
        last=omission.last + by,
    )
