"""WebSockets between a client and its provider: messages in both directions, texts edited.

The provider is asked first: what it answers to the handshake, the client gets.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.datastructures import Headers as SocketHeaders
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.typing import Subprotocol

from headroom.pipeline.run import attempt
from headroom_proxy.dialogue import Asked, Dialogue
from headroom_proxy.edit import Editor
from headroom_proxy.exchange import Observer, Watch
from headroom_proxy.headers import Headers, for_client, for_upstream, header
from headroom_proxy.incoming import Message, Receive, Send
from headroom_proxy.own import Said, refusal
from headroom_proxy.routes import Route
from headroom_proxy.settings import Settings

_PING_SECONDS = 20.0
_BROKEN = 1011
_NO_CODE = {1005: 1000, 1006: _BROKEN, 1015: _BROKEN}
_BROKE_OFF = "the provider's connection broke off"
_JSON: Headers = [(b"content-type", b"application/json")]
_OK = 200

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
                relay = _Relay(self._settings, self._editor, self._observer, to, headers)
                await relay.run(upstream, receive, send)

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
            proxy=None,
            open_timeout=self._settings.connect,
            ping_interval=_PING_SECONDS,
            ping_timeout=self._settings.idle,
            max_size=None,
        )


async def deny(send: Send, said: Said) -> None:
    """Refuses a WebSocket with an answer of the gateway's own."""
    await _deny(send, said.status, said.all_headers, said.body)


class _Relay:
    """One socket: what the client asks for goes up, shorter; what the provider says comes down."""

    def __init__(
        self, settings: Settings, editor: Editor, observer: Observer, to: Route, headers: Headers
    ) -> None:
        self._dialogue = Dialogue(settings.largest)
        self._editor = editor
        self._observer = observer
        self._to = to
        self._headers = headers
        self._watches: deque[Watch] = deque()

    async def run(self, upstream: ClientConnection, receive: Receive, send: Send) -> None:
        up = asyncio.create_task(self._up(upstream, receive))
        down = asyncio.create_task(self._down(upstream, send))
        try:
            await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (up, down):
                task.cancel()
            for ended in await asyncio.gather(up, down, return_exceptions=True):
                if isinstance(ended, Exception):
                    _log.error("error=<%r> | a socket is closed", ended)
            for watch in self._watches:
                self._observer(watch.exchange())

    async def _up(self, upstream: ClientConnection, receive: Receive) -> None:
        while (message := await receive())["type"] == "websocket.receive":
            text = message.get("text")
            try:
                await upstream.send(message["bytes"] if text is None else await self._edited(text))
            except ConnectionClosed:
                return  # the other direction says so
        code = message.get("code") or 1005
        await upstream.close(_NO_CODE.get(code, code), message.get("reason") or "")

    async def _down(self, upstream: ClientConnection, send: Send) -> None:
        with suppress(OSError):  # the client is gone; the other direction says so
            with suppress(ConnectionClosed):  # not by a clean close; its code tells
                async for message in upstream:
                    kind = "text" if isinstance(message, str) else "bytes"
                    await send({"type": "websocket.send", kind: message})
                    if isinstance(message, str) and self._to.wire_format is not None:
                        self._note(message)
            code = upstream.close_code or 1006
            reason = upstream.close_reason or (_BROKE_OFF if code == 1006 else "")
            close = {"code": _NO_CODE.get(code, code), "reason": reason}
            await send({"type": "websocket.close", **close})

    async def _edited(self, text: str) -> str:
        """Returns a frame of the client's as it goes up."""
        if self._to.wire_format is None:
            return text
        frame = text.encode("utf-8", "surrogatepass")
        try:
            asked = self._dialogue.asked(frame)
        except ValueError:
            return text
        mode = self._editor.mode_of(self._headers)
        watch = Watch(self._to.provider, "/v1/responses", self._to.wire_format.name, mode)
        self._watches.append(watch)
        edited = None if asked is None else await self._edit(asked, watch)
        watch.sent(edited=edited is not None)
        return text if edited is None else edited.decode("utf-8", "surrogatepass")

    async def _edit(self, asked: Asked, watch: Watch) -> bytes | None:
        whole = await self._editor.edit(asked.whole, self._to, self._headers, watch.read)
        if whole is None:
            return None
        edited = attempt(partial(asked.edited, whole))
        if isinstance(edited, Exception):
            _log.error("error=<%r> | a request goes up as it came", edited)
            return None
        return edited

    def _note(self, text: str) -> None:
        """Notes what a frame of the provider's says; it has passed already."""
        if not self._watches:
            return
        watch = self._watches[0]
        if not watch.has_begun:
            watch.began(_OK, _JSON)
        event = self._dialogue.ended(text)
        if event is not None:
            if event["type"] == "error":
                status = event.get("status")
                watch.began(status if isinstance(status, int) else 500)
            watch.passed(text.encode("utf-8", "surrogatepass"))
            self._observer(self._watches.popleft().exchange())


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
