"""Several answers of a model as the one that its client expects, without the calls that we answer.

What needs no change passes byte for byte. Source: https://docs.anthropic.com/en/api/messages-streaming
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from headroom.ccr.tool import NAME
from headroom.types import JSON, Round

MOST_ROUNDS = 5
"""Answers in a row that are asked for; who then still asks gets the rest in the next request."""

_END = re.compile(rb"\r\n\r\n|\n\n|\r\r")
_SUMMED = ("_tokens", "_requests")


class Events:
    """Cuts a stream into events, each with its bytes."""

    def __init__(self) -> None:
        self._rest = b""

    def take(self, piece: bytes) -> Iterator[bytes]:
        """Yields the events that are complete."""
        self._rest += piece
        while found := _END.search(self._rest):
            yield self._rest[: found.end()]
            self._rest = self._rest[found.end() :]

    def rest(self) -> bytes:
        """Returns what is left at the end."""
        return self._rest


class Joining:
    """One answer of the model to its client, made of several.

    Attributes:
        visible: The blocks that the client gets.
        rounds: What it does not get.
        blocks: All blocks of the latest answer.
        calls: Those that we answer, with their places among the visible ones.
    """

    def __init__(self) -> None:
        self.visible: list[JSON] = []
        self.rounds: list[Round] = []
        self._usages: list[JSON] = []
        self._begun = False
        self.begin()

    def begin(self) -> None:
        """Another answer comes."""
        self.blocks: list[JSON] = []
        self.calls: list[tuple[int, JSON]] = []
        self._shown: dict[int, int | None] = {}
        self._written: dict[int, str] = {}
        self._usages.append({})
        self._ending: JSON = None
        self._held: list[bytes] = []

    @property
    def goes_on(self) -> bool:
        """Whether the model waits for us alone."""
        theirs = sum(block.get("type") == "tool_use" for block in self.blocks) - len(self.calls)
        return bool(self.calls) and not theirs and len(self.rounds) < MOST_ROUNDS

    def end_round(self, results: list[JSON]) -> None:
        """Takes our results; the model goes on with them now, or with the client's next request."""
        calls = tuple((place, _dumped(call)) for place, call in self.calls)
        end = len(self.visible) if self.goes_on else None
        self.rounds.append(Round(calls, ",".join(map(_dumped, results)), end))

    def take(self, event: bytes) -> bytes:
        """Takes an event of the stream, and returns what the client gets of it."""
        data = _data_of(event)
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
                self._stop(data["index"])
                return self._indexed(event, data, self._shown.get(data["index"]))
            case "message_delta":
                self._usages[-1] |= data.get("usage") or {}
                self._ending = data
                self._held.append(event)
                return b""
            case "message_stop":
                self._held.append(event)
                return b""
            case _:
                return event

    def ending(self) -> bytes:
        """Returns the events that end the stream."""
        if not self.rounds or self._ending is None:
            return b"".join(self._held)
        delta = {**self._ending["delta"], "stop_reason": self._stop_reason(self._ending["delta"])}
        data = {**self._ending, "delta": delta, "usage": self._usage()}
        return _event(data) + b"".join(self._held[1:])

    def take_message(self, message: JSON) -> None:
        """Takes an answer that came as a whole."""
        self._usages[-1] |= message.get("usage") or {}
        for block in message["content"]:
            self._add(block)

    def message(self, first: JSON, last: JSON) -> JSON:
        """Returns the whole that the client gets."""
        stop = self._stop_reason(last)
        joined = {"content": self.visible, "stop_reason": stop, "usage": self._usage()}
        return {**last, "id": first.get("id"), **joined}

    def _start(self, data: JSON) -> int | None:
        block = dict(data["content_block"])
        self._shown[data["index"]] = shown = self._add(block)
        return shown

    def _add(self, block: JSON) -> int | None:
        """Takes a block; returns its place for the client, or None."""
        self.blocks.append(block)
        if block.get("type") == "tool_use" and block.get("name") == NAME:
            self.calls.append((len(self.visible), block))
            return None
        self.visible.append(block)
        return len(self.visible) - 1

    def _delta(self, index: int, delta: JSON) -> None:
        block = self.blocks[index]
        for field, value in delta.items():
            if field == "partial_json":
                self._written[index] = self._written.get(index, "") + value
            elif field == "citation":
                block["citations"] = [*(block.get("citations") or ()), value]
            elif field != "type":
                before = block.get(field)
                whole = isinstance(before, str) and isinstance(value, str)
                block[field] = before + value if whole else value

    def _stop(self, index: int) -> None:
        if written := self._written.pop(index, ""):
            self.blocks[index]["input"] = json.loads(written)

    def _indexed(self, event: bytes, data: JSON, shown: int | None) -> bytes:
        if shown is None:
            return b""
        return event if shown == data["index"] else _event({**data, "index": shown})

    def _stop_reason(self, ending: JSON) -> JSON:
        """Returns why the answer stops, for who does not know of our calls."""
        theirs = any(block.get("type") == "tool_use" for block in self.visible)
        stop = ending.get("stop_reason")
        return "end_turn" if stop == "tool_use" and not theirs else stop

    def _usage(self) -> JSON:
        total: JSON = {}
        for usage in self._usages:
            total = _sum(total, usage)
        return total


def _sum(one: JSON, other: JSON) -> JSON:
    """Returns usage with tokens added up; of the rest, what is said last."""
    out = dict(one)
    for field, value in other.items():
        before = out.get(field)
        if isinstance(before, dict) and isinstance(value, dict):
            out[field] = _sum(before, value)
        elif field.endswith(_SUMMED) and isinstance(before, int) and isinstance(value, int):
            out[field] = before + value
        elif value is not None or field not in out:
            out[field] = value
    return out


def _data_of(event: bytes) -> JSON:
    lines = [line[5:].strip() for line in event.splitlines() if line.startswith(b"data:")]
    try:
        data = json.loads(b"\n".join(lines))
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _event(data: JSON) -> bytes:
    return f"event: {data['type']}\ndata: {_dumped(data)}\n\n".encode()


def _dumped(value: JSON) -> str:
    return json.dumps(value, separators=(",", ":"))  # in ASCII: a model may write half a character
