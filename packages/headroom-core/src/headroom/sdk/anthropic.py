"""Anthropic's clients: a middleware, which the SDK runs for every attempt to send a request."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from anthropic import Middleware

from headroom.sdk.requests import Requests

Client: TypeAlias = Any
Request: TypeAlias = Any
Answer: TypeAlias = Any


class Compression(Middleware):
    """Compresses the conversation of a request."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    def handle(self, request: Request, call_next: Callable[[Request], Answer]) -> Answer:
        """Sends a shorter request."""
        return call_next(self._shorter(request))

    async def handle_async(
        self, request: Request, call_next: Callable[[Request], Awaitable[Answer]]
    ) -> Answer:
        """Sends a shorter request, without blocking the event loop."""
        return await call_next(await asyncio.to_thread(self._shorter, request))

    def _shorter(self, request: Request) -> Request:
        body = self._requests.shorter(request.url, request.json)
        return request if body is request.json else request.copy(body=body)


def wrapped(client: Client, requests: Requests) -> Client:
    """Returns a client that compresses; itself if it does already."""
    if any(isinstance(one, Compression) for one in client._middleware):
        return client
    return client.with_middleware(Compression(requests))


def unwrapped(client: Client) -> Client:
    """Returns a client without our middleware."""
    others = [one for one in client._middleware if not isinstance(one, Compression)]
    return client.copy(middleware=others)
