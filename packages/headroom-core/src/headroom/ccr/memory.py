"""An in-memory store: for tests, and for callers who want nothing on disk."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from threading import Lock

from headroom.ccr.keys import digest_of
from headroom.errors import Ambiguous, KeyCollision
from headroom.types import Entry


class MemoryStore:
    """Keeps originals for the life of the process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._entries: dict[str, Entry] = {}
        self._replaced: dict[bytes, dict[bytes, str]] = {}
        self._records: dict[bytes, bytes] = {}

    def put(self, entries: Sequence[Entry]) -> None:
        """Keeps the originals, or none of them on a collision."""
        fresh: dict[str, Entry] = {}
        places: dict[tuple[bytes, bytes], str] = {}
        with self._lock:
            for entry in entries:
                taken = fresh.setdefault(entry.ref, self._entries.get(entry.ref, entry))
                if taken.original != entry.original:
                    raise KeyCollision(f"reference {entry.ref} is taken by another original")
                key = digest_of(entry.replacement)
                known = self._replaced.get(key, {}).get(entry.context, entry.ref)
                if places.setdefault((key, entry.context), known) != entry.ref:
                    raise Ambiguous(entry.ref)
            self._entries.update(fresh)
            for (key, context), ref in places.items():
                self._replaced.setdefault(key, {})[context] = ref

    def get(self, ref: str) -> str | None:
        """Returns the original behind a reference, or None."""
        entry = self._entries.get(ref)
        return entry.original if entry else None

    def original(self, replacement: str, context: bytes) -> str | None:
        """Returns what `replacement` was put in place of in a context, or the only one ever."""
        with self._lock:
            found = self._replaced.get(digest_of(replacement), {})
            refs = {found[context]} if context in found else set(found.values())
        return self._entries[refs.pop()].original if len(refs) == 1 else None

    def sent(self, texts: Sequence[str]) -> list[bool]:
        """Returns for each text whether it was ever put in place of an original."""
        return [digest_of(text) in self._replaced for text in texts]

    def source(self, ref: str) -> str:
        """Returns what produced an original, or an empty string."""
        entry = self._entries.get(ref)
        return entry.source if entry else ""

    def record(self, records: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """Keeps records where there are none yet, and returns what is kept, one by one."""
        with self._lock:
            return [self._records.setdefault(key, data) for key, data in records]

    def recall(self, keys: Sequence[bytes]) -> list[bytes]:
        """Returns the records of the first keys, up to the first that has none."""
        with self._lock:
            return [self._records[key] for key in takewhile(self._records.__contains__, keys)]
