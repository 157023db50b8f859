"""The words of memory: facts, where they come from, what is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Source:
    """Who said something, when and where.

    Attributes:
        at: When it was first said.
        agent: Who said it, in its own words: "claude-code".
        session: In which session.
        path: The file that it was read from, relative to the project.
        line: Its line there, from 1; 0: not from a file.
    """

    at: datetime
    agent: str = ""
    session: str = ""
    path: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that agents should know, with all who said it.

    Attributes:
        id: Short, made from the text; stays the same in an export.
        text: As it was saved.
        category: What kind of thing it is, in the words of who saved it.
        tags: The same, several.
        valid_from: Since when it holds.
        valid_until: Until when it did; None: it holds.
        superseded_by: The id of the fact that took its place; empty: none did.
        sources: Who said it, the first one first.
    """

    id: str
    text: str
    category: str
    tags: tuple[str, ...]
    valid_from: datetime
    valid_until: datetime | None
    superseded_by: str
    sources: tuple[Source, ...]

    @property
    def holds(self) -> bool:
        """Whether it holds now."""
        return self.valid_until is None


@dataclass(frozen=True, slots=True)
class Match:
    """A fact that was found; the higher the score, the better it answers."""

    fact: Fact
    score: float


@dataclass(frozen=True, slots=True)
class Which:
    """Which facts are meant; what is empty does not matter.

    Attributes:
        category: Of this category.
        tag: With this tag.
        agent: Said by this agent.
        at: That held at this moment; None: that hold now.
        ended: Also those that hold no longer.
    """

    category: str = ""
    tag: str = ""
    agent: str = ""
    at: datetime | None = None
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A fact before it is kept."""

    text: str
    source: Source
    category: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is kept.

    Attributes:
        fact_bytes: Of one fact, in UTF-8. Longer texts belong into `SharedContext`.
        facts: Of one project, also those that hold no longer.
        value_bytes: Of one value of `SharedContext`, in UTF-8.
        values: Of one project.
        values_bytes: Of all values of a project together, packed.
    """

    fact_bytes: int = 4096
    facts: int = 50_000
    value_bytes: int = 16 << 20
    values: int = 10_000
    values_bytes: int = 1 << 30


@dataclass(frozen=True, slots=True)
class Stats:
    """How much a project's memory holds.

    Attributes:
        facts: That hold.
        ended: That hold no longer.
        values: Of `SharedContext`.
        originals: Different texts among them.
        bytes: That all of it takes.
        agents: How many facts each agent said.
    """

    facts: int = 0
    ended: int = 0
    values: int = 0
    originals: int = 0
    bytes: int = 0
    agents: dict[str, int] = field(default_factory=dict)


def to_micros(moment: datetime) -> int:
    """Returns microseconds since the epoch; a time without a zone is local."""
    return (moment.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1)


def from_micros(micros: int) -> datetime:
    """Returns the moment, in UTC."""
    return _EPOCH + timedelta(microseconds=micros)
