"""Answers of Anthropic's messages API.

Source: https://docs.anthropic.com/en/api/messages-streaming
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import ClassVar

from headroom.joining._base import NAME, Joining, error_in
from headroom.joining._events import data_of, event_of
from headroom.types import JSON


class AnthropicJoining(Joining):
    """Parts are content blocks."""

    ping: ClassVar[bytes] = event_of({"type": "ping"})

    def __init__(self) -> None:
        super().__init__()
        self._begun = False
        self._first: JSON = None

    def begin(self) -> None:
        """Another answer comes."""
        super().begin()
        self._shown: dict[int, int | None] = {}
        self._written: dict[int, str] = {}
        self._last: JSON = None
        self._stop: str = ""
        self._held: list[bytes] = []

    @property
    def waits(self) -> bool:
        """Whether the latest answer is complete, and ends with calls."""
        return self._stop == "tool_use"

    @property
    def theirs(self) -> bool:
        """Whether the latest answer has calls that the client answers."""
        calls = [block for block in self.said if block.get("type") == "tool_use"]
        return len(calls) > len(self.calls)

    def take(self, event: bytes) -> bytes:
        """Takes an event of the stream, and returns what the client gets of it."""
        data = data_of(event)
        match data.get("type"):
            case "message_start":
                self._usages[-1] |= data["message"].get("usage") or {}
                first, self._begun = not self._begun, True
                return event if first else b""
            case "content_block_start":
                return self._indexed(event, data, self._start(data))
            case "content_block_delta":
                self._delta(data["index"], data["delta"])
                return self._indexed(event, data, self._shown.get(data["index"]))
            case "content_block_stop":
                self._stopped(data["index"])
                return self._indexed(event, data, self._shown.get(data["index"]))
            case "message_delta":
                self._usages[-1] |= data.get("usage") or {}
                self._last, self._stop = data, str(data["delta"].get("stop_reason"))
                self._held.append(event)
                return b""
            case "message_stop":
                self._held.append(event)
                return b""
            case _:
                return event

    def ending(self) -> bytes:
        """Returns the events that end the stream."""
        if not self.joined or self._last is None:
            return b"".join(self._held)
        delta = {**self._last["delta"], "stop_reason": self._stop_reason()}
        data = {**self._last, "delta": delta, "usage": self._usage()}
        return event_of(data) + b"".join(self._held[1:])

    def take_message(self, message: JSON) -> bool:
        """Takes an answer that came as a whole; returns whether it is one."""
        if not isinstance(message, dict) or not isinstance(message.get("content"), list):
            return False
        self._first, self._last = self._first or message, message
        self._stop = str(message.get("stop_reason"))
        self._usages[-1] |= message.get("usage") or {}
        for block in message["content"]:
            self._add(block)
        return True

    def message(self) -> JSON:
        """Returns the whole that the client gets."""
        joined = {"content": self.visible, "stop_reason": self._stop_reason()}
        return {**self._last, "id": self._first.get("id"), **joined, "usage": self._usage()}

    def failed(self, said: JSON, status: int) -> bytes:
        """Returns the event that tells the client what came instead of another answer."""
        if not isinstance(said, dict) or said.get("type") != "error":
            said = {"type": "error", "error": {"type": "api_error", **error_in(said, status)}}
        return event_of(said)

    def _start(self, data: JSON) -> int | None:
        block = dict(data["content_block"])
        self._shown[data["index"]] = shown = self._add(block)
        return shown

    def _add(self, block: JSON) -> int | None:
        """Takes a block; returns its place for the client, or None."""
        self.said.append(block)
        if block.get("type") == "tool_use" and block.get("name") == NAME:
            self.calls.append((len(self.visible), block))
            return None
        self.visible.append(block)
        return len(self.visible) - 1

    def _delta(self, index: int, delta: Mapping[str, JSON]) -> None:
        block = self.said[index]
        for field, value in delta.items():
            if field == "partial_json":
                self._written[index] = self._written.get(index, "") + value
            elif field == "citation":
                block["citations"] = [*(block.get("citations") or ()), value]
            elif field != "type":
                before = block.get(field)
                whole = isinstance(before, str) and isinstance(value, str)
                block[field] = before + value if whole else value

    def _stopped(self, index: int) -> None:
        if written := self._written.pop(index, ""):
            try:
                self.said[index]["input"] = json.loads(written)
            except ValueError:  # the answer is cut off inside the call: nobody is going to run it
                self.said[index]["input"] = {}

    def _indexed(self, event: bytes, data: Mapping[str, JSON], shown: int | None) -> bytes:
        if shown is None:
            return b""
        return event if shown == data["index"] else event_of({**data, "index": shown})

    def _stop_reason(self) -> str:
        """Returns why the answer stops, for who does not know of our calls."""
        return "end_turn" if self._stop == "tool_use" and not self.theirs else self._stop
