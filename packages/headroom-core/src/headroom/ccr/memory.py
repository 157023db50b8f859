"""An in-memory store: for tests, and for callers who want nothing on disk."""

from __future__ import annotations

from collections.abc import Sequence

from headroom.ccr.keys import digest_of
from headroom.errors import Ambiguous, KeyCollision
from headroom.types import Entry


class MemoryStore:
    """Keeps originals for the life of the process."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._replaced: dict[bytes, dict[bytes, str]] = {}

    def put(self, entries: Sequence[Entry]) -> None:
        """Keeps the originals, or none of them on a collision."""
        for entry in entries:
            taken = self._entries.get(entry.ref)
            if taken is not None and taken.original != entry.original:
                raise KeyCollision(f"reference {entry.ref} is taken by another original")
            known = self._replaced.get(digest_of(entry.replacement), {}).get(entry.context)
            if known not in (None, entry.ref):
                raise Ambiguous(entry.ref)
        for entry in entries:
            self._entries[entry.ref] = entry
            self._replaced.setdefault(digest_of(entry.replacement), {})[entry.context] = entry.ref

    def get(self, ref: str) -> str | None:
        """Returns the original behind a reference, or None."""
        entry = self._entries.get(ref)
        return entry.original if entry else None

    def original(self, replacement: str, context: bytes) -> str | None:
        """Returns what `replacement` was put in place of in a context, or the only one ever."""
        found = self._replaced.get(digest_of(replacement), {})
        refs = {found[context]} if context in found else set(found.values())
        return self._entries[refs.pop()].original if len(refs) == 1 else None

    def sent(self, replacement: str) -> bool:
        """Returns whether a text was ever put in place of an original."""
        return digest_of(replacement) in self._replaced

    def source(self, ref: str) -> str:
        """Returns what produced an original, or an empty string."""
        entry = self._entries.get(ref)
        return entry.source if entry else ""
