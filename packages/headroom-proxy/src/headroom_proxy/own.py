"""What the gateway answers itself: its health, its books, its dashboard, and the library as an API."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from headroom import Headroom, Policy
from headroom.errors import FormatError, KeyMissing, SelectorError, StoreError
from headroom.sessions import Sessions
from headroom.types import JSON
from headroom_proxy import dashboard
from headroom_proxy.about import About
from headroom_proxy.clerk import Clerk
from headroom_proxy.guard import Door
from headroom_proxy.headers import Headers
from headroom_proxy.incoming import Incoming

_PRIVATE: Headers = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
]
_LARGEST = 100 << 20
_MOST_DAYS = 400.0
_SELECTORS = ("query", "lines", "rows", "path")


@dataclass(frozen=True, slots=True)
class Said:
    """What the gateway answers."""

    status: int
    body: bytes
    content_type: bytes = b"application/json"
    headers: tuple[tuple[bytes, bytes], ...] = ()

    @property
    def all_headers(self) -> Headers:
        """Its headers, with those that every answer of ours has."""
        length = (b"content-length", b"%d" % len(self.body))
        return [(b"content-type", self.content_type), length, *_PRIVATE, *self.headers]


Answering: TypeAlias = Callable[[Incoming], Awaitable[Said]]


def refusal(status: int, message: str) -> Said:
    """Returns an error in the gateway's own name, so that every provider's SDK can read it."""
    error = {"type": "headroom", "message": f"headroom: {message}", "code": status}
    return _json({"type": "error", "error": error}, status)


class Own:
    """The gateway's own routes.

    Args:
        clerk: Keeps the books.
        sessions: What is compressed goes through them, and into their store.
        ready: Whether the first request need not wait any more.
        about: What the gateway says of itself.
    """

    def __init__(
        self, clerk: Clerk, sessions: Sessions, ready: Callable[[], bool], about: About
    ) -> None:
        self._clerk = clerk
        self._sessions = sessions
        self._store = sessions.store
        self._ready = ready
        self._about = about
        self._routes: dict[tuple[str, str], tuple[Door, Answering]] = {
            ("HEAD", "/"): (Door.PROVIDER, self._health),  # agents ask so whether anyone is there
            ("GET", "/healthz"): (Door.PROVIDER, self._health),
            ("GET", "/readyz"): (Door.PROVIDER, self._readiness),
            ("GET", "/about"): (Door.OWN, self._said_of_itself),
            ("GET", "/stats"): (Door.OWN, self._stats),
            ("GET", "/stats/texts"): (Door.OWN, self._texts),
            ("GET", "/metrics"): (Door.OWN, self._metrics),
            ("GET", "/dashboard"): (Door.PAGE, self._dashboard),
            ("POST", "/v1/compress"): (Door.OWN, self._compress),
            ("POST", "/v1/retrieve"): (Door.OWN, self._retrieve),
        }

    def find(self, method: str, path: str) -> tuple[Door, Answering] | None:
        """Returns who answers a request, and the door it comes in by; None: a provider."""
        return self._routes.get((method, path))

    async def _health(self, incoming: Incoming) -> Said:
        del incoming
        return _json({"status": "ok"})

    async def _readiness(self, incoming: Incoming) -> Said:
        del incoming
        if not self._ready():
            return refusal(503, "still loading")
        try:
            await asyncio.to_thread(self._sessions.check)
        except StoreError as error:
            return refusal(503, str(error))
        return _json({"status": "ready"})

    async def _said_of_itself(self, incoming: Incoming) -> Said:
        challenge = incoming.query("challenge")
        return _json(await asyncio.to_thread(self._about.said, challenge, incoming.port))

    async def _stats(self, incoming: Incoming) -> Said:
        try:
            days = float(incoming.query("days") or 1)
        except ValueError:
            return refusal(400, "days: expected a number")
        if not 0 < days <= _MOST_DAYS:
            return refusal(400, f"days: expected a number up to {_MOST_DAYS:g}")
        found = await asyncio.to_thread(self._clerk.stats, days)
        if found is None:
            return refusal(503, "nobody keeps the books")
        return _json({**found, "store": self._sessions.trouble})

    async def _texts(self, incoming: Incoming) -> Said:
        found = await asyncio.to_thread(self._clerk.texts, incoming.query("number") or "")
        if found is None:
            return refusal(404, "only the last requests can be looked at, and this is none of them")
        return _json(found)

    async def _metrics(self, incoming: Incoming) -> Said:
        del incoming
        from headroom_proxy import metrics  # noqa: PLC0415 - its library costs 50 ms; few ask

        labels = await asyncio.to_thread(self._clerk.labels)
        return Said(200, metrics.exposition(labels), metrics.CONTENT_TYPE)

    async def _dashboard(self, incoming: Incoming) -> Said:
        del incoming
        policy = (b"content-security-policy", dashboard.POLICY)
        return Said(200, dashboard.PAGE, b"text/html; charset=utf-8", (policy,))

    async def _compress(self, incoming: Incoming) -> Said:
        """Compresses messages; leaves something out only for who says to have `/v1/retrieve` wired."""
        asked = await _object(incoming)
        unknown = set(asked) - {"messages", "model", "query", "retrieves"}
        if unknown or not isinstance(asked.get("messages"), list):
            return refusal(400, "expected messages, and perhaps model, query and retrieves")
        policy = Policy() if asked.get("retrieves") is True else Policy.lossless()
        options = {name: str(asked[name]) for name in ("model", "query") if asked.get(name)}
        headroom = Headroom(policy=policy, store=self._store)
        try:
            compress = partial(headroom.compress, asked["messages"], **options)
            result = await asyncio.to_thread(compress)
        except FormatError as error:
            return refusal(400, str(error))
        figures = ("tokens_before", "tokens_after", "tokens_saved", "savings", "refs")
        return _json({"messages": list(result), **{n: getattr(result, n) for n in figures}})

    async def _retrieve(self, incoming: Incoming) -> Said:
        asked = await _object(incoming)
        if set(asked) - {"ref", "max_tokens", *_SELECTORS} or not isinstance(asked.get("ref"), str):
            return refusal(400, f"expected ref, and perhaps max_tokens, {', '.join(_SELECTORS)}")
        texts = {name: str(asked[name]) for name in _SELECTORS if asked.get(name)}
        limit = asked.get("max_tokens")
        headroom = Headroom(store=self._store)
        retrieve = partial(
            headroom.retrieve,
            asked["ref"],
            **texts,
            max_tokens=limit if isinstance(limit, int) else None,
        )
        try:
            return _json({"content": await asyncio.to_thread(retrieve)})
        except KeyMissing as error:
            return refusal(404, str(error))
        except SelectorError as error:
            return refusal(400, str(error))
        except StoreError as error:
            return refusal(503, str(error))


async def _object(incoming: Incoming) -> dict[str, JSON]:
    """Returns the body as a JSON object; anything else as an empty one."""
    try:
        found = json.loads(await incoming.whole(_LARGEST))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _json(value: JSON, status: int = 200) -> Said:
    return Said(status, json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace"))
