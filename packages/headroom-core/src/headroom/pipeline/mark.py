"""Stage 4: the markers that tell the model what was left out, and how to get it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from headroom.ccr.marker import render
from headroom.detect.numbers import printed_numbers
from headroom.types import Compressed, Omission


def mark(compressed: Compressed, ref: str, original: str) -> str:
    """Returns the text as the model will read it."""
    pieces: list[str] = []
    position = 0
    omissions = _by_printed_numbers(compressed.omissions, original)
    for omission, marker in zip(omissions, render(omissions, ref), strict=True):
        pieces.append(compressed.data[position : omission.at].decode("utf-8"))
        position = omission.at
        if pieces[-1] and not pieces[-1].endswith("\n"):
            pieces.append("\n")
        pieces.append(marker + "\n")
    pieces.append(compressed.data[position:].decode("utf-8"))
    return "".join(pieces)


def _by_printed_numbers(omissions: Sequence[Omission], original: str) -> Sequence[Omission]:
    """Returns the omissions with the numbers that the lines of the original print, if they do."""
    if not any(o.unit == "lines" and not o.seen for o in omissions):
        return omissions
    numbers = printed_numbers(original.split("\n"))
    if numbers is None:
        return omissions
    return [
        replace(o, first=numbers[o.first - 1], last=numbers[o.last - 1])
        if o.unit == "lines" and not o.seen
        else o
        for o in omissions
    ]
