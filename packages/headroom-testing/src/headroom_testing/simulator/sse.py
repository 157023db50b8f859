"""Server-sent events, and bodies in pieces."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from headroom.types import JSON


def event(data: JSON, name: str | None = None, *, end: str = "\n\n") -> bytes:
    """Returns one event."""
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {text}{end}".encode()


def pieces_of(text: str, size: int = 12) -> list[str]:
    """Returns a text in pieces as models send it; at least one."""
    return [text[n : n + size] for n in range(0, len(text), size)] or [""]


def split(frames: Sequence[bytes], places: int | Sequence[int] | None) -> Iterator[bytes]:
    """Yields the bytes of the frames, cut where asked; None: frame by frame."""
    if places is None:
        yield from frames
        return
    body = b"".join(frames)
    cuts = range(places, len(body), places) if isinstance(places, int) else sorted(set(places))
    at = 0
    for cut in (*(c for c in cuts if 0 < c < len(body)), len(body)):
        yield body[at:cut]
        at = cut
