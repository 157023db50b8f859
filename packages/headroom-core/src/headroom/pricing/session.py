"""The cost of a session: each request goes through a prompt cache as its provider describes it.

What is unchanged at the front is read, what is new is written, what no breakpoint covers is
input. Providers give no guarantee of a hit; this is what the session costs when the cache works.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from headroom.pricing.table import Lifetime, Price, Usage, price_of


@dataclass(frozen=True, slots=True)
class Part:
    """A block of a request: `key` is equal where its bytes are, `tokens` is its size."""

    key: str
    tokens: int


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent, in the order in which the provider caches it: tools, system, messages.

    Attributes:
        parts: Its blocks.
        output: Tokens of the answer.
        at: Seconds since some fixed point; None: nothing lapses.
        breakpoints: After how many parts there is one, for providers that cache only what is
            marked; None: one at the end.
    """

    parts: tuple[Part, ...]
    output: int = 0
    at: float | None = None
    breakpoints: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Bill:
    """What one request costs."""

    usage: Usage
    dollars: float


@dataclass(frozen=True, slots=True)
class SessionCost:
    """What a session costs, request by request."""

    bills: tuple[Bill, ...]

    @property
    def dollars(self) -> float:
        """The sum."""
        return sum(bill.dollars for bill in self.bills)


@dataclass(frozen=True, slots=True)
class Dollars:
    """What something costs as it came and as it goes out; `saved` is negative if it got dearer."""

    before: float
    after: float

    @property
    def saved(self) -> float:
        """Dollars before minus dollars after."""
        return self.before - self.after


def message_parts(messages: Sequence[object], count: Callable[[str], int]) -> tuple[Part, ...]:
    """Returns messages (or tools, or anything in JSON) as parts, one each.

    Args:
        messages: Any values that `json.dumps` takes.
        count: Counts tokens; of the JSON text, so that names and brackets are included.
    """
    texts = [json.dumps(m, ensure_ascii=False, separators=(",", ":")) for m in messages]
    return tuple(Part(text, count(text)) for text in texts)


def session_cost(
    requests: Sequence[Request], model: str | Price, *, lifetime: Lifetime = "5m"
) -> SessionCost | None:
    """Returns what a session costs; None where the model or the lifetime has no known price.

    Args:
        requests: The requests of one session, in order.
        model: Its name, or a price.
        lifetime: How long entries are kept, where the provider offers a choice.

    Raises:
        ValueError: A request has more breakpoints than the provider takes.

    Example:
        >>> hello = Request((Part("hello", 2000),))
        >>> [bill.usage.read for bill in session_cost([hello, hello], "claude-opus-5").bills]
        [0, 2000]
    """
    price = price_of(model) if isinstance(model, str) else model
    if price is None:
        return None
    cache = _Entries(price, lifetime)
    bills: list[Bill] = []
    for request in requests:
        usage = cache.take(request)
        dollars = price.of(usage, lifetime=lifetime)
        if dollars is None:
            return None
        bills.append(Bill(usage, dollars))
    return SessionCost(tuple(bills))


def session_dollars(
    before: Sequence[Request],
    after: Sequence[Request],
    model: str | Price,
    *,
    lifetime: Lifetime = "5m",
) -> Dollars | None:
    """Returns what a session costs as it came and as it went out; None where that is not known.

    Both go through the same cache, so what the provider's cache saves anyway is on both sides. A
    turn that exists only because the model asked for something back belongs to `after` alone.

    Args:
        before: The requests without compression, in order.
        after: The requests that were sent.
        model: Its name, or a price.
        lifetime: How long entries are kept, where the provider offers a choice.
    """
    costs = [session_cost(requests, model, lifetime=lifetime) for requests in (before, after)]
    if costs[0] is None or costs[1] is None:
        return None
    return Dollars(costs[0].dollars, costs[1].dollars)


def price_texts(
    before: tuple[int, int], after: tuple[int, int], model: str | Price, *, lifetime: Lifetime
) -> Dollars | None:
    """Returns what texts cost before and after, each given as tokens (cached, new)."""
    price = price_of(model) if isinstance(model, str) else model
    if price is None:
        return None
    costs = [
        price.of(
            Usage(fresh=cached + new) if price.read is None else Usage(cached, new),
            lifetime=lifetime,
        )
        for cached, new in (before, after)
    ]
    return None if costs[0] is None or costs[1] is None else Dollars(costs[0], costs[1])


class _Entries:
    """The prefixes that a provider keeps, and when each was used last."""

    def __init__(self, price: Price, lifetime: Lifetime) -> None:
        self._rules = price.cache
        self._off = price.read is None
        self._minimum = price.minimum or 0
        long = lifetime == "1h" and self._rules.lifetime_1h is not None
        self._lifetime = self._rules.lifetime_1h if long else self._rules.lifetime
        self._used: dict[bytes, float | None] = {}
        self._parts: tuple[Part, ...] = ()
        self._keys = [b""]

    def take(self, request: Request) -> Usage:
        """Returns what a request reads and writes, and keeps what it wrote."""
        keys = self._keys_of(request.parts)
        sizes = list(accumulate((p.tokens for p in request.parts), initial=0))
        marks = [n for n in self._marks(request) if n and sizes[n] >= self._minimum]
        if self._off or not marks:
            return Usage(fresh=sizes[-1], output=request.output)
        hit = max((self._reach(n, keys, sizes, request.at) for n in marks), default=0)
        for n in {*marks, hit} - {0}:
            self._used[keys[n]] = request.at
        last = max(*marks, hit)
        return Usage(sizes[hit], sizes[last] - sizes[hit], sizes[-1] - sizes[last], request.output)

    def _keys_of(self, parts: tuple[Part, ...]) -> list[bytes]:
        """Returns a name for each prefix; those of the request before are known."""
        known = len(self._parts) if parts[: len(self._parts)] == self._parts else 0
        new = accumulate((p.key for p in parts[known:]), _next_key, initial=self._keys[known])
        self._parts, self._keys = parts, [*self._keys[:known], *new]
        return self._keys

    def _marks(self, request: Request) -> Sequence[int]:
        parts = len(request.parts)
        if not self._rules.marked:
            return range(1, parts + 1)
        marks = (parts,) if request.breakpoints is None else request.breakpoints
        if len(marks) > self._rules.breakpoints or not all(0 <= n <= parts for n in marks):
            raise ValueError(
                f"expected at most {self._rules.breakpoints} breakpoints within {parts} parts, "
                f"got {marks}"
            )
        return marks

    def _reach(self, mark: int, keys: list[bytes], sizes: list[int], now: float | None) -> int:
        """Returns the end of the longest entry that a breakpoint finds; 0: none."""
        if not self._rules.marked:
            return mark if self._alive(keys[mark], now) else 0
        lowest = 0 if self._rules.lookback is None else mark - self._rules.lookback
        for n in range(mark, max(lowest, 0), -1):
            if sizes[n] >= self._minimum and self._alive(keys[n], now):
                return n
        return 0

    def _alive(self, key: bytes, now: float | None) -> bool:
        if key not in self._used:
            return False
        used = self._used[key]
        if now is None or used is None or self._lifetime is None:
            return True
        return now - used <= self._lifetime


def _next_key(before: bytes, key: str) -> bytes:
    data = key.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(before + data, digest_size=16).digest()
