"""An in-memory store: for tests, and for callers who want nothing on disk."""

from __future__ import annotations

from collections.abc import Sequence

from headroom.ccr.keys import digest_of
from headroom.errors import KeyCollision
from headroom.types import Entry


class MemoryStore:
    """Keeps originals for the life of the process."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._replaced: dict[bytes, str] = {}

    def put(self, entries: Sequence[Entry]) -> None:
        """Keeps the originals, or none of them on a key collision."""
        for entry in entries:
            taken = self._entries.get(entry.ref)
            if taken is not None and taken.original != entry.original:
                raise KeyCollision(f"reference {entry.ref} is taken by another original")
        for entry in entries:
            self._entries[entry.ref] = entry
            self._replaced[digest_of(entry.replacement)] = entry.ref

    def get(self, ref: str) -> str | None:
        """Returns the original behind a reference, or None."""
        entry = self._entries.get(ref)
        return entry.original if entry else None

    def original(self, replacement: str) -> str | None:
        """Returns what `replacement` was put in place of, or None."""
        ref = self._replaced.get(digest_of(replacement))
        return None if ref is None else self._entries[ref].original

    def source(self, ref: str) -> str:
        """Returns what produced an original, or an empty string."""
        entry = self._entries.get(ref)
        return entry.source if entry else ""
