"""WebSockets between a client and its provider: the handshake.

The provider is asked first: what it answers to the handshake, the client gets.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.datastructures import Headers as SocketHeaders
from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.typing import Subprotocol

from headroom_proxy.edit import Editor
from headroom_proxy.exchange import Observer
from headroom_proxy.headers import Headers, for_client, for_upstream, header
from headroom_proxy.incoming import Message, Receive, Send
from headroom_proxy.own import Said, refusal
from headroom_proxy.relay import Relay
from headroom_proxy.routes import Route
from headroom_proxy.settings import Settings
from headroom_proxy.upstream import tls

_PING_SECONDS = 20.0

_log = logging.getLogger("headroom.proxy")


class _Connect(connect):
    """Stays where the settings say: a provider that points elsewhere is not followed."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class Sockets:
    """Forwards WebSockets.

    Args:
        settings: What the gateway is told.
        editor: Compresses bodies.
        observer: Is told about each request and its answer.
    """

    def __init__(self, settings: Settings, editor: Editor, observer: Observer) -> None:
        self._settings = settings
        self._editor = editor
        self._observer = observer

    async def serve(
        self, scope: Message, target: bytes, to: Route, receive: Receive, send: Send
    ) -> None:
        """Forwards one socket until either side closes it."""
        await receive()  # websocket.connect
        headers = [(name.lower(), value) for name, value in scope["headers"]]
        try:
            upstream = await self._connect(target, to, headers, scope["subprotocols"])
        except InvalidStatus as error:
            response = error.response
            found = [(k.encode(), v.encode("latin-1")) for k, v in response.headers.raw_items()]
            await _deny(send, response.status_code, for_client(found), bytes(response.body))
        except TimeoutError:
            await deny(send, refusal(504, f"{to.upstream}: no connection"))
        except (OSError, WebSocketException) as error:
            _log.warning("upstream=<%s> error=<%s> | no socket", to.upstream, error)
            await deny(send, refusal(502, f"{to.upstream}: no connection: {error}"))
        else:
            async with upstream:
                await _accept(send, upstream)
                told = self._settings, self._editor, self._observer
                await Relay(*told, to, headers, upstream, send).run(receive)

    async def _connect(
        self, target: bytes, to: Route, headers: Headers, subprotocols: Sequence[str]
    ) -> ClientConnection:
        url = urlsplit(to.upstream)
        scheme = "wss" if url.scheme == "https" else "ws"
        path = url.path.rstrip("/") + target.decode("latin-1")
        offered = header(headers, b"sec-websocket-extensions") or b""
        return await _Connect(
            f"{scheme}://{url.netloc}{path}",
            additional_headers=_for_upstream(headers),
            subprotocols=[Subprotocol(name) for name in subprotocols] or None,
            compression="deflate" if b"permessage-deflate" in offered else None,
            user_agent_header=None,
            proxy=self._settings.proxy_to(to.upstream),
            ssl=tls() if scheme == "wss" else None,
            open_timeout=self._settings.connect,
            ping_interval=_PING_SECONDS,
            ping_timeout=self._settings.idle,
            max_size=None,
        )


async def deny(send: Send, said: Said) -> None:
    """Refuses a WebSocket with an answer of the gateway's own."""
    await _deny(send, said.status, said.all_headers, said.body)


async def _accept(send: Send, upstream: ClientConnection) -> None:
    response = upstream.response
    found = response.headers.raw_items() if response else ()
    headers = for_client((k.encode(), v.encode("latin-1")) for k, v in found)
    kept = [pair for pair in headers if not pair[0].startswith(b"sec-websocket-")]
    await send({"type": "websocket.accept", "subprotocol": upstream.subprotocol, "headers": kept})


async def _deny(send: Send, status: int, headers: Headers, body: bytes) -> None:
    kept = [pair for pair in headers if pair[0] not in (b"content-length", b"date")]
    kept.append((b"content-length", b"%d" % len(body)))
    start = {"status": status, "headers": kept}
    await send({"type": "websocket.http.response.start", **start})
    await send({"type": "websocket.http.response.body", "body": body})


def _for_upstream(headers: Headers) -> SocketHeaders:
    kept = for_upstream(headers, b"", None)[1:]
    return SocketHeaders(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in kept
        if not name.startswith(b"sec-websocket-") and name != b"content-length"
    )
