"""Calls of the retrieve tool: answered on the way, and the model goes on in the same answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack

from headroom.answering import Answering
from headroom.protocols import WireFormat
from headroom.result import BodyResult
from headroom.sessions import Sessions
from headroom_proxy.headers import Headers
from headroom_proxy.upstream import Answer

_OK = 200

Again = Callable[[bytes], AbstractAsyncContextManager[Answer]]
"""Sends another body to where the first went."""


class Retrieval:
    """Answers the model's calls of the retrieve tool.

    Args:
        sessions: Declared the tool, and keeps what is hidden from the client.
        silence: Seconds after which a client that waits for another answer is told that it comes.
    """

    def __init__(self, sessions: Sessions, silence: float = 10.0) -> None:
        self._sessions = sessions
        self._silence = silence

    async def joined(
        self, answer: Answer, again: Again, sent: BodyResult, wire_format: WireFormat
    ) -> Answer:
        """Returns an answer without such calls, and with what the model says after them.

        Args:
            answer: The first.
            again: Asks for more.
            sent: What was asked.
            wire_format: Of both.
        """
        headers = {name.lower(): value for name, value in answer.headers}
        kind, encoded = headers.get(b"content-type", b""), b"content-encoding" in headers
        if not sent.retrieves or answer.status != _OK or encoded:
            return answer
        answering = Answering(self._sessions, sent, wire_format)
        if kind.startswith(b"text/event-stream"):
            stream = _stream(answer, again, answering, self._silence)
            return Answer(answer.status, _without_length(answer.headers), stream)
        if kind.startswith(b"application/json"):
            return await _whole(answer, again, answering)
        return answer


async def _stream(
    answer: Answer, again: Again, answering: Answering, silence: float
) -> AsyncIterator[bytes]:
    """Yields the events of one answer."""
    async for piece in _events(answer, answering):
        yield piece
    while answering.goes_on:
        async with AsyncExitStack() as stack:
            following = again(await asyncio.to_thread(answering.following))
            coming = asyncio.ensure_future(stack.enter_async_context(following))
            try:
                while not (await asyncio.wait({coming}, timeout=silence))[0]:
                    if answering.ping:
                        yield answering.ping
            finally:
                coming.cancel()
            more = await coming
            if more.status != _OK:
                yield answering.failed(await _read(more), more.status)
                return
            async for piece in _events(more, answering):
                yield piece
    await asyncio.to_thread(answering.keep)
    if ending := answering.ending():
        yield ending


async def _whole(answer: Answer, again: Again, answering: Answering) -> Answer:
    """Returns one answer; an error of the provider as it is."""
    data = await _read(answer)
    if not answering.takes(data):
        return Answer(answer.status, answer.headers, _once(data))
    while answering.goes_on:
        async with again(await asyncio.to_thread(answering.following)) as more:
            got = await _read(more)
            if more.status != _OK or not answering.takes(got):
                return Answer(more.status, more.headers, _once(got))
    await asyncio.to_thread(answering.keep)
    data = answering.whole(data)
    headers = [*_without_length(answer.headers), (b"content-length", b"%d" % len(data))]
    return Answer(answer.status, headers, _once(data))


async def _events(answer: Answer, answering: Answering) -> AsyncIterator[bytes]:
    async for piece in answer.pieces:
        if shown := answering.take(piece):
            yield shown
    if rest := answering.rest():
        yield rest


async def _read(answer: Answer) -> bytes:
    return b"".join([piece async for piece in answer.pieces])


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


def _without_length(headers: Headers) -> Headers:
    return [pair for pair in headers if pair[0].lower() != b"content-length"]
