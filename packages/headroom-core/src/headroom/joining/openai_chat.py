"""Answers of the chat completions API.

Source: https://platform.openai.com/docs/api-reference/chat/streaming
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from typing import ClassVar

from headroom.formats.rounds import dumped
from headroom.joining._base import NAME, Joining, error_in
from headroom.joining._events import COMMENT, data_of, event_of
from headroom.types import JSON, Round

_DONE = b"data: [DONE]\n\n"
_SAID_ONCE = ("id", "type", "role", "name", "format", "index")
_NOT_SENT = ("annotations", "audio", "function_call")
_ENDS_WITH_CALLS = ("tool_calls", "stop")  # some servers say stop even so


class OpenAIChatJoining(Joining):
    """What the model says is one message, and so is what the client gets.

    Pieces of a stream carry the index of what they are a piece of; those of later answers go on where
    the first one's ended.
    """

    ping: ClassVar[bytes] = COMMENT

    def __init__(self) -> None:
        self._around: dict[str, JSON] = {}
        self._count: dict[str, int] = {}
        self._with_usage = False
        super().__init__()
        self.visible = [{"role": "assistant", "content": None}]

    def begin(self) -> None:
        """Another answer comes."""
        for field, value in self._message.items() if self._around else ():
            if isinstance(value, list) and field != "tool_calls":
                self._count[field] = self._count.get(field, 0) + len(value)
        super().begin()
        self._message: dict[str, JSON] = {"role": "assistant", "content": None}
        self._shown: dict[int, int | None] = {}
        self._finish: JSON = None
        self._last: JSON = None
        self._is_done = False

    @property
    def waits(self) -> bool:
        """Whether the latest answer is complete, and ends with calls."""
        return self._finish in _ENDS_WITH_CALLS and all(map(_is_whole, self._calls))

    @property
    def theirs(self) -> bool:
        """Whether the latest answer has calls that the client answers."""
        return len(self._calls) > len(self.calls)

    @property
    def _calls(self) -> list[JSON]:
        found: list[JSON] = self._message.get("tool_calls") or []
        return found

    def take(self, event: bytes) -> bytes:
        """Takes an event of the stream, and returns what the client gets of it."""
        data = data_of(event)
        if isinstance(data.get("usage"), dict):
            self._usages[-1] |= data["usage"]
        if not data:
            is_done = event.strip() == _DONE.strip()
            self._is_done = self._is_done or is_done
            return b"" if is_done and self.joined else event
        choices = data.get("choices")
        if not choices:
            self._with_usage = self._with_usage or "usage" in data
            return b"" if choices is not None and self.joined else event
        self._around = self._around or {k: data[k] for k in ("id", "created") if k in data}
        (choice, *_) = choices
        delta = choice.get("delta") or {}
        shown = self._delta(delta, first=not self.rounds)
        self._finish = choice.get("finish_reason") or self._finish
        return self._piece(event, data, choice, shown, is_changed=shown != delta)

    def _piece(
        self, event: bytes, data: JSON, choice: JSON, shown: JSON, *, is_changed: bool
    ) -> bytes:
        """Returns what the client gets of a piece of which it may see something."""
        ends = bool(choice.get("finish_reason"))
        if not self.rounds and not is_changed and not (ends and self.calls):
            return event
        piece = {**data, **self._around, "choices": [{**choice, "delta": shown}]}
        if ends:
            self._last = piece
            piece = {**piece, "choices": [{**piece["choices"][0], "finish_reason": None}]}
        return event_of(piece) if any(shown.values()) else b""

    def ending(self) -> bytes:
        """Returns the events that end the stream."""
        if not self.joined or self._last is None:
            return b""
        (choice,) = self._last["choices"]
        usage = self._usage()
        choice = {**choice, "delta": {}, "finish_reason": self._stop_reason()}
        last = {**self._last, "choices": [choice]}
        if isinstance(last.get("usage"), dict):
            last["usage"] = usage
        ending = event_of(last)
        if self._with_usage:
            ending += event_of({**last, "choices": [], "usage": usage})
        return ending + (_DONE if self._is_done else b"")

    def take_message(self, message: JSON) -> bool:
        """Takes an answer that came as a whole; returns whether it is one."""
        choices = message.get("choices") if isinstance(message, dict) else None
        if not isinstance(choices, list) or len(choices) != 1 or "message" not in choices[0]:
            return False
        said = choices[0]["message"]
        self._around = self._around or {k: message[k] for k in ("id", "created") if k in message}
        self._usages[-1] |= message.get("usage") or {}
        self._last, self._finish = message, choices[0].get("finish_reason")
        calls = [{**call, "index": n} for n, call in enumerate(said.get("tool_calls") or ())]
        self._delta({**said, "tool_calls": calls} if calls else said, first=not self.rounds)
        return True

    def message(self) -> JSON:
        """Returns the whole that the client gets."""
        (choice,) = self._last["choices"]
        said = {**choice["message"], **self.visible[0]}
        calls = [_sent_call(call) for call in self.visible[0].get("tool_calls", ())]
        said.pop("tool_calls", None)
        said |= {"tool_calls": calls} if calls else {}
        choice = {**choice, "message": said, "finish_reason": self._stop_reason()}
        return {**self._last, **self._around, "choices": [choice], "usage": self._usage()}

    def failed(self, said: JSON, status: int) -> bytes:
        """Returns the event that tells the client what came instead of another answer."""
        return event_of({"error": {"code": status, **error_in(said, status)}})

    def _delta(self, delta: Mapping[str, JSON], *, first: bool) -> dict[str, JSON]:
        """Takes a piece of the message; returns what the client sees of it."""
        shown = {**delta}
        calls = [{"index": n, **call} for n, call in enumerate(shown.pop("tool_calls", None) or ())]
        _grow(self._message, {**shown, "tool_calls": calls} if calls else shown)
        if not first:
            shown.pop("role", None)
        self.said = [_sent(self._message)]
        for field, value in shown.items():
            if isinstance(value, list) and self._count.get(field):
                shown[field] = [self._counted_on(field, member) for member in value]
        _grow(self.visible[0], shown)
        visible = [self._call(call) for call in calls]
        if calls:
            theirs = [call for call in visible if call]
            _grow(self.visible[0], {"tool_calls": theirs} if theirs else {})
            shown |= {"tool_calls": theirs} if theirs else {}
        elif "tool_calls" in delta:
            shown["tool_calls"] = delta["tool_calls"]
        return shown

    def _call(self, call: JSON) -> JSON:
        """Returns a piece of a call as the client gets it, or None."""
        index = call.get("index", 0)
        if index not in self._shown:
            whole = next(one for one in self._calls if one["index"] == index)
            theirs = sum(shown is not None for shown in self._shown.values())
            is_ours = (call.get("function") or {}).get("name") == NAME
            self._shown[index] = None if is_ours else theirs
            if is_ours:
                self.calls.append((theirs, whole))
        shown = self._shown[index]
        return None if shown is None else {**call, "index": shown}

    def _counted_on(self, field: str, member: JSON) -> JSON:
        if not isinstance(member, dict) or not isinstance(member.get("index"), int):
            return member
        return {**member, "index": member["index"] + self._count[field]}

    def _round(self, results: str) -> Round:
        if self.goes_on:
            return Round(((0, dumped(self.said[0])),), results, 0)
        calls = ((place, dumped(_sent_call(call))) for place, call in self.calls)
        return Round(tuple(calls), results)

    def _stop_reason(self) -> JSON:
        """Returns why the answer stops, for who does not know of our calls."""
        return "stop" if self._finish == "tool_calls" and not self.theirs else self._finish


def _grow(whole: dict[str, JSON], piece: Mapping[str, JSON]) -> None:
    """Adds a piece of a stream to what came before it."""
    for field, value in piece.items():
        before = whole.get(field)
        if isinstance(value, list):
            whole[field] = _grown(before if isinstance(before, list) else [], value)
        elif isinstance(value, dict) and isinstance(before, dict):
            _grow(before, value)
        elif isinstance(value, str) and isinstance(before, str):
            whole[field] = before or value if field in _SAID_ONCE else before + value
        elif value is not None or field not in whole:
            whole[field] = deepcopy(value)  # it grows


def _grown(before: list[JSON], pieces: list[JSON]) -> list[JSON]:
    """Returns a list with its pieces added where their index says, others at the end."""
    out = list(before)
    for piece in pieces:
        index = piece.get("index") if isinstance(piece, dict) else None
        known = [one for one in out if isinstance(one, dict) and one.get("index") == index]
        if index is not None and known:
            _grow(known[0], piece)
        else:
            out.append(deepcopy(piece))
    return out


def _sent(message: Mapping[str, JSON]) -> JSON:
    """Returns a message as it goes back to the provider."""
    kept = {k: v for k, v in message.items() if v and k not in _NOT_SENT}
    said: JSON = {"role": "assistant", "content": None, **kept}
    if calls := said.get("tool_calls"):
        said["tool_calls"] = [_sent_call(call) for call in calls]
    return said


def _sent_call(call: JSON) -> JSON:
    return {field: value for field, value in call.items() if field != "index"}


def _is_whole(call: JSON) -> bool:
    """Returns whether a call is complete, as the arguments of functions are when they are JSON."""
    function = call.get("function")
    try:
        json.loads((function or {}).get("arguments") or "{}")
    except ValueError:
        return False
    return True
