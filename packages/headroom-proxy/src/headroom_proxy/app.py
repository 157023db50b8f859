"""The gateway as an ASGI application: bytes in, texts edited, bytes out, the answer untouched."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar

from headroom.errors import StoreError
from headroom.pipeline.run import attempt
from headroom.result import BodyResult
from headroom.sessions import Sessions
from headroom_proxy.about import About
from headroom_proxy.books import Books
from headroom_proxy.clerk import Clerk, OwnClerk
from headroom_proxy.edit import Editor
from headroom_proxy.exchange import Watch
from headroom_proxy.guard import Door, reason_to_refuse
from headroom_proxy.headers import Headers, for_client, for_upstream
from headroom_proxy.incoming import ClientGone, Incoming, Message, Receive, Send, TooLarge
from headroom_proxy.manner import steering_of
from headroom_proxy.own import Own, Said, refusal
from headroom_proxy.retrieval import Retrieval
from headroom_proxy.routes import Route, route, socket_route
from headroom_proxy.settings import Settings
from headroom_proxy.sockets import Sockets, deny
from headroom_proxy.upstream import Answer, UpstreamError, host_of

if TYPE_CHECKING:
    from headroom_proxy.connections import Connections

_log = logging.getLogger("headroom.proxy")

_TRIES_TO_KEEP = (0.0, 0.4)
"""Seconds before each: a store that kept somebody waiting is left alone for a quarter of one."""

T = TypeVar("T")


class Gateway:
    """Forwards requests to providers, shorter.

    Args:
        settings: What it is told.
        editor: Compresses bodies; default: one for the mode in `settings`.
        books: Where figures are kept; default: a file in the user's data directory.
        clerk: Keeps the books in place of this process.
    """

    def __init__(
        self,
        settings: Settings,
        editor: Editor | None = None,
        books: Books | None = None,
        clerk: Clerk | None = None,
    ) -> None:
        self._settings = settings
        self._editor = editor or Editor(
            settings.mode,
            Sessions(settings.store or None),
            largest=settings.largest,
            steering=steering_of(settings),
        )
        self._connections: Connections | None = None
        self._retrieval = Retrieval(self._editor.sessions)
        self._clerk = clerk or OwnClerk.of(settings, books)
        self._sockets = Sockets(settings, self._editor, self._clerk.take)
        self._is_warm = False
        self._own = Own(self._clerk, self._editor.sessions, lambda: self._is_warm, About(settings))

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serves one connection's request, as ASGI servers ask for it."""
        match scope["type"]:
            case "lifespan":
                await self._lifespan(receive, send)
            case "http":
                await self._serve(Incoming(scope, receive), send)
            case _:
                await self._serve_socket(Incoming(scope, receive), scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        self._clerk.start()
        await send({"type": "lifespan.startup.complete"})
        async with asyncio.TaskGroup() as group:
            group.create_task(self._warm())
            await receive()
        await self._keep()
        self._clerk.stop()
        if self._connections is not None:
            await self._connections.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _keep(self) -> None:
        """Gives the store what it did not take; this is the last chance."""
        for pause in _TRIES_TO_KEEP:
            await asyncio.sleep(pause)
            if not isinstance(
                await asyncio.to_thread(attempt, self._editor.sessions.check), StoreError
            ):
                return

    async def _warm(self) -> None:
        await self._connected()
        await asyncio.to_thread(attempt, self._editor.warm)
        self._is_warm = True

    async def _connected(self) -> Connections:
        if self._connections is not None:
            return self._connections
        found = await asyncio.to_thread(import_module, "headroom_proxy.connections")
        if self._connections is None:  # another request may have been faster
            self._connections = found.Connections(self._settings)
        return self._connections

    async def _serve(self, incoming: Incoming, send: Send) -> None:
        door, answering = self._own.find(incoming.method, incoming.path) or (Door.PROVIDER, None)
        refused = reason_to_refuse(incoming.headers, incoming.target, self._settings, door)
        if refused is not None:
            await _say(send, refusal(*refused))
        elif answering is not None:
            await self._answer(answering(incoming), send)
        else:
            asked = incoming.method, incoming.path, incoming.headers
            to = route(*asked, self._settings, incoming.query_string)
            if to.upstream:
                await self._while_wanted(incoming, to, send)
            else:
                await _say(send, _nowhere(to))

    async def _answer(self, answering: Awaitable[Said], send: Send) -> None:
        """Answers in the gateway's own name, also where it fails."""
        found = await _attempted(answering)
        match found:
            case Said():
                await _say(send, found)
            case ClientGone():
                return
            case TooLarge():
                await _say(send, self._too_large())
            case error:
                _log.error("error=<%r> | a question to the gateway itself", error)
                await _say(send, refusal(503, f"this could not be answered: {error!r}"))

    def _too_large(self) -> Said:
        return refusal(413, f"the body is longer than {self._settings.largest:,} bytes")

    async def _serve_socket(
        self, incoming: Incoming, scope: Message, receive: Receive, send: Send
    ) -> None:
        to = socket_route(incoming.path, self._settings)
        refused = reason_to_refuse(incoming.headers, incoming.target, self._settings)
        if refused is not None:
            await deny(send, refusal(*refused))
        elif not to.upstream:
            await deny(send, _nowhere(to))
        else:
            await self._sockets.serve(scope, incoming.target, to, receive, send)

    async def _while_wanted(self, incoming: Incoming, to: Route, send: Send) -> None:
        """Forwards a request until it is answered, or the client goes away."""
        wire = to.wire_format.name if to.wire_format and to.generates else ""
        mode = self._editor.mode_of(incoming.headers)
        watch = Watch(to.provider, incoming.path, wire, mode, incoming.headers)
        forward = asyncio.create_task(self._forward(incoming, to, send, watch))
        gone = asyncio.create_task(incoming.gone())
        try:
            await asyncio.wait({forward, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
            if not forward.done():
                forward.cancel()
        await asyncio.wait({forward})
        error = None if forward.cancelled() else forward.exception()
        if error is not None:
            _log.error("upstream=<%s> error=<%r> | a defect of ours", to.upstream, error)
            if not watch.has_begun:  # else without its end, so that it does not look complete
                watch.began(502)
                await _say(send, refusal(502, f"{to.upstream}: a defect of ours: {error!r}"))
        self._clerk.take(watch.exchange())

    async def _forward(self, incoming: Incoming, to: Route, send: Send, watch: Watch) -> None:
        begun = False
        try:
            body, headers, sent = await self._request(incoming, to, watch)
            method = incoming.method.encode()
            upstream = await self._connected()
            send_up = partial(upstream.send, method, to.upstream, incoming.target)
            async with send_up(headers, body) as first:
                answer = replace(first, pieces=_noted(first, watch))
                if sent is not None and sent.retrieves and to.wire_format is not None:
                    again = partial(_again, send_up, headers, watch)
                    answer = await self._retrieval.joined(answer, again, sent, to.wire_format)
                begun = True
                watch.began(answer.status, answer.headers)
                start = {"status": answer.status, "headers": for_client(answer.headers)}
                await send({"type": "http.response.start", **start})
                async for piece in answer.pieces:
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        except ClientGone:
            return
        except TooLarge:
            watch.began(413)
            await _say(send, self._too_large())
        except UpstreamError as error:
            _log.warning("upstream=<%s> error=<%s> | no complete answer", to.upstream, error)
            if begun:
                return  # without its end, so that the server closes the connection: not complete
            watch.began(error.status)
            await _say(send, refusal(error.status, f"{to.upstream}: {error}"))

    async def _request(
        self, incoming: Incoming, to: Route, watch: Watch
    ) -> tuple[bytes | AsyncIterator[bytes], Headers, BodyResult | None]:
        """Returns the body that goes up, read only where there may be something to edit."""
        headers, host = incoming.headers, host_of(to.upstream)
        if to.wire_format is None:
            passing = incoming.pieces() if incoming.has_body else await incoming.whole(0)
            return passing, for_upstream(headers, host, None), None
        body = await incoming.whole(self._settings.largest)
        watch.came()
        results: list[BodyResult] = []
        edited = await self._editor.edit(body, to, headers, results.append)
        sent = results[0] if results else None
        if sent is not None:
            watch.read(sent)
        watch.sent(edited=edited is not None)
        if edited is not None:
            body = edited
            headers = [pair for pair in headers if pair[0] != b"content-encoding"]
        if sent is not None and sent.retrieves:  # what has to be read is asked for plain
            headers = [pair for pair in headers if pair[0] != b"accept-encoding"]
        return body, for_upstream(headers, host, len(body)), sent


async def _attempted(work: Awaitable[T]) -> T | Exception:
    """Returns what comes of something, or what it raises."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task})
    finally:
        task.cancel()
    error = task.exception()
    return error if isinstance(error, Exception) else task.result()


async def _noted(answer: Answer, watch: Watch) -> AsyncIterator[bytes]:
    """Yields the pieces of a provider's answer, and has them noted."""
    async for piece in answer.pieces:
        watch.passed(piece)
        yield piece


@asynccontextmanager
async def _again(
    send_up: Callable[[Headers, bytes], AbstractAsyncContextManager[Answer]],
    headers: Headers,
    watch: Watch,
    body: bytes,
) -> AsyncIterator[Answer]:
    """Sends another body under the same headers."""
    watch.asked_again()
    length = (b"content-length", b"%d" % len(body))
    headers = [*(pair for pair in headers if pair[0] != length[0]), length]
    async with send_up(headers, body) as answer:
        yield replace(answer, pieces=_noted(answer, watch))


def _nowhere(to: Route) -> Said:
    return refusal(404, f"no place is set for this path: headroom proxy --{to.provider} URL")


async def _say(send: Send, said: Said) -> None:
    """Answers in the gateway's own name."""
    start = {"status": said.status, "headers": said.all_headers}
    await send({"type": "http.response.start", **start})
    await send({"type": "http.response.body", "body": said.body})
