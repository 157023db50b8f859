"""Calls of the retrieve tool: answered on the way, and the model goes on in the same answer."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from functools import partial

from headroom import Headroom
from headroom.asked import Answer as Answered
from headroom.asked import answer
from headroom.formats import read_body
from headroom.formats.rounds import ROUNDS, appended
from headroom.pipeline.run import attempt
from headroom.protocols import WireFormat
from headroom.result import BodyResult
from headroom.sessions import Sessions
from headroom.types import JSON
from headroom_proxy.headers import Headers
from headroom_proxy.joining import JOINING, Events, Joining
from headroom_proxy.upstream import Answer

_log = logging.getLogger("headroom.proxy")

_OK = 200
_ENOUGH = (
    "Not shown: this was asked for too often within one answer. Go on with what is there; what is "
    "still missing can be asked for after the next message."
)
_BROKEN = "Not shown: the store failed. The tool that printed this can be run again."

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
        self._headroom = Headroom(store=sessions.store)
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
        one = _Answering(self._sessions, self._headroom, again, sent, wire_format)
        if kind.startswith(b"text/event-stream"):
            stream = one.stream(answer, self._silence)
            return Answer(answer.status, _without_length(answer.headers), stream)
        if kind.startswith(b"application/json"):
            return await one.whole(answer)
        return answer


class _Answering:
    """One answer to a client, until the model has no more calls for us."""

    def __init__(
        self,
        sessions: Sessions,
        headroom: Headroom,
        again: Again,
        sent: BodyResult,
        wire_format: WireFormat,
    ) -> None:
        self._sessions = sessions
        self._headroom = headroom
        self._again = again
        self._sent = sent
        self._format = wire_format
        self._rounds = ROUNDS[wire_format.name]
        self._joining: Joining = JOINING[wire_format.name]()
        self._body = sent.body

    async def stream(self, answer: Answer, silence: float) -> AsyncIterator[bytes]:
        """Yields the events of one answer."""
        joining = self._joining
        async for piece in _events(answer, joining):
            yield piece
        while joining.goes_on:
            async with AsyncExitStack() as stack:
                coming = asyncio.ensure_future(stack.enter_async_context(await self._next()))
                try:
                    while not (await asyncio.wait({coming}, timeout=silence))[0]:
                        if joining.ping:
                            yield joining.ping
                finally:
                    coming.cancel()
                more = await coming
                if more.status != _OK:
                    yield await _failed(more, joining)
                    return
                async for piece in _events(more, joining):
                    yield piece
        await self._end()
        if ending := joining.ending():
            yield ending

    async def whole(self, answer: Answer) -> Answer:
        """Returns one answer; an error of the provider as it is."""
        joining = self._joining
        data = await _read(answer)
        if not _takes(joining, data):
            return Answer(answer.status, answer.headers, _once(data))
        while joining.goes_on:
            async with await self._next() as more:
                got = await _read(more)
                if more.status != _OK or not _takes(joining, got):
                    return Answer(more.status, more.headers, _once(got))
        await self._end()
        if joining.joined:
            data = json.dumps(joining.message()).encode()
        headers = [*_without_length(answer.headers), (b"content-length", b"%d" % len(data))]
        return Answer(answer.status, headers, _once(data))

    async def _next(self) -> AbstractAsyncContextManager[Answer]:
        """Returns the request with which the model goes on."""
        joining = self._joining
        results = await asyncio.to_thread(self._results)
        said = self._rounds.exchange(joining.said, results)
        joining.end_round(results)
        joining.begin()
        self._body = appended(read_body(self._body, self._format), said)
        return self._again(self._body)

    async def _end(self) -> None:
        """Keeps what the client does not get, before it gets the end."""
        joining = self._joining
        if joining.calls and joining.waits:
            joining.end_round(await asyncio.to_thread(self._results))
        if joining.rounds:
            keep = partial(
                self._sessions.rounds.answered,
                self._format,
                self._sent.lineage[-1],
                joining.visible,
                joining.rounds,
            )
            error = await asyncio.to_thread(attempt, keep)
            if isinstance(error, Exception):
                _log.error("error=<%r> | the next request lacks what was retrieved", error)

    def _results(self) -> list[JSON]:
        return [self._result(call) for _, call in self._joining.calls]

    def _result(self, call: JSON) -> JSON:
        if self._joining.is_enough:
            return self._rounds.result(call, _ENOUGH, failed=True)
        asked = self._rounds.arguments(call)
        found = attempt(partial(answer, asked, self._headroom.retrieve))
        if isinstance(found, Exception):
            _log.warning("error=<%r> | a retrieval failed", found)
            found = Answered(_BROKEN, failed=True)
        return self._rounds.result(call, found.text, failed=found.failed)


async def _events(answer: Answer, joining: Joining) -> AsyncIterator[bytes]:
    events = Events()
    async for piece in answer.pieces:
        if shown := b"".join(_shown(event, joining) for event in events.take(piece)):
            yield shown
    if events.rest():
        yield events.rest()


def _shown(event: bytes, joining: Joining) -> bytes:
    """Returns what a client gets of an event; all of it, where nobody knows what it means."""
    shown = attempt(partial(joining.take, event))
    if isinstance(shown, Exception):
        _log.warning("error=<%r> | an event passes as it came", shown)
        return event
    return shown


async def _read(answer: Answer) -> bytes:
    return b"".join([piece async for piece in answer.pieces])


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


def _takes(joining: Joining, data: bytes) -> bool:
    """Returns whether this is an answer of a model."""
    try:
        return joining.take_message(json.loads(data))
    except ValueError:
        return False


async def _failed(answer: Answer, joining: Joining) -> bytes:
    """Returns the event that tells the client what the provider said instead of going on."""
    data = await _read(answer)
    _log.warning("status=<%s> | the model could not go on after a retrieval", answer.status)
    try:
        said = json.loads(data)
    except ValueError:
        said = None
    return joining.failed(said, answer.status)


def _without_length(headers: Headers) -> Headers:
    return [pair for pair in headers if pair[0].lower() != b"content-length"]
