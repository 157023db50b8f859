"""A session as all agents have it: turns, and in each what the model read, said and called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

from headroom.pricing import Lifetime, Usage

End: TypeAlias = Literal["", "interrupted", "limit"]
"""How an answer ended: by itself, by the user, by the limit of its tokens."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call of a tool and what it printed.

    Attributes:
        id: As the transcript has it.
        name: Of the tool.
        arguments: The JSON text that the model wrote.
        output: What the model read then; None: nothing came back.
        failed: Whether it failed, as far as the transcript says.
        position: Its number in the session, from 1.
        time: Seconds since the epoch, if the transcript says.
    """

    id: str
    name: str
    arguments: str
    output: str | None = None
    failed: bool | None = None
    position: int = 0
    time: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model gave back: words, calls, and what the provider said of it.

    Attributes:
        id: Equal in copies of a transcript, as forks of a session begin with; empty: unknown.
        text: Its words.
        calls: Of tools.
        model: Its name, if the transcript says.
        usage: As the provider billed, if the transcript says.
        lifetime: How long what was written to the cache was to stay, if the transcript says.
        end: How it ended.
    """

    id: str = ""
    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    model: str = ""
    usage: Usage | None = None
    lifetime: Lifetime | None = None
    end: End = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """One request: what the model reads for the first time, and its answer.

    What the calls of the turn before printed is read too, before the words.

    Attributes:
        words: What the user said, or the agent in the user's place.
        answer: Of the model.
        time: Seconds since the epoch, if the transcript says.
        begins: Nothing of what precedes is sent: the first turn, and each after a compaction.
        copied: It stands in another transcript too, and its request was made once.
    """

    words: str
    answer: Answer
    time: float | None = None
    begins: bool = False
    copied: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """One conversation of an agent with a model; a sub-agent has its own.

    Attributes:
        agent: Who wrote it down, as in `READERS`.
        project: The folder that the agent worked in; else what names it in the transcript.
        path: Of the transcript.
        id: In it.
        turns: In order.
        parent: The session that it is a sub-agent of, if it is one.
        skipped: Lines or records that could not be read.
    """

    agent: str
    project: str
    path: Path
    id: str
    turns: tuple[Turn, ...]
    parent: str = ""
    skipped: int = 0

    @property
    def last(self) -> float | None:
        """When its last turn was, in seconds since the epoch, if the transcript says."""
        return max((turn.time for turn in self.turns if turn.time is not None), default=None)


class Reader(Protocol):
    """Reads the transcripts of one agent."""

    @property
    def agent(self) -> str:
        """The name of the agent."""
        ...

    def home(self) -> Path | None:
        """Returns the folder where the agent keeps transcripts on this machine; None: nowhere."""
        ...

    def files(self, folder: Path) -> Iterable[Path]:
        """Returns the files below a folder that may be its transcripts, by their names."""
        ...

    def owns(self, file: Path, head: bytes) -> bool:
        """Returns whether a file is its transcript.

        Args:
            file: Any file.
            head: What it begins with.
        """
        ...

    def origin(self, head: bytes) -> str:
        """Returns what copies of a transcript have in common; empty: there are none.

        Args:
            head: What it begins with.
        """
        ...

    def read(self, file: Path) -> Iterator[Session]:
        """Yields the sessions of a transcript; what cannot be read is skipped and counted."""
        ...


def calls_of(session: Session) -> Iterator[ToolCall]:
    """Yields the calls of a session, in order."""
    for turn in session.turns:
        yield from turn.answer.calls
