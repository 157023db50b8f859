"""Answers of the responses API.

Source: https://platform.openai.com/docs/api-reference/responses-streaming
"""

from __future__ import annotations

from typing import ClassVar

from headroom.joining._base import NAME, Joining, error_in
from headroom.joining._events import COMMENT, data_of, event_of
from headroom.types import JSON

_BEGIN = ("response.created", "response.in_progress", "response.queued")
_END = ("response.completed", "response.incomplete", "response.failed", "response.cancelled")
_OF_THE_FIRST = ("id", "created_at", "previous_response_id")
_CLIENT_RUNS = frozenset(
    {
        "function_call", "custom_tool_call", "local_shell_call", "shell_call", "apply_patch_call",
        "computer_call", "mcp_approval_request",
    }
)  # fmt: skip


class OpenAIResponsesJoining(Joining):
    """Parts are the items of the output."""

    ping: ClassVar[bytes] = COMMENT

    def __init__(self) -> None:
        super().__init__()
        self._first: JSON = None
        self._last: JSON = None
        self._sequence: int | None = None

    def begin(self) -> None:
        """Another answer comes."""
        super().begin()
        self._places: dict[int, tuple[int, int | None]] = {}
        self._last = None

    @property
    def waits(self) -> bool:
        """Whether the latest answer is complete, and ends with calls."""
        return isinstance(self._last, dict) and self._last.get("status") == "completed"

    @property
    def theirs(self) -> bool:
        """Whether the latest answer has calls that the client answers."""
        return sum(item.get("type") in _CLIENT_RUNS for item in self.said) > len(self.calls)

    @property
    def names(self) -> tuple[str, str] | None:
        """What client and provider call the end of what was said, where the provider keeps it."""
        first, last = self._first or {}, self._last or {}
        return (str(first.get("id")), str(last.get("id"))) if last.get("store") is True else None

    def take(self, event: bytes) -> bytes:
        """Takes an event of the stream, and returns what the client gets of it."""
        data = data_of(event)
        kind = str(data.get("type"))
        if kind in _BEGIN:
            self._first = self._first or data.get("response")
            return b"" if self.rounds else self._numbered(event, data)
        if kind in _END:
            # not every provider says in the response what the event says
            ended = {"status": kind.removeprefix("response.")}
            self._end, self._last = data, {**ended, **data["response"]}
            self._usages[-1] |= self._last.get("usage") or {}
            return b"" if self.joined else self._numbered(event, data)
        index = data.get("output_index")
        if not isinstance(index, int):
            return self._numbered(event, data)
        if "item" in data:
            self._item(index, data["item"])
        _, shown = self._places.get(index, (0, index))
        if shown is None:
            return b""
        if shown != index:
            data, event = {**data, "output_index": shown}, b""
        return self._numbered(event, data)

    def ending(self) -> bytes:
        """Returns the events that end the stream."""
        if not self.joined or self._last is None:
            return b""
        return self._numbered(b"", {**self._end, "response": self.message()})

    def take_message(self, message: JSON) -> bool:
        """Takes an answer that came as a whole; returns whether it is one."""
        if not isinstance(message, dict) or not isinstance(message.get("output"), list):
            return False
        self._first, self._last = self._first or message, message
        self._usages[-1] |= message.get("usage") or {}
        for index, item in enumerate(message["output"]):
            self._item(index, item)
        return True

    def message(self) -> JSON:
        """Returns the whole that the client gets."""
        named = {k: self._first[k] for k in _OF_THE_FIRST if k in (self._first or ())}
        return {**self._last, **named, "output": self.visible, "usage": self._usage()}

    def failed(self, said: JSON, status: int) -> bytes:
        """Returns the event that tells the client what came instead of another answer."""
        error = error_in(said, status)
        told = {"code": error.get("code") or error.get("type") or "server_error"}
        failed = {"error": {**told, "message": error.get("message")}, "status": "failed"}
        response = {"object": "response", **(self._first or {}), **failed, "output": self.visible}
        return self._numbered(b"", {"type": "response.failed", "response": response})

    def _item(self, index: int, item: JSON) -> None:
        """Takes an item that begins or is complete."""
        if index in self._places:
            said, shown = self._places[index]
            before, self.said[said] = self.said[said], item
            if shown is not None:
                self.visible[shown] = item
            self.calls = [(n, item if call is before else call) for n, call in self.calls]
            return
        is_ours = item.get("type") == "function_call" and item.get("name") == NAME
        self._places[index] = len(self.said), None if is_ours else len(self.visible)
        self.said.append(item)
        if is_ours:
            self.calls.append((len(self.visible), item))
        else:
            self.visible.append(item)

    def _numbered(self, event: bytes, data: dict[str, JSON]) -> bytes:
        """Returns an event with the number that it has for the client.

        Args:
            event: Its bytes, if they are what the client gets but for the number.
            data: What it carries.
        """
        number = data.get("sequence_number")
        if self._sequence is None and isinstance(number, int):
            self._sequence = number
        if self._sequence is None or (event and number is None):
            return event or event_of(data)
        data, self._sequence = {**data, "sequence_number": self._sequence}, self._sequence + 1
        return event if event and number == data["sequence_number"] else event_of(data)
