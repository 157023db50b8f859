"""What a rule returns: what is wrong, where, why, and what it costs."""

from __future__ import annotations

import re
from dataclasses import dataclass

from headroom.pricing import Lifetime, Price, Usage
from headroom.types import Path

_PLAIN = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that keeps the cache from working.

    Attributes:
        rule: Its name, as in `volatile`.
        path: Where, as JSONPath.
        why: A sentence.
        tokens: Tokens that are paid in full each time; 0 where a request is refused.
        dollars: What that costs each time; None where the price is not known.
    """

    rule: str
    path: str
    why: str
    tokens: int = 0
    dollars: float | None = None


@dataclass(frozen=True, slots=True)
class Tariff:
    """What a token costs that could have been read from the cache; without a price: unknown."""

    price: Price | None
    lifetime: Lifetime = "5m"

    @property
    def minimum(self) -> int:
        """Tokens from which a prefix is cached; 0 where that is not published."""
        return (self.price.minimum or 0) if self.price else 0

    def rewritten(self, tokens: int) -> float | None:
        """Returns the dollars that it costs to write tokens again instead of reading them."""
        return self._beyond_reading(Usage(written=tokens), tokens)

    def uncached(self, tokens: int) -> float | None:
        """Returns the dollars that it costs to send tokens as input instead of reading them."""
        return self._beyond_reading(Usage(fresh=tokens), tokens)

    def _beyond_reading(self, usage: Usage, tokens: int) -> float | None:
        if self.price is None or self.price.read is None:
            return None
        paid = self.price.of(usage, lifetime=self.lifetime)
        read = self.price.of(Usage(read=tokens))
        return None if paid is None or read is None else paid - read


def json_path(path: Path) -> str:
    """Returns a path as JSONPath."""
    steps = ["$"]
    for key in path:
        if isinstance(key, int):
            steps.append(f"[{key}]")
        else:
            steps.append(f".{key}" if _PLAIN.fullmatch(key) else f"[{key!r}]")
    return "".join(steps)
