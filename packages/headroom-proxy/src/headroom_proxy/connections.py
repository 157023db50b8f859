"""Requests to providers: bytes up, bytes down, with a limit on each wait and none on the whole.

The HTTP client takes a third of a second to load: nobody imports this before the gateway listens.
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from urllib.parse import unquote, urlsplit

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientHttpProxyError,
    ClientPayloadError,
    ClientResponse,
    ClientResponseError,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    DummyCookieJar,
    ServerDisconnectedError,
    TCPConnector,
)
from yarl import URL

from headroom_proxy.headers import Headers
from headroom_proxy.incoming import ClientGone
from headroom_proxy.settings import Settings, without_user
from headroom_proxy.upstream import Answer, UpstreamError, tls

_ONE_WRITE = 1 << 20
"""Bytes of the longest body that is given to the connection at once; a longer one waits for it."""

_LONGEST_LINE = 64 << 10
"""Bytes of the longest header that a provider may answer with."""


class Connections:
    """Connections to providers, kept open between requests.

    Nothing is added to a request or taken from an answer: no cookies, redirects, decoding or default
    headers.

    Args:
        settings: How long to wait.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._session: ClientSession | None = None

    async def close(self) -> None:
        """Closes all connections."""
        if self._session is not None:
            await self._session.close()

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

        What may have arrived is not sent again: only a connection that cannot be made is tried twice.

        Raises:
            UpstreamError: There is no answer.
        """
        if isinstance(body, bytes) and len(body) > _ONE_WRITE:
            body = _in_pieces(body)
        asking = {
            "headers": [(_text(name), _text(value)) for name, value in headers],
            "data": body or None,
            **_through(self._settings.proxy_to(base)),
        }
        where = URL(base.rstrip("/") + _text(target), encoded=True)
        response = await self._begin(_text(method), where, asking)
        try:
            yield Answer(response.status, list(response.raw_headers), self._pieces(response))
        finally:
            response.release()

    async def _begin(self, method: str, where: URL, asking: Mapping[str, Any]) -> ClientResponse:
        session = self._session = self._session or self._opened()
        seconds = self._settings.first_byte
        ask = partial(session.request, method, where, allow_redirects=False, **asking)
        try:
            async with asyncio.timeout(seconds):
                try:
                    return await ask()
                except ClientConnectorError:
                    return await ask()
        except ConnectionTimeoutError as error:
            raise UpstreamError(504, f"no connection: {_said(error)}") from error
        except TimeoutError as error:
            raise UpstreamError(504, f"no answer within {seconds:g} seconds") from error
        except ClientError as error:
            if isinstance(error.__cause__, ClientGone):  # while its body was passed on
                raise error.__cause__ from None
            raise UpstreamError(502, f"no answer: {_said(error)}") from error

    async def _pieces(self, response: ClientResponse) -> AsyncIterator[bytes]:
        seconds = self._settings.idle
        content = response.content
        while True:
            try:
                async with asyncio.timeout(seconds):
                    piece = await content.readany()
            except TimeoutError as error:
                raise UpstreamError(504, f"silent for {seconds:g} seconds") from error
            except ClientError as error:
                raise UpstreamError(502, f"the answer broke off: {_said(error)}") from error
            if not piece:
                return
            yield piece

    def _opened(self) -> ClientSession:
        return ClientSession(
            connector=TCPConnector(limit=0, keepalive_timeout=30.0, ssl=tls()),
            cookie_jar=DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=("accept", "accept-encoding", "content-type", "user-agent"),
            timeout=ClientTimeout(total=None, sock_connect=self._settings.connect),
            max_line_size=_LONGEST_LINE,
            max_field_size=_LONGEST_LINE,
        )


def _through(proxy: str | None) -> dict[str, Any]:
    """Returns how to ask for a connection through a proxy; its password apart, for URLs get printed."""
    if proxy is None:
        return {}
    url = urlsplit(proxy)
    said = f"{unquote(url.username or '')}:{unquote(url.password or '')}".encode()
    headers = {"Proxy-Authorization": f"Basic {b64encode(said).decode()}"} if url.username else None
    return {"proxy": without_user(proxy), "proxy_headers": headers}


async def _in_pieces(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), _ONE_WRITE):
        yield body[start : start + _ONE_WRITE]


def _text(value: bytes) -> str:
    """Returns what stands in the head of a request so that it is written as it came."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _said(error: Exception) -> str:
    """Returns what is wrong, without what aiohttp quotes: URLs, with keys in them, and answers."""
    match error:
        case ServerDisconnectedError():
            what = "the connection was closed"
        case ClientHttpProxyError():
            what = f"the HTTP proxy says {error.status} {error.message}"
        case ClientResponseError():
            what = error.message
        case ClientPayloadError():
            what = str(getattr(error.__cause__, "message", ""))
        case _:
            what = str(error)
    return what.partition("\n")[0].rstrip(":") or type(error).__name__
