"""Files of JSON, line by line: what is broken is counted, not raised."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from headroom.types import JSON

_LONGEST = 64 << 20
"""Bytes of a line; longer ones are no record of a session."""


def json_lines(file: Path) -> Iterator[dict[str, JSON] | None]:
    """Yields the object on each line that is not empty; None where there is none."""
    with file.open("rb") as f:
        while line := f.readline(_LONGEST):
            if line.strip():
                yield _object(line)


def json_file(file: Path) -> JSON:
    """Returns what a file of JSON holds; None where that cannot be read."""
    try:
        return json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None


def _object(line: bytes) -> dict[str, JSON] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
