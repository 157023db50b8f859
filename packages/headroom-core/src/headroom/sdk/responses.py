"""The SDKs' responses, joined: where the model asks for what was left out, its next answer follows.

Responses are objects of `httpx2`, or of `httpx`; which of them, they say themselves.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from functools import cache
from typing import Any, TypeAlias

from anyio import to_thread

from headroom.answering import Answering

Response: TypeAlias = Any
Stream: TypeAlias = Any
Kind: TypeAlias = Any

_ABOUT_BYTES = ("content-encoding", "content-length", "transfer-encoding")


def joined(first: Response, again: Callable[[bytes], Response], answering: Answering) -> Response:
    """Returns a response without calls of ours, and with what the model says after them.

    Args:
        first: The provider's response to what was asked.
        again: Returns that to another body.
        answering: What was asked.
    """
    match _kind_of(first):
        case "stream":
            pieces = _pieces(first, again, answering)
            return _like(first, stream=_stream_kind(_base_of(first, "Sync"))(first, pieces))
        case "whole":
            return _whole(first, again, answering)
        case _:
            return first


async def joined_async(
    first: Response, again: Callable[[bytes], Awaitable[Response]], answering: Answering
) -> Response:
    """Returns what `joined` does."""
    match _kind_of(first):
        case "stream":
            pieces = _pieces_async(first, again, answering)
            kind = _async_stream_kind(_base_of(first, "Async"))
            return _like(first, stream=kind(first, pieces))
        case "whole":
            return await _whole_async(first, again, answering)
        case _:
            return first


def _whole(first: Response, again: Callable[[bytes], Response], answering: Answering) -> Response:
    data = first.read()
    if not answering.takes(data):
        return first
    while answering.goes_on:
        more = again(answering.following())
        got = more.read()
        if not more.is_success or not answering.takes(got):
            return more
    answering.keep()
    return _like(first, content=answering.whole(data))


async def _whole_async(
    first: Response, again: Callable[[bytes], Awaitable[Response]], answering: Answering
) -> Response:
    data = await first.aread()
    if not answering.takes(data):
        return first
    while answering.goes_on:
        more = await again(await to_thread.run_sync(answering.following))
        got = await more.aread()
        if not more.is_success or not answering.takes(got):
            return more
    await to_thread.run_sync(answering.keep)
    return _like(first, content=answering.whole(data))


def _pieces(
    first: Response, again: Callable[[bytes], Response], answering: Answering
) -> Iterator[bytes]:
    """Yields the events of one answer; whatever is open is closed with it."""
    response = first
    try:
        yield from map(answering.take, response.iter_bytes())
        yield answering.rest()
        while answering.goes_on:
            response.close()
            response = again(answering.following())
            if not response.is_success:
                yield answering.failed(response.read(), response.status_code)
                return
            yield from map(answering.take, response.iter_bytes())
            yield answering.rest()
        answering.keep()
        yield answering.ending()
    finally:
        response.close()


async def _pieces_async(
    first: Response, again: Callable[[bytes], Awaitable[Response]], answering: Answering
) -> AsyncIterator[bytes]:
    """Yields what `_pieces` does."""
    response = first
    try:
        async for piece in response.aiter_bytes():
            yield answering.take(piece)
        yield answering.rest()
        while answering.goes_on:
            await response.aclose()
            response = await again(await to_thread.run_sync(answering.following))
            if not response.is_success:
                yield answering.failed(await response.aread(), response.status_code)
                return
            async for piece in response.aiter_bytes():
                yield answering.take(piece)
            yield answering.rest()
        await to_thread.run_sync(answering.keep)
        yield answering.ending()
    finally:
        await response.aclose()


def _kind_of(response: Response) -> str:
    """Returns how an answer of a model comes; nothing, if this is none."""
    kind = response.headers.get("content-type", "")
    if not response.is_success:
        return ""
    if kind.startswith("text/event-stream"):
        return "stream"
    return "whole" if kind.startswith("application/json") else ""


def _like(first: Response, **body: object) -> Response:
    """Returns a response with another body."""
    made = type(first)(
        first.status_code,
        headers=[pair for pair in first.headers.multi_items() if pair[0] not in _ABOUT_BYTES],
        request=first.request,
        extensions=first.extensions,
        history=first.history,
        **body,
    )
    if "stream" not in body:
        with suppress(RuntimeError):  # nobody timed it: no connection, but a transport of a test
            made.elapsed = first.elapsed
    return made


def _base_of(response: Response, how: str) -> Kind:
    """Returns the class of streams that a response wants to read from."""
    bases = (base for base in type(response.stream).__mro__ if base.__name__ == f"{how}ByteStream")
    return next(bases)


@cache
def _stream_kind(base: Kind) -> Kind:
    class Joined(base):  # type: ignore[misc] # known when there is a response
        """Pieces, and what has to be closed even if none was read."""

        def __init__(self, first: Response, pieces: Stream) -> None:
            self._first = first
            self._pieces = pieces

        def __iter__(self) -> Iterator[bytes]:
            return self._pieces  # type: ignore[no-any-return]

        def close(self) -> None:
            self._pieces.close()
            self._first.close()

    return Joined


@cache
def _async_stream_kind(base: Kind) -> Kind:
    class Joined(base):  # type: ignore[misc] # known when there is a response
        """The same for event loops."""

        def __init__(self, first: Response, pieces: Stream) -> None:
            self._first = first
            self._pieces = pieces

        def __aiter__(self) -> AsyncIterator[bytes]:
            return self._pieces  # type: ignore[no-any-return]

        async def aclose(self) -> None:
            await self._pieces.aclose()
            await self._first.aclose()

    return Joined
