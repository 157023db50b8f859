"""Stage 4: the markers that tell the model what was left out, and how to get it."""

from __future__ import annotations

from headroom.ccr.marker import as_counted, render
from headroom.types import Compressed


def mark(compressed: Compressed, ref: str, original: str) -> str:
    """Returns the text as the model will read it."""
    pieces: list[str] = []
    position = 0
    omissions = as_counted(compressed.omissions, original)
    for omission, marker in zip(omissions, render(omissions, ref), strict=True):
        pieces.append(compressed.data[position : omission.at].decode("utf-8"))
        position = omission.at
        if not marker:
            continue
        if pieces[-1] and not pieces[-1].endswith("\n"):
            pieces.append("\n")
        pieces.append(marker + "\n")
    pieces.append(compressed.data[position:].decode("utf-8"))
    return "".join(pieces)
