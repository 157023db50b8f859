"""Prompt caches as providers describe them, played honestly: what is read, written, or neither.

Sources: https://platform.claude.com/docs/en/build-with-claude/prompt-caching,
https://platform.openai.com/docs/guides/prompt-caching, https://ai.google.dev/gemini-api/docs/caching
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from headroom_testing.simulator.prompts import Prompt

Clock = Callable[[], float]

LOOKBACK = 20
"""Blocks that a breakpoint looks back for an entry, its own counted."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of a request: read from the cache, written to it for 5 minutes or an hour, neither."""

    read: int = 0
    written_5m: int = 0
    written_1h: int = 0
    fresh: int = 0

    @property
    def input(self) -> int:
        """All tokens that went in."""
        return self.read + self.written_5m + self.written_1h + self.fresh


@dataclass(slots=True)
class _Entry:
    keep: float
    used: float

    def alive(self, now: float) -> bool:
        return now - self.used < self.keep


class MarkedCache:
    """Anthropic's: an entry ends where a breakpoint is, and a later breakpoint looks back for it.

    Args:
        clock: Returns the time in seconds.
        minimum: Tokens of the shortest prefix that is cached.
    """

    def __init__(self, clock: Clock, minimum: int) -> None:
        self._clock = clock
        self._minimum = minimum
        self._entries: dict[bytes, _Entry] = {}

    def take(self, prompt: Prompt) -> Usage:
        """Returns what a request reads and writes, and keeps what it wrote."""
        now, keys, sizes = self._clock(), prompt.cache_keys, prompt.sizes
        marks = {
            n + 1: piece.keep
            for n, piece in enumerate(prompt.pieces)
            if piece.keep is not None and sizes[n + 1] >= self._minimum
        }
        hit = max((self._reach(end, keys, sizes, now) for end in marks), default=0)
        if hit:
            self._entries[keys[hit]].used = now
        written = {3600.0: 0, 300.0: 0}
        done = hit
        for end, keep in marks.items():
            if end > done:
                written[keep] += sizes[end] - sizes[done]
                done = end
            if not self._is_alive(keys[end], now):
                self._entries[keys[end]] = _Entry(keep, now)
        return Usage(sizes[hit], written[300.0], written[3600.0], sizes[-1] - sizes[done])

    def _reach(self, end: int, keys: list[bytes], sizes: list[int], now: float) -> int:
        for n in range(end, max(end - LOOKBACK, 0), -1):
            if sizes[n] >= self._minimum and self._is_alive(keys[n], now):
                return n
        return 0

    def _is_alive(self, key: bytes, now: float) -> bool:
        entry = self._entries.get(key)
        return entry is not None and entry.alive(now)


class AutomaticCache:
    """OpenAI's and Gemini's: every prefix is kept, and found in steps of some tokens.

    A prefix that ends inside a block is not found: less is read than the provider might.

    Args:
        clock: Returns the time in seconds.
        minimum: Tokens of the shortest prefix that is cached.
        step: Tokens that what is read is a multiple of.
        keep: Seconds without use after which a prefix is gone.
    """

    def __init__(
        self, clock: Clock, minimum: int = 1024, *, step: int = 128, keep: float = 1800.0
    ) -> None:
        self._clock = clock
        self._minimum = minimum
        self._step = step
        self._keep = keep
        self._used: dict[bytes, float] = {}

    def take(self, prompt: Prompt) -> Usage:
        """Returns what a request reads, and keeps its prefixes."""
        now, keys, sizes = self._clock(), prompt.cache_keys, prompt.sizes
        alive = [n for n, key in enumerate(keys) if now - self._used.get(key, -1e18) < self._keep]
        found = sizes[max(alive, default=0)]
        read = found // self._step * self._step if found >= self._minimum else 0
        if sizes[-1] >= self._minimum:
            self._used.update((key, now) for key in keys[1:])
        return Usage(read=read, fresh=sizes[-1] - read)
