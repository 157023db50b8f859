"""Answers of generateContent and streamGenerateContent.

Source: https://ai.google.dev/api/generate-content#v1beta.GenerateContentResponse
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from headroom.formats.rounds import dumped
from headroom.joining._base import NAME, Joining, error_in
from headroom.joining._events import data_of, event_of
from headroom.types import JSON, Round

_TEXTS = ({"text"}, {"text", "thought"})
"""The fields of parts that come in pieces; those with a signature are not to be merged."""


class GeminiJoining(Joining):
    """Parts are those of a content; places are counted in characters and other parts.

    There is no ping: clients take every event for a piece of the answer.
    """

    def __init__(self) -> None:
        super().__init__()
        self._first: JSON = None

    def begin(self) -> None:
        """Another answer comes."""
        super().begin()
        self._last: JSON = None
        self._finish: JSON = None

    @property
    def waits(self) -> bool:
        """Whether the latest answer is complete, and ends with calls."""
        return bool(self._finish == "STOP")

    @property
    def theirs(self) -> bool:
        """Whether the latest answer has calls that the client answers."""
        return sum("functionCall" in part for part in self.said) > len(self.calls)

    def take(self, event: bytes) -> bytes:
        """Takes an event of the stream, and returns what the client gets of it."""
        data = data_of(event)
        if not data or "error" in data:
            return event
        shown = self._piece(data)
        if not self.rounds and shown == _parts(data) and not (self._last and self.calls):
            return event
        if self._last and not self.goes_on:
            return b""  # until it is recorded what the client does not get
        return _event(self._shown(data, shown, ends=False)) if shown else b""

    def ending(self) -> bytes:
        """Returns the events that end the stream."""
        if not self.joined or self._last is None:
            return b""
        shown = [part for part in _parts(self._last) if not _is_ours(part)]
        return _event(self._shown(self._last, shown or [{"text": ""}]))

    def take_message(self, message: JSON) -> bool:
        """Takes an answer that came as a whole; returns whether it is one."""
        if not isinstance(message, dict) or not isinstance(message.get("candidates"), list):
            return False
        self._piece(message)
        self._last = message
        return True

    def message(self) -> JSON:
        """Returns the whole that the client gets."""
        return self._shown(self._last, self.visible)

    def failed(self, said: JSON, status: int) -> bytes:
        """Returns the event that tells the client what came instead of another answer."""
        error = {"code": status, "status": "UNAVAILABLE", **error_in(said, status)}
        return _event({"error": error})

    def _piece(self, data: Mapping[str, JSON]) -> list[JSON]:
        """Takes a piece of the answer; returns the parts of it that the client sees."""
        self._first = self._first or data
        self._usages[-1] |= data.get("usageMetadata") or {}
        shown: list[JSON] = []
        for part in _parts(data):
            _add(self.said, part)
            if _is_ours(part):
                self.calls.append((size_of(self.visible), part))
            else:
                shown.append(part)
                _add(self.visible, part)
        for candidate in data.get("candidates") or ():
            if candidate.get("finishReason"):
                self._finish, self._last = candidate["finishReason"], data
        return shown

    def _shown(self, data: Mapping[str, JSON], parts: Sequence[JSON], *, ends: bool = True) -> JSON:
        """Returns a piece of the answer with other parts, and as of one answer."""
        (candidate, *_) = data.get("candidates") or [{}]
        content = {"role": "model", **(candidate.get("content") or {}), "parts": list(parts)}
        candidate = {**candidate, "content": content}
        if not ends:
            candidate.pop("finishReason", None)
        named = {k: self._first[k] for k in ("responseId",) if k in self._first}
        return {**data, **named, "candidates": [candidate], "usageMetadata": self._usage()}

    def _round(self, results: str) -> Round:
        if self.goes_on:
            said = {"role": "model", "parts": self.said}
            return Round(((0, dumped(said)),), results, size_of(self.visible))
        return super()._round(results)


def size_of(parts: Sequence[JSON]) -> int:
    """Returns the place at the end of some parts."""
    return sum(
        0 if part.get("thought") else len(part["text"]) if "text" in part else 1 for part in parts
    )


def _event(data: JSON) -> bytes:
    return event_of(data, end="\r\n\r\n")


def _is_ours(part: JSON) -> bool:
    call = part.get("functionCall")
    return isinstance(call, dict) and call.get("name") == NAME


def _parts(data: Mapping[str, JSON]) -> list[JSON]:
    candidates = data.get("candidates") or [{}]
    content = candidates[0].get("content") or {}
    return [part for part in content.get("parts") or () if isinstance(part, dict)]


def _add(parts: list[JSON], part: JSON) -> None:
    """Adds a part; a piece of a text to the text before it."""
    last = parts[-1] if parts else {}
    fields = set(part)
    if fields in _TEXTS and set(last) == fields:
        parts[-1] = {**last, "text": last["text"] + part["text"]}
    else:
        parts.append(part)
