"""What the simulated model answers: values, and a script of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from headroom.types import JSON
from headroom_testing.simulator.recording import Recorded


@dataclass(frozen=True, slots=True)
class Text:
    """What the model says."""

    text: str


@dataclass(frozen=True, slots=True)
class Thinking:
    """What the model thinks, signed with a seal on everything before it."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a tool; several in one reply are parallel calls."""

    name: str
    arguments: dict[str, JSON] = field(default_factory=dict)


Part: TypeAlias = Text | Thinking | Call


@dataclass(frozen=True, slots=True)
class Delivery:
    """How an answer travels.

    Attributes:
        first_byte: Seconds before anything is sent.
        pause: Seconds between pieces.
        split: Where the body is cut into pieces: None, one piece for each event; a number of bytes;
            or byte offsets.
        cut_after: Bytes of the body after which the connection ends; None: it does not.
        cut: How it ends: with a reset, or by closing the server's half without saying that the body
            is complete.
    """

    first_byte: float = 0.0
    pause: float = 0.0
    split: int | Sequence[int] | None = None
    cut_after: int | None = None
    cut: Literal["reset", "half-close"] = "reset"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of the model.

    Attributes:
        parts: What it thinks, says and calls, in order.
        stop: Why it stops; None: the usual reason for these parts.
        delivery: How it travels.
    """

    parts: tuple[Part, ...] = (Text("Done."),)
    stop: str | None = None
    delivery: Delivery = Delivery()

    @classmethod
    def of(cls, *parts: Part | str) -> Reply:
        """Returns the reply of some parts; a string is a text."""
        return cls(tuple(Text(part) if isinstance(part, str) else part for part in parts))

    def by(self, delivery: Delivery) -> Reply:
        """Returns the same reply, travelling in another way."""
        return replace(self, delivery=delivery)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer with another status than 200.

    Attributes:
        status: Of the response, such as 429, 500 or 529.
        message: What the error says.
        retry_after: Seconds, for the header of that name; None: no header.
        headers: Of the response, besides its own.
    """

    status: int
    message: str = "refused by the script"
    retry_after: float | None = None
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is reset before a byte is sent."""


Answer: TypeAlias = Reply | Refusal | Reset
Script: TypeAlias = Callable[[Recorded], Answer] | Iterable[Answer]
"""A function from a request to its answer, or answers in order. After the last: `Reply()`."""


def script_of(script: Script) -> Callable[[Recorded], Answer]:
    """Returns a script as a function."""
    if callable(script):
        return script
    answers = iter(script)
    return lambda request: next(answers, Reply())


def stops_for_calls(reply: Reply) -> bool:
    """Returns whether the model waits for the results of tools."""
    return any(isinstance(part, Call) for part in reply.parts)
