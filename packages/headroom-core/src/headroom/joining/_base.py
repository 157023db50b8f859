"""What the joining of answers has in common, and what each wire format adds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import reduce
from typing import ClassVar

from headroom.ccr.tool import NAME as NAME
from headroom.formats.rounds import dumped
from headroom.joining._events import total_of
from headroom.types import JSON, Round

MOST_ROUNDS = 5
"""Rounds of an answer in which calls are answered; then they are told that it is enough."""

_LAST_ROUND = MOST_ROUNDS + 3
"""Who then still asks gets the rest in the next request."""


class Joining(ABC):
    """One answer of the model to its client, made of several.

    A subclass reads the events of its format (`take`) and whole answers (`take_message`); it fills
    `said`, `calls` and `visible`, and says what the client gets (`ending`, `message`, `failed`).

    Attributes:
        visible: What the client gets, in the parts of the wire format.
        rounds: What it does not get.
        said: All that the latest answer says.
        calls: Those of it that we answer, with their places among the visible parts.
        ping: What a client is sent that waits for long; empty: nothing.
    """

    ping: ClassVar[bytes] = b""

    def __init__(self) -> None:
        self.visible: list[JSON] = []
        self.rounds: list[Round] = []
        self._usages: list[dict[str, JSON]] = []
        self.begin()

    def begin(self) -> None:
        """Another answer comes."""
        self.said: list[JSON] = []
        self.calls: list[tuple[int, JSON]] = []
        self._usages.append({})

    @property
    @abstractmethod
    def waits(self) -> bool:
        """Whether the latest answer is complete, and ends with calls."""

    @property
    @abstractmethod
    def theirs(self) -> bool:
        """Whether the latest answer has calls that the client answers."""

    @property
    def names(self) -> tuple[str, str] | None:
        """What client and provider call the end of what was said, where the provider keeps it."""
        return None

    @property
    def goes_on(self) -> bool:
        """Whether the model waits for us alone."""
        asks = self.waits and bool(self.calls) and not self.theirs
        return asks and len(self.rounds) < _LAST_ROUND

    @property
    def is_enough(self) -> bool:
        """Whether no more calls are answered."""
        return len(self.rounds) >= MOST_ROUNDS

    @property
    def joined(self) -> bool:
        """Whether the client gets anything else than the provider said."""
        return bool(self.calls or self.rounds)

    def end_round(self, results: Sequence[JSON]) -> None:
        """Takes our results; the model goes on with them now, or with the client's next request."""
        self.rounds.append(self._round(",".join(map(dumped, results))))

    @abstractmethod
    def take(self, event: bytes) -> bytes:
        """Takes an event of the stream, and returns what the client gets of it."""

    @abstractmethod
    def ending(self) -> bytes:
        """Returns the events that end the stream."""

    @abstractmethod
    def take_message(self, message: JSON) -> bool:
        """Takes an answer that came as a whole; returns whether it is one."""

    @abstractmethod
    def message(self) -> JSON:
        """Returns the whole that the client gets."""

    @abstractmethod
    def failed(self, said: JSON, status: int) -> bytes:
        """Returns the event that tells the client what came instead of another answer.

        Args:
            said: The provider's answer, if it is JSON; else None.
            status: Of its answer.
        """

    def _round(self, results: str) -> Round:
        calls = tuple((place, dumped(call)) for place, call in self.calls)
        return Round(calls, results, len(self.visible) if self.goes_on else None)

    def _usage(self) -> dict[str, JSON]:
        return reduce(total_of, self._usages, {})


def error_in(said: JSON, status: int) -> JSON:
    """Returns the error that a provider's answer holds, or one that says its status."""
    error = said.get("error") if isinstance(said, dict) else None
    if isinstance(error, dict):
        return error
    return {"message": f"the provider answered {status} when the model was to go on"}
