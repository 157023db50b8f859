"""Calls of the retrieve tool: answered on the way, and the model goes on in the same answer."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

from headroom import Headroom
from headroom.errors import HeadroomError
from headroom.formats import anthropic_messages, read_body, write_body
from headroom.result import BodyResult
from headroom.sessions import Sessions
from headroom.types import JSON, Insertion
from headroom_proxy.headers import Headers
from headroom_proxy.joining import Events, Joining
from headroom_proxy.upstream import Answer

_log = logging.getLogger("headroom.proxy")

_OK = 200
_SELECTORS: dict[str, type] = {
    "query": str, "lines": str, "rows": str, "path": str, "max_tokens": int,
}  # fmt: skip

Again = Callable[[bytes], AbstractAsyncContextManager[Answer]]
"""Sends another body to where the first went."""


class Retrieval:
    """Answers the model's calls of the retrieve tool.

    Args:
        sessions: Declared the tool, and keeps what is hidden from the client.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._headroom = Headroom(store=sessions.store)

    async def joined(self, answer: Answer, again: Again, sent: BodyResult) -> Answer:
        """Returns an answer without such calls, and with what the model says after them.

        Args:
            answer: The first.
            again: Asks for more.
            sent: What was asked.
        """
        headers = {name.lower(): value for name, value in answer.headers}
        kind, encoded = headers.get(b"content-type", b""), b"content-encoding" in headers
        if not sent.retrieves or answer.status != _OK or encoded:
            return answer
        if kind.startswith(b"text/event-stream"):
            stream = self._stream(answer, again, sent)
            return Answer(answer.status, _without_length(answer.headers), stream)
        if kind.startswith(b"application/json"):
            return await self._whole(answer, again, sent)
        return answer

    async def _stream(self, answer: Answer, again: Again, sent: BodyResult) -> AsyncIterator[bytes]:
        joining = Joining()
        async for piece in _events(answer, joining):
            yield piece
        body = sent.body
        while joining.goes_on:
            body = await self._next(body, joining)
            async with again(body) as more:
                if more.status != _OK:
                    yield await _failed(more)
                    return
                async for piece in _events(more, joining):
                    yield piece
        await self._end(joining, sent)
        if ending := joining.ending():
            yield ending

    async def _whole(self, answer: Answer, again: Again, sent: BodyResult) -> Answer:
        data = await _read(answer)
        first = last = _message(data)
        joining = Joining()
        if last is None:
            return Answer(answer.status, answer.headers, _once(data))
        joining.take_message(last)
        body = sent.body
        while joining.goes_on:
            body = await self._next(body, joining)
            async with again(body) as more:
                got = await _read(more)
                last = _message(got) if more.status == _OK else None
                if last is None:
                    return Answer(more.status, more.headers, _once(got))
                joining.take_message(last)
        await self._end(joining, sent)
        if joining.rounds:
            data = json.dumps(joining.message(first, last)).encode()
        headers = [*_without_length(answer.headers), (b"content-length", b"%d" % len(data))]
        return Answer(answer.status, headers, _once(data))

    async def _next(self, body: bytes, joining: Joining) -> bytes:
        """Returns the request with which the model goes on."""
        results = await asyncio.to_thread(self._results, joining)
        said = [
            {"role": "assistant", "content": joining.blocks},
            {"role": "user", "content": results},
        ]
        joining.end_round(results)
        joining.begin()
        request = read_body(body, anthropic_messages.FORMAT)
        elements = ",".join(json.dumps(message) for message in said)
        where = ("messages", len(request.messages))
        return write_body(request, [], [Insertion(where, elements)])

    async def _end(self, joining: Joining, sent: BodyResult) -> None:
        """Keeps what the client does not get, before it gets the end."""
        if joining.calls:
            joining.end_round(await asyncio.to_thread(self._results, joining))
        if joining.rounds:
            message = {"role": "assistant", "content": joining.visible}
            answered = self._sessions.rounds.answered
            await asyncio.to_thread(answered, sent.lineage[-1], message, joining.rounds)

    def _results(self, joining: Joining) -> list[JSON]:
        return [self._result(call) for _, call in joining.calls]

    def _result(self, call: JSON) -> JSON:
        asked = call.get("input")
        asked = asked if isinstance(asked, dict) else {}
        selected: JSON = {n: v for n, v in asked.items() if isinstance(v, _SELECTORS.get(n, ()))}
        result: JSON = {"type": "tool_result", "tool_use_id": call.get("id")}
        try:
            text = self._headroom.retrieve(str(asked.get("ref", "")), **selected)
        except HeadroomError as error:
            return {**result, "content": str(error), "is_error": True}
        return {**result, "content": text or "(empty)"}


async def _events(answer: Answer, joining: Joining) -> AsyncIterator[bytes]:
    events = Events()
    async for piece in answer.pieces:
        if shown := b"".join(map(joining.take, events.take(piece))):
            yield shown
    if events.rest():
        yield events.rest()


async def _read(answer: Answer) -> bytes:
    return b"".join([piece async for piece in answer.pieces])


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


def _message(data: bytes) -> JSON:
    """Returns the message in an answer, or None."""
    try:
        found = json.loads(data)
    except ValueError:
        return None
    is_message = isinstance(found, dict) and isinstance(found.get("content"), list)
    return found if is_message else None


async def _failed(answer: Answer) -> bytes:
    """Returns the event that tells the client what the provider said instead of going on."""
    data = await _read(answer)
    _log.warning("status=<%s> | the model could not go on after a retrieval", answer.status)
    try:
        said = json.loads(data)
    except ValueError:
        said = None
    if not isinstance(said, dict) or said.get("type") != "error":
        message = f"the provider answered {answer.status} when the model was to go on"
        said = {"type": "error", "error": {"type": "api_error", "message": message}}
    return b"event: error\ndata: " + json.dumps(said).encode() + b"\n\n"


def _without_length(headers: Headers) -> Headers:
    return [pair for pair in headers if pair[0].lower() != b"content-length"]
