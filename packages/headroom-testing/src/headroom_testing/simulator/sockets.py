"""Responses over one WebSocket: one event a frame, and a memory that ends with the connection.

Sources: https://developers.openai.com/api/docs/guides/websocket-mode,
https://developers.openai.com/api/docs/guides/steering
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress

from starlette.websockets import WebSocket, WebSocketDisconnect

from headroom.errors import FormatError
from headroom.types import JSON
from headroom_testing.simulator import openai_responses
from headroom_testing.simulator.provider import Answered, Provider
from headroom_testing.simulator.recording import Recorded
from headroom_testing.simulator.script import Delivery, Refusal, Reset

_CALL = "function_call"


class ResponsesSocket:
    """Answers what one client asks for, lane by lane in the order in which it comes.

    Args:
        socket: The client's connection.
        provider: Answers.
        record: Notes a frame.
        reset: Resets the connection.
    """

    def __init__(
        self,
        socket: WebSocket,
        provider: Provider,
        record: Callable[[bytes], Recorded],
        reset: Callable[[], object],
    ) -> None:
        self._socket = socket
        self._provider = provider
        self._record = record
        self._reset = reset
        self._asked: asyncio.Queue[Recorded | None] = asyncio.Queue()
        self._stopped = asyncio.Event()
        self._steered: list[JSON] = []
        self._latest: dict[str, dict[str, list[JSON]]] = {}

    async def serve(self) -> None:
        """Answers until the client goes."""
        reading = asyncio.create_task(self._read())
        try:
            while (recorded := await self._asked.get()) is not None:
                await self._answer(recorded)
        except WebSocketDisconnect:
            return
        finally:
            reading.cancel()

    async def _read(self) -> None:
        try:
            while True:
                recorded = self._record((await self._socket.receive_text()).encode())
                match _parsed(recorded).get("type"):
                    case "response.cancel":
                        self._stopped.set()
                    case "response.steer":
                        self._steered += openai_responses.items_of(_parsed(recorded))
                        await self._send({"type": "response.steer.accepted"})
                    case _:
                        await self._asked.put(recorded)
        except WebSocketDisconnect:
            self._stopped.set()
            await self._asked.put(None)

    async def _answer(self, recorded: Recorded) -> None:
        request = _parsed(recorded)
        if request.get("type") == "response.create":
            await self._answer_to(request, recorded)
        else:
            await self._send(_failed(Refusal(400, "expected a response.create event")))

    async def _answer_to(self, request: JSON, recorded: Recorded) -> None:
        steered, self._steered = self._steered, []
        request = (
            {**request, "input": [*steered, *openai_responses.items_of(request)]}
            if steered
            else request
        )
        self._stopped.clear()
        lane = request.get("stream_id")
        named = {"stream_id": lane} if lane else {}
        payload, delivery = self._payload(request, recorded)
        if payload is None:
            self._reset()
            return
        if payload.get("type") == "error":
            await self._send({**payload, **named})
            return
        await self._wait(delivery.first_byte)
        for event in openai_responses.events(payload):
            if self._stopped.is_set():
                ended = {**payload, "status": "cancelled", "output": [], "usage": None}
                self._provider.cancelled.append(recorded)
                await self._send({"type": "response.cancelled", "response": ended, **named})
                return
            await self._send({**event, **named})
            await self._wait(delivery.pause)
        if not self._steered:
            return
        if any(item["type"] == _CALL for item in payload["output"]):
            await self._send({"type": "response.steer.pending", **named})
            return
        await self._answer_to(
            {**request, "input": [], "previous_response_id": payload["id"]}, recorded
        )

    def _payload(self, request: JSON, recorded: Recorded) -> tuple[JSON, Delivery]:
        """Returns the response or the error, and how it travels; None: there is none."""
        model = str(request.get("model", ""))
        kept = {name: items for lane in self._latest.values() for name, items in lane.items()}
        if request.get("generate") is False:
            try:
                payload = self._provider.prewarm(request, model, kept)
            except FormatError as error:
                return _failed(Refusal(400, str(error))), Delivery()
            self._keep(request, payload, kept)
            return payload, Delivery()
        answer = self._provider.answer(openai_responses, request, recorded, model, kept)
        match answer:
            case Answered(rendered, reply):
                self._keep(request, rendered.payload, kept)
                return rendered.payload, reply.delivery
            case Refusal():
                self._latest.pop(str(request.get("stream_id")), None)
                return _failed(answer), Delivery()
            case Reset():
                return None, Delivery()

    def _keep(self, request: JSON, payload: JSON, kept: dict[str, list[JSON]]) -> None:
        """Remembers the latest response of a lane, and no other, where none is stored."""
        if request.get("store") is not False:
            return
        previous = kept.get(str(request.get("previous_response_id")), [])
        items = [*previous, *openai_responses.items_of(request), *payload["output"]]
        self._latest[str(request.get("stream_id"))] = {payload["id"]: items}

    async def _send(self, event: JSON) -> None:
        await self._socket.send_text(json.dumps(event, ensure_ascii=False))

    async def _wait(self, seconds: float) -> None:
        if seconds:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), seconds)


def _failed(refusal: Refusal) -> JSON:
    error = openai_responses.refuse(refusal.status, refusal.message)["error"]
    return {"type": "error", "status": refusal.status, "error": error}


def _parsed(recorded: Recorded) -> JSON:
    try:
        found = json.loads(recorded.body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
