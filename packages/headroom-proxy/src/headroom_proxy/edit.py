"""From a client's body to the body that goes up."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from headroom import Headroom, Policy
from headroom.pipeline.run import attempt
from headroom.protocols import Store
from headroom.result import BodyResult
from headroom_proxy.encoding import decoded
from headroom_proxy.headers import Headers, header
from headroom_proxy.routes import Route
from headroom_proxy.settings import Mode

_log = logging.getLogger("headroom.proxy")


class Editor:
    """Compresses bodies in the client's own bytes.

    Nothing is left out: no model behind the gateway is given the means to ask for it.

    Args:
        mode: What is done, unless a request asks for something else.
        headroom: Compresses; default: without leaving anything out, with the user's store.
        saw: Is told the result for every body that was compressed, also where it was not sent.
        largest: Bytes of the longest body that is read, without its content encoding.
    """

    def __init__(
        self,
        mode: Mode,
        headroom: Headroom | None = None,
        saw: Callable[[BodyResult], None] | None = None,
        *,
        largest: int = 100 << 20,
    ) -> None:
        self._mode = mode
        self._headroom = headroom or Headroom(policy=Policy.lossless())
        self._saw = saw
        self._largest = largest

    @property
    def store(self) -> Store:
        """Where originals are kept."""
        return self._headroom.store

    def mode_of(self, headers: Headers) -> Mode:
        """Returns what a request asks for in `x-headroom-mode`, or what is usual."""
        match header(headers, b"x-headroom-mode"):
            case b"off":
                return "off"
            case b"observe":
                return "observe"
            case b"lossless":
                return "lossless"
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
            saw: Is told the result, if the body was compressed.
        """
        mode = self.mode_of(headers)
        if mode == "off" or route.wire_format is None:
            return None
        plain = decoded(body, header(headers, b"content-encoding"), self._largest)
        if plain is None:
            return None
        compress = partial(
            self._headroom.compress_body,
            plain,
            model=route.model or None,
            wire_format=route.wire_format,
        )
        result = await asyncio.to_thread(attempt, compress)
        if isinstance(result, Exception):
            _log.error("error=<%r> | a request goes up as it came", result)
            return None
        for told in (self._saw, saw):
            if told is not None:
                told(result)
        return result.body if mode == "lossless" and result.body != plain else None

    def warm(self) -> None:
        """Loads what the first request would have to wait for."""
        self._headroom.compress([{"role": "user", "content": "Hello"}])
