"""A client's request as it comes in over ASGI."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias
from urllib.parse import parse_qs

from headroom_proxy.headers import Headers

Message: TypeAlias = MutableMapping[str, Any]
"""A message of the ASGI protocol."""

Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]


class ClientGone(Exception):
    """The client went away before its request was complete."""


class TooLarge(Exception):
    """The body is longer than what is read."""


class Incoming:
    """A request whose body is read when it is needed.

    Args:
        scope: Of the ASGI protocol.
        receive: The same.
    """

    def __init__(self, scope: Message, receive: Receive) -> None:
        self.method: str = scope.get("method", "GET")  # a WebSocket has none
        self.path: str = scope["path"]
        self.headers: Headers = [(name.lower(), value) for name, value in scope["headers"]]
        query: bytes = scope["query_string"]
        raw: bytes = scope["raw_path"] or scope["path"].encode()
        self.target = raw.partition(b"?")[0] + (b"?" + query if query else b"")
        self.query_string = query
        self.port: int = (scope.get("server") or ("", 0))[1] or 0
        self._receive = receive
        self._complete = asyncio.Event()

    @property
    def has_body(self) -> bool:
        """Whether a body follows the headers.

        Source: RFC 9112, section 6.3.
        """
        return any(name in (b"content-length", b"transfer-encoding") for name, _ in self.headers)

    def query(self, name: str) -> str | None:
        """Returns the first value that the query gives a name, or None."""
        return parse_qs(self.query_string.decode("latin-1")).get(name, [None])[0]

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yields the body as it comes in.

        Raises:
            ClientGone: The client went away.
        """
        while not self._complete.is_set():
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            if not message.get("more_body", False):
                self._complete.set()
            yield message.get("body", b"")

    async def whole(self, largest: int) -> bytes:
        """Returns the body.

        Raises:
            ClientGone: The client went away.
            TooLarge: It is longer than `largest` bytes.
        """
        found: list[bytes] = []
        size = 0
        async for piece in self.pieces():
            found.append(piece)
            size += len(piece)
            if size > largest:
                raise TooLarge
        return b"".join(found)

    async def gone(self) -> None:
        """Returns when the client goes away after its request was complete."""
        await self._complete.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass
