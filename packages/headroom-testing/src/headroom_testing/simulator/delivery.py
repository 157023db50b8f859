"""How an answer travels: in pieces, slowly, or not to its end."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeAlias

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from headroom_testing.simulator.script import Delivery
from headroom_testing.simulator.sse import split

_PATIENCE = 5.0
"""Seconds that a client has to notice a half-closed connection."""


class Connection(Protocol):
    """What is needed of a connection of the server."""

    client: tuple[str, int] | None
    transport: asyncio.Transport


Connections: TypeAlias = Callable[[], Iterable[Connection]]


class Delivered(Response):
    """A response of 200 that travels as it is told to.

    Args:
        frames: The body.
        media_type: Of the body.
        delivery: How it travels.
        connections: Returns the server's connections.
        cancelled: Is called when the client goes away before the end.
    """

    def __init__(
        self,
        frames: Sequence[bytes],
        media_type: str,
        delivery: Delivery,
        connections: Connections,
        cancelled: Callable[[], None],
    ) -> None:
        headers = {"request-id": "req_simulated", **dict(delivery.headers)}
        super().__init__(media_type=media_type, headers=headers)
        del self.headers["content-length"]
        self._pieces = list(split(frames, delivery.split))
        self._delivery = delivery
        self._connections = connections
        self._cancelled = cancelled

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends the response."""
        gone = asyncio.create_task(_gone(receive))
        try:
            await asyncio.wait([gone], timeout=self._delivery.first_byte)
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            if await self._send(send, gone):
                await send({"type": "http.response.body", "body": b""})
            elif gone.done():
                self._cancelled()
            else:
                await self._cut(scope, gone)
        finally:
            gone.cancel()

    async def _send(self, send: Send, gone: asyncio.Task[None]) -> bool:
        """Returns whether the body was sent to its end."""
        left = self._delivery.cut_after
        for n, piece in enumerate(self._pieces):
            if n and self._delivery.pause:
                await asyncio.wait([gone], timeout=self._delivery.pause)
            if gone.done():
                return False
            part = piece if left is None else piece[:left]
            await send({"type": "http.response.body", "body": part, "more_body": True})
            if left is not None and (left := left - len(part)) == 0:
                return False
        return True

    async def _cut(self, scope: Scope, gone: asyncio.Task[None]) -> None:
        transport = _transport(self._connections, scope)
        if self._delivery.cut == "reset":
            _reset(transport)
        else:
            transport.write_eof()
            await asyncio.wait([gone], timeout=_PATIENCE)


def reset(connections: Connections, request: HTTPConnection) -> Response:
    """Resets the connection of a request; returns a response that nobody gets."""
    _reset(_transport(connections, request.scope))
    return Response()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _transport(connections: Connections, scope: Scope) -> asyncio.Transport:
    client = tuple(scope["client"])
    return next(c.transport for c in connections() if c.client == client)


def _reset(transport: asyncio.Transport) -> None:
    raw = transport.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
