"""Lines that hold what a request quotes."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from headroom.compressors._select import Units

_QUOTED = re.compile(r"[\"'`]([^\"'`\n]{6,})[\"'`]")
_MOST = 120


def quoted(units: Units, request: str) -> frozenset[int]:
    """Returns the units that hold what a request quotes, of very many the first."""
    found: set[int] = set()
    for text in _QUOTED.findall(request):
        for place in _places(units.data, text.encode("utf-8", "replace")):
            found.add(bisect_right(units.starts, place) - 1)
            if len(found) >= _MOST:
                return frozenset(found)
    return frozenset(found)


def _places(data: bytes, text: bytes) -> Iterator[int]:
    """Yields where a text stands, once a line."""
    at = data.find(text)
    while at >= 0:
        yield at
        end = data.find(b"\n", at)
        at = data.find(text, end) if end >= 0 else -1
