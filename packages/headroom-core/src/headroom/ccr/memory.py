"""An in-memory store: for tests, and for callers who want nothing on disk."""

from __future__ import annotations

from collections.abc import Sequence

from headroom.ccr.keys import key_of
from headroom.errors import KeyCollision
from headroom.types import Entry


class MemoryStore:
    """Keeps originals in a dict for the life of the process."""

    def __init__(self) -> None:
        self._originals: dict[str, str] = {}
        self._replaced: dict[str, str] = {}

    def put(self, entries: Sequence[Entry]) -> None:
        """Keeps the originals, or none of them on a key collision."""
        for entry in entries:
            if self._originals.get(entry.ref, entry.original) != entry.original:
                raise KeyCollision(f"reference {entry.ref} is taken by another original")
        for entry in entries:
            self._originals[entry.ref] = entry.original
            self._replaced[key_of(entry.replacement, 16)] = entry.ref

    def get(self, ref: str) -> str | None:
        """Returns the original behind a reference, or None."""
        return self._originals.get(ref)

    def original(self, replacement: str) -> str | None:
        """Returns what `replacement` was put in place of, or None."""
        ref = self._replaced.get(key_of(replacement, 16))
        return None if ref is None else self._originals[ref]
