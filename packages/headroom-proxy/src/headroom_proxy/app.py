"""The gateway as an ASGI application: bytes in, texts edited, bytes out, the answer untouched."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator

from headroom.pipeline.run import attempt
from headroom_proxy.edit import Editor
from headroom_proxy.guard import reason_to_refuse
from headroom_proxy.headers import Headers, for_client, for_upstream, header
from headroom_proxy.incoming import ClientGone, Incoming, Message, Receive, Send, TooLarge
from headroom_proxy.routes import Route, route
from headroom_proxy.settings import Settings
from headroom_proxy.upstream import Upstream, UpstreamError, host_of

_log = logging.getLogger("headroom.proxy")


class Gateway:
    """Forwards requests to providers, shorter.

    Args:
        settings: What it is told.
        editor: Compresses bodies; default: one for the mode in `settings`.
    """

    def __init__(self, settings: Settings, editor: Editor | None = None) -> None:
        self._settings = settings
        self._editor = editor or Editor(settings.mode, largest=settings.largest)
        self._upstream = Upstream(settings)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serves one connection's request, as ASGI servers ask for it."""
        match scope["type"]:
            case "lifespan":
                await self._lifespan(receive, send)
            case "http":
                await self._serve(Incoming(scope, receive), send)
            case _:
                await send({"type": "websocket.close", "code": 1008})

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.to_thread(attempt, self._editor.warm))
            await receive()
        await self._upstream.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, incoming: Incoming, send: Send) -> None:
        refused = reason_to_refuse(incoming.headers, self._settings)
        if refused is not None:
            await _say(send, *refused)
        elif not incoming.target.startswith(b"/"):
            await _say(send, 400, "expected a path: this is no proxy for other places")
        elif incoming.path == "/healthz":
            await _say(send, 200, "ok")
        elif (header(incoming.headers, b"upgrade") or b"").lower() == b"websocket":
            await _say(send, 426, "WebSockets are not forwarded; send the request over HTTP")
        else:
            await self._while_wanted(incoming, send)

    async def _while_wanted(self, incoming: Incoming, send: Send) -> None:
        """Forwards a request until it is answered, or the client goes away."""
        forward = asyncio.create_task(self._forward(incoming, send))
        gone = asyncio.create_task(incoming.gone())
        try:
            await asyncio.wait({forward, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
            if not forward.done():
                forward.cancel()
        await asyncio.wait({forward})
        if not forward.cancelled() and (error := forward.exception()) is not None:
            raise error

    async def _forward(self, incoming: Incoming, send: Send) -> None:
        to = route(incoming.method, incoming.path, incoming.headers, self._settings)
        begun = False
        try:
            body, headers = await self._request(incoming, to)
            method = incoming.method.encode()
            async with self._upstream.send(
                method, to.upstream, incoming.target, headers, body
            ) as answer:
                begun = True
                start = {"status": answer.status, "headers": for_client(answer.headers)}
                await send({"type": "http.response.start", **start})
                async for piece in answer.pieces:
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        except ClientGone:
            return
        except TooLarge:
            await _say(send, 413, f"the body is longer than {self._settings.largest:,} bytes")
        except UpstreamError as error:
            _log.warning("upstream=<%s> error=<%s> | no complete answer", to.upstream, error)
            if begun:
                return  # without its end, so that the server closes the connection: not complete
            await _say(send, error.status, f"{to.upstream}: {error}")

    async def _request(
        self, incoming: Incoming, to: Route
    ) -> tuple[bytes | AsyncIterator[bytes], Headers]:
        """Returns the body that goes up, read only where there may be something to edit."""
        headers, host = incoming.headers, host_of(to.upstream)
        if to.wire_format is None:
            return incoming.pieces(), for_upstream(headers, host, None)
        body = await incoming.whole(self._settings.largest)
        edited = await self._editor.edit(body, to, headers)
        if edited is not None:
            body = edited
            headers = [pair for pair in headers if pair[0] != b"content-encoding"]
        return body, for_upstream(headers, host, len(body))


async def _say(send: Send, status: int, message: str) -> None:
    """Answers in the gateway's own name, so that every provider's SDK can read the sentence."""
    if status == 200:
        body: object = {"status": message}
    else:
        error = {"type": "headroom", "message": f"headroom: {message}", "code": status}
        body = {"type": "error", "error": error}
    data = json.dumps(body).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(data))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": data})
