"""A request as it comes in over ASGI, and how its headers change with its body."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, TypeAlias

Message: TypeAlias = MutableMapping[str, Any]
"""A scope or a message of the ASGI protocol."""

Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]
Headers: TypeAlias = Iterable[tuple[bytes, bytes]]

_DESCRIBING = frozenset({b"content-encoding", b"content-length", b"transfer-encoding"})
_DIGESTS = frozenset(
    {b"content-digest", b"content-md5", b"digest", b"repr-digest", b"x-amz-content-sha256"}
)


class Incoming:
    """The messages of a request; what was read of them can be received again.

    Args:
        receive: Of the ASGI protocol.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._kept: deque[Message] = deque()

    async def whole(self, largest: int) -> bytes | None:
        """Returns the body; None where it is longer than `largest` bytes, or breaks off."""
        size, more = 0, True
        while more:
            message = await self._receive()
            self._kept.append(message)
            size += len(message.get("body", b""))
            if message["type"] != "http.request" or size > largest:
                return None
            more = message.get("more_body", False)
        return b"".join(message.get("body", b"") for message in self._kept)

    def instead(self, body: bytes) -> None:
        """Puts another body in place of the one that was read."""
        self._kept = deque([{"type": "http.request", "body": body, "more_body": False}])

    async def receive(self) -> Message:
        """Returns the next message: first those that were read, then those that come."""
        return self._kept.popleft() if self._kept else await self._receive()


def header(headers: Headers, name: bytes) -> bytes | None:
    """Returns the last value of a header, or None; its name in lower case."""
    return next((value for key, value in reversed(list(headers)) if key.lower() == name), None)


def is_sealed(headers: Headers) -> bool:
    """Returns whether a header vouches for the body's bytes, so that nobody may change them."""
    signed = (header(headers, b"authorization") or b"").startswith(b"AWS4-")
    return signed or any(key.lower() in _DIGESTS for key, _ in headers)


def describing(headers: Headers, body: bytes) -> list[tuple[bytes, bytes]]:
    """Returns the headers of a request with another body, which has no content encoding."""
    others = [(key, value) for key, value in headers if key.lower() not in _DESCRIBING]
    return [*others, (b"content-length", b"%d" % len(body))]
