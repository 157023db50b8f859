"""Requests to providers: bytes up, bytes down, with a limit on each wait and none on the whole."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpcore2

from headroom_proxy.headers import Headers
from headroom_proxy.settings import Settings


class UpstreamError(Exception):
    """The provider could not be reached, or did not answer.

    Attributes:
        status: What to tell the client: 502, or 504 where the time ran out.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider answers; `pieces` are the bytes as they come in.

    Raises:
        UpstreamError: While the pieces are read, the provider goes away or is silent for too long.
    """

    status: int
    headers: Headers
    pieces: AsyncIterator[bytes]


class Upstream:
    """Connections to providers, kept open between requests.

    Args:
        settings: How long to wait.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pool = httpcore2.AsyncConnectionPool(
            max_connections=None, max_keepalive_connections=64, keepalive_expiry=30.0, retries=1
        )

    async def close(self) -> None:
        """Closes all connections."""
        await self._pool.aclose()

    @asynccontextmanager
    async def send(
        self,
        method: bytes,
        base: str,
        target: bytes,
        headers: Headers,
        body: bytes | AsyncIterator[bytes],
    ) -> AsyncIterator[Answer]:
        """Sends a request and yields the answer as soon as it begins.

        A request is sent once: only a connection that cannot be made is tried again.

        Raises:
            UpstreamError: There is no answer.
        """
        url = urlsplit(base)
        where = httpcore2.URL(
            scheme=url.scheme.encode(),
            host=(url.hostname or "").encode(),
            port=url.port,
            target=url.path.rstrip("/").encode() + target,
        )
        request = httpcore2.Request(
            method, where, headers=headers, content=body,
            extensions={"timeout": {"connect": self._settings.connect}},
        )  # fmt: skip
        response = await self._begin(request)
        try:
            yield Answer(response.status, response.headers, self._pieces(response))
        finally:
            await response.aclose()

    async def _begin(self, request: httpcore2.Request) -> httpcore2.Response:
        seconds = self._settings.first_byte
        try:
            async with asyncio.timeout(seconds):
                return await self._pool.handle_async_request(request)
        except TimeoutError as error:
            raise UpstreamError(504, f"no answer within {seconds:g} seconds") from error
        except httpcore2.TimeoutException as error:
            raise UpstreamError(504, f"no connection: {_said(error)}") from error
        except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
            raise UpstreamError(502, f"no answer: {_said(error)}") from error

    async def _pieces(self, response: httpcore2.Response) -> AsyncIterator[bytes]:
        seconds = self._settings.idle
        pieces = aiter(response.aiter_stream())
        while True:
            try:
                async with asyncio.timeout(seconds):
                    piece = await anext(pieces)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                raise UpstreamError(504, f"silent for {seconds:g} seconds") from error
            except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
                raise UpstreamError(502, f"the answer broke off: {_said(error)}") from error
            yield piece


def host_of(base: str) -> bytes:
    """Returns the host of a URL as the header of that name has it."""
    return urlsplit(base).netloc.rpartition("@")[2].encode()


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__
