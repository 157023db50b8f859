"""Puts a session together from the pieces that transcripts come in."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from pathlib import Path

from headroom.pricing import Lifetime, Usage
from headroom.types import JSON
from headroom_agents.transcripts.types import Answer, End, Session, ToolCall, Turn


@dataclass
class _Open:
    """A turn that more may be said in."""

    words: list[str]
    begins: bool
    time: float | None = None
    model: str = ""
    id: str = ""
    texts: list[str] = field(default_factory=list)
    calls: list[ToolCall] = field(default_factory=list)
    usage: Usage | None = None
    lifetime: Lifetime | None = None
    end: End = ""


class Building:
    """A session that is being read, piece by piece, in the order of the transcript."""

    def __init__(self) -> None:
        self.skipped = 0
        self._turns: list[_Open] = []
        self._named: dict[str, _Open] = {}
        self._words: list[str] = []
        self._begins = True
        self._printed: dict[str, list[tuple[str, bool | None]]] = {}
        self._answered = False

    def asks(self, text: str) -> None:
        """The user says something; an answer after it is another one."""
        self._answered = False
        if text.strip():
            self._words.append(text)

    def begins(self) -> None:
        """What precedes is not sent any more."""
        self._begins = True
        self._words = []
        self._answered = False

    def answers(
        self, *, time: float | None = None, model: str = "", name: str = "", number: str = ""
    ) -> None:
        """The model answers.

        Args:
            time: Seconds since the epoch.
            model: Its name.
            name: Of the answer, where its pieces have one; else it goes on until something is read.
            number: Of the answer, equal in copies of the transcript.
        """
        if name in self._named or (not name and self._answered):
            return
        turn = _Open(self._words, self._begins, time, model, number)
        self._words, self._begins, self._answered = [], False, True
        self._turns.append(turn)
        if name:
            self._named[name] = turn

    def says(self, text: str, *, name: str = "") -> None:
        """The answer has words."""
        if text.strip():
            self._turn(name).texts.append(text)

    def calls(
        self, call: str, tool: str, arguments: str, *, time: float | None = None, name: str = ""
    ) -> None:
        """The answer has a call."""
        self._turn(name).calls.append(ToolCall(call, tool, arguments, time=time))

    def prints(self, call: str, output: str, *, failed: bool | None = None) -> None:
        """A call gave something back; an answer after it is another one."""
        self._answered = False
        self._printed.setdefault(call, []).append((output, failed))

    def billed(self, usage: Usage, *, lifetime: Lifetime | None = None, name: str = "") -> None:
        """The provider said what the last answer took."""
        if self._turns:
            turn = self._turn(name)
            turn.usage, turn.lifetime = usage, lifetime or turn.lifetime

    def ended(self, end: End, *, name: str = "") -> None:
        """The last answer did not end by itself."""
        if self._turns:
            self._turn(name).end = end

    def session(
        self, agent: str, project: str, path: Path, name: str, parent: str = ""
    ) -> Session | None:
        """Returns the session; None where no model answered."""
        if not self._turns:
            return None
        printed = {call: iter(results) for call, results in self._printed.items()}
        numbers = count(1)
        turns = []
        for one in self._turns:
            calls = []
            for call in one.calls:
                # Where ids come again, results belong to the calls in their order.
                output, failed = next(printed.get(call.id, iter(())), (None, None))
                time = one.time if call.time is None else call.time
                number = next(numbers)
                calls.append(
                    replace(call, output=output, failed=failed, position=number, time=time)
                )
            text = "\n".join(one.texts)
            answer = Answer(one.id, text, tuple(calls), one.model, one.usage, one.lifetime, one.end)
            turns.append(Turn("\n".join(one.words), answer, one.time, one.begins))
        return Session(agent, project, path, name, tuple(turns), parent, self.skipped)

    def _turn(self, name: str) -> _Open:
        if name in self._named:
            return self._named[name]
        if not self._turns:
            self.answers()
        return self._turns[-1]


def seconds(value: JSON) -> float | None:
    """Returns a time as seconds since the epoch: ISO 8601, or milliseconds."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value / 1000
    try:
        return datetime.fromisoformat(value).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None


def whole(value: JSON) -> int:
    """Returns a number of tokens; 0 for anything else."""
    return value if isinstance(value, int) and value > 0 else 0


def object_of(value: JSON) -> dict[str, JSON]:
    """Returns a JSON object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def objects_of(value: JSON) -> list[dict[str, JSON]]:
    """Returns the objects in a list; none for anything else."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def text_of(value: JSON) -> str:
    """Returns the text of a string, or of the parts of a message that have one."""
    if isinstance(value, str):
        return value
    texts = (part.get("text") for part in objects_of(value))
    return "\n".join(text for text in texts if isinstance(text, str))


def json_text(value: JSON) -> str:
    """Returns arguments as JSON text; a string is taken to be that."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
