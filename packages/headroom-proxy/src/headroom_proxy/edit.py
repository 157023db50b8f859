"""From a client's body to the body that goes up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from headroom import Policy
from headroom.encoding import decoded
from headroom.result import BodyResult
from headroom.sessions import Sessions, Way
from headroom.steering import Steering
from headroom_proxy.headers import Headers, header
from headroom_proxy.routes import Route
from headroom_proxy.settings import Mode

_WAYS: dict[Mode, Way] = {
    "on": Way(retrieving=Policy()),
    "lossless": Way(),
    "observe": Way(how="observe"),
    "off": Way(how="replay"),
}


class Editor:
    """Compresses bodies in the client's own bytes; what went out before goes out like that again.

    Something is left out only in mode `on`, and where the model has the means to ask for it.

    Args:
        mode: What is done, unless a request asks for something else.
        sessions: Compresses and records; default: with the user's store.
        saw: Is told the result for every body that was read, also where it was not sent.
        largest: Bytes of the longest body that is read, without its content encoding.
        steering: What is asked of models where a conversation begins.
    """

    def __init__(
        self,
        mode: Mode,
        sessions: Sessions | None = None,
        saw: Callable[[BodyResult], None] | None = None,
        *,
        largest: int = 100 << 20,
        steering: Steering | None = None,
    ) -> None:
        self._mode = mode
        self._sessions = sessions or Sessions()
        self._saw = saw
        self._largest = largest
        self._steering = steering

    @property
    def sessions(self) -> Sessions:
        """What compresses and records."""
        return self._sessions

    def mode_of(self, headers: Headers) -> Mode:
        """Returns what a request asks for in `x-headroom-mode`, or what is usual."""
        match header(headers, b"x-headroom-mode"):
            case b"off":
                return "off"
            case b"observe":
                return "observe"
            case b"lossless":
                return "lossless"
            case b"on":
                return "on"
            case _:
                return self._mode

    async def edit(
        self,
        body: bytes,
        route: Route,
        headers: Headers,
        saw: Callable[[BodyResult], None] | None = None,
    ) -> bytes | None:
        """Returns the bytes that go up, without content encoding; None: those that came.

        Args:
            body: As it came.
            route: Where it goes.
            headers: That came with it.
            saw: Is told the result, if the body was read.
        """
        if route.wire_format is None:
            return None
        plain = decoded(body, header(headers, b"content-encoding"), self._largest)
        if plain is None:
            return None
        way = _WAYS[self.mode_of(headers)]
        retrieving = way.retrieving if route.joins else None
        way = replace(way, records=route.generates, retrieving=retrieving, steering=self._steering)
        forward = partial(self._sessions.forward, model=route.model, wire_format=route.wire_format)
        result = await asyncio.to_thread(forward, plain, way)
        if result is None:
            return None
        for told in (self._saw, saw):
            if told is not None and route.generates:
                told(result)
        return result.body if result.body != plain else None

    def warm(self) -> None:
        """Loads what the first request would have to wait for."""
        hello = b'{"messages": [{"role": "user", "content": "Hello"}]}'
        self._sessions.send(hello, Way(records=False))
