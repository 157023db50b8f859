"""Splits a text into segments; what lies between them is never touched."""

from __future__ import annotations

from headroom.types import Detection, Segment


def segment(data: bytes) -> tuple[Segment, ...]:
    """Returns the segments of a text in order; joined, their data is the text."""
    return (Segment(data, Detection("text", 0.0)),)
