"""Both directions of one WebSocket: what the client asks for goes up, shorter; answers come down.

Requests of a lane are answered one after the other. While the model may ask for what was left out,
the lane's next request waits here, since what it follows on from is not known before.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import defaultdict, deque
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from headroom.formats.openai_responses import FORMAT
from headroom.pipeline.run import attempt
from headroom.result import BodyResult
from headroom_proxy.dialogue import Asked, Dialogue, Past, event_in, lane_of
from headroom_proxy.edit import Editor
from headroom_proxy.exchange import Observer, Watch
from headroom_proxy.headers import Headers
from headroom_proxy.incoming import Receive, Send
from headroom_proxy.routes import Route
from headroom_proxy.settings import Settings
from headroom_proxy.turns import Turn, is_end

_BROKEN = 1011
_NO_CODE = {1005: 1000, 1006: _BROKEN, 1015: _BROKEN}
_BROKE_OFF = "the provider's connection broke off"

_BEGINS = "response.created"
_CANCEL = "response.cancel"
_ADDS = frozenset({"response.steer", "response.inject"})
"""What they add to a conversation, and when, only the provider knows."""

_NAMES = ("response_id", "previous_response_id")

_log = logging.getLogger("headroom.proxy")


@dataclass(slots=True)
class _Lane:
    """Requests that are answered in order: those that went up, and those that wait here."""

    turns: deque[Turn] = field(default_factory=deque)
    waiting: deque[bytes] = field(default_factory=deque)
    is_sending: bool = False
    last: Turn | None = None

    @property
    def holds(self) -> bool:
        return bool(self.turns) and self.turns[-1].holds


class Relay:
    """One socket.

    Args:
        settings: What the gateway is told.
        editor: Compresses bodies.
        observer: Is told about each request and its answer.
        to: Where the socket leads.
        headers: Of its handshake.
        upstream: The provider's end.
        send: To the client.
    """

    def __init__(  # noqa: PLR0913 - what a connection consists of
        self,
        settings: Settings,
        editor: Editor,
        observer: Observer,
        to: Route,
        headers: Headers,
        upstream: ClientConnection,
        send: Send,
    ) -> None:
        self._dialogue = Dialogue(settings.largest, editor.sessions.rounds.thread)
        self._editor = editor
        self._observer = observer
        self._to = to
        self._headers = headers
        self._upstream = upstream
        self._send = send
        self._is_joined_by_others = False
        self._lanes: defaultdict[str, _Lane] = defaultdict(_Lane)

    async def run(self, receive: Receive) -> None:
        """Forwards until either side closes the socket."""
        up = asyncio.create_task(self._up(receive))
        down = asyncio.create_task(self._down())
        try:
            await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (up, down):
                task.cancel()
            for ended in await asyncio.gather(up, down, return_exceptions=True):
                if isinstance(ended, Exception):
                    _log.error("error=<%r> | a socket is closed", ended)
            for turn in (turn for lane in self._lanes.values() for turn in lane.turns):
                self._observer(turn.watch.exchange())

    async def _up(self, receive: Receive) -> None:
        while (message := await receive())["type"] == "websocket.receive":
            text = message.get("text")
            try:
                if text is None or self._to.wire_format is None:
                    await self._upstream.send(message["bytes"] if text is None else text)
                else:
                    await self._take(text.encode("utf-8", "surrogatepass"))
            except ConnectionClosed:
                return  # the other direction says so
        code = message.get("code") or 1005
        await self._upstream.close(_NO_CODE.get(code, code), message.get("reason") or "")

    async def _take(self, frame: bytes) -> None:
        """Takes a frame of the client's."""
        try:
            asked = self._dialogue.asked(frame)
        except ValueError:
            await self._upstream.send(_text(self._heeded(frame)))
            return
        self._lanes[asked.lane].waiting.append(frame)
        await self._advance(self._lanes[asked.lane])

    def _heeded(self, frame: bytes) -> bytes:
        """Returns a frame that asks for no response as it goes up, when what it says is noted."""
        event = event_in(frame)
        kind = str(event.get("type"))
        self._is_joined_by_others |= kind in _ADDS
        if kind == _CANCEL:
            for lane in self._lanes.values():
                for turn in lane.turns:
                    turn.is_cancelled = True
        for name in filter(None, map(event.get, _NAMES)):
            up = self._dialogue.past(name).name or name
            frame = frame.replace(json.dumps(name).encode(), json.dumps(up).encode())
        return frame

    async def _advance(self, lane: _Lane) -> None:
        """Sends what waits in a lane, unless somebody is at it, or has to be waited for."""
        if lane.is_sending:
            return
        lane.is_sending = True
        try:
            while lane.waiting and not lane.holds:
                asked = self._dialogue.asked(lane.waiting.popleft())
                turn = Turn(asked, self._watch())
                frame = await self._edited(asked, turn)
                lane.turns.append(turn)
                await self._upstream.send(_text(frame))
        finally:
            lane.is_sending = False

    def _watch(self) -> Watch:
        mode = self._editor.mode_of(self._headers)
        return Watch(self._to.provider, "/v1/responses", FORMAT.name, mode)

    async def _edited(self, asked: Asked, turn: Turn) -> bytes:
        """Returns a request's frame as it goes up."""
        sessions = self._editor.sessions
        results: list[BodyResult] = []
        if asked.request is not None and not self._is_joined_by_others:
            whole = asked.request.whole
            edited = await self._editor.edit(whole, self._to, self._headers, results.append)
        for result in results:
            turn.watch.read(result)
            frame = attempt(partial(turn.goes_up, result, sessions))
            if not isinstance(frame, Exception):
                turn.watch.sent(edited=edited is not None)
                return frame
            _log.error("error=<%r> | nothing in a request is edited", frame)
        turn.watch.sent(edited=False)
        frame = attempt(partial(turn.goes_up_unread, sessions))
        return asked.frame if isinstance(frame, Exception) else frame

    async def _down(self) -> None:
        with suppress(OSError):  # the client is gone; the other direction says so
            with suppress(ConnectionClosed):  # not by a clean close; its code tells
                async for message in self._upstream:
                    if isinstance(message, bytes):
                        await self._send({"type": "websocket.send", "bytes": message})
                    else:
                        await self._answer(message)
            code = self._upstream.close_code or 1006
            reason = self._upstream.close_reason or (_BROKE_OFF if code == 1006 else "")
            close = {"code": _NO_CODE.get(code, code), "reason": reason}
            await self._send({"type": "websocket.close", **close})

    async def _answer(self, frame: str) -> None:
        """Takes a frame of the provider's."""
        event = event_in(frame) if self._to.wire_format is not None else {}
        lane = self._lanes[lane_of(event)]
        if event.get("type") == _BEGINS and not lane.turns and lane.last is not None:
            lane.turns.append(lane.last.successor(self._watch(), self._editor.sessions))
        turn = lane.turns[0] if lane.turns else None
        if turn is None:
            await self._show([frame])
            return
        shown = turn.take(frame, event)
        if not is_end(event):
            await self._show(shown)
            return
        turn.ends_with(frame, event)
        if turn.goes_on:
            await self._show(shown)
            more = await asyncio.to_thread(turn.following)
            self._dialogue.keep(turn.name, Past(turn.latest, None, declares=True))
            await self._upstream.send(_text(more))
            return
        if turn.holds:
            shown += await asyncio.to_thread(turn.ending)
        if turn.name:
            self._dialogue.keep(turn.name, turn.past)
        lane.last = lane.turns.popleft()
        await self._show(shown)
        self._observer(turn.watch.exchange())
        await self._advance(lane)

    async def _show(self, frames: list[str]) -> None:
        for frame in frames:
            await self._send({"type": "websocket.send", "text": frame})


def _text(frame: bytes) -> str:
    return frame.decode("utf-8", "surrogatepass")
