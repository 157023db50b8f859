"""The figures of an audit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from headroom.pricing import Lifetime

Mode: TypeAlias = Literal["lossless", "on"]
"""As the gateway's setting: encodings only; or also what the model can ask for is left out."""

MODES: tuple[Mode, ...] = ("lossless", "on")


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What a transcript does not say.

    Attributes:
        model: Whose prices count; empty: the one that the transcript names.
        asks: The share of what is left out that the model asks for again.
        front: Tokens of system prompt and tools, where no usage tells.
        lifetime: How long the provider keeps what is written; None: as the transcript says, or 5m.
    """

    model: str = ""
    asks: float = 0.3
    front: int = 0
    lifetime: Lifetime | None = None


@dataclass(slots=True)
class Side:
    """What a session takes in one way of sending it.

    Attributes:
        tokens: Of all requests together: what is sent again counts again.
        dollars: With the prompt cache; None: the model has no known price.
    """

    tokens: int = 0
    dollars: float | None = 0.0

    def add(self, tokens: int, dollars: float | None) -> None:
        """Adds what else is sent."""
        self.tokens += tokens
        known = self.dollars is not None and dollars is not None
        self.dollars = (self.dollars or 0.0) + (dollars or 0.0) if known else None

    def share_of(self, other: Side) -> float | None:
        """Returns by how much its dollars are above those of another, as a share; None: unknown."""
        if self.dollars is None or not other.dollars:
            return None
        return self.dollars / other.dollars - 1


@dataclass(slots=True)
class Printed:
    """What a tool printed: tokens of its texts, each once, and what less of them saves."""

    texts: int = 0
    before: int = 0
    after: int = 0
    dollars: float | None = 0.0

    def add(self, other: Printed) -> None:
        """Adds the figures of another."""
        self.texts += other.texts
        self.before += other.before
        self.after += other.after
        known = self.dollars is not None and other.dollars is not None
        self.dollars = (self.dollars or 0.0) + (other.dollars or 0.0) if known else None


@dataclass(slots=True)
class Audited:
    """A session, as it came and in both modes.

    Attributes:
        agent: That wrote it down.
        project: Where it worked.
        id: Of the session.
        model: Whose prices count; empty: unknown.
        requests: To the provider.
        without: As it came.
        sides: By mode.
        tools: By mode and tool; an empty name is what a user pasted.
        billed: Dollars of the usage that the provider stated at the time; None: it is not recorded
            for every request, or has no known price.
        left_out: Texts of which something is left out in mode `on`.
        exact: Whether tokens are counted by the model's own tokenizer.
        skipped: Records of the transcript that could not be read.
    """

    agent: str
    project: str
    id: str
    model: str = ""
    requests: int = 0
    without: Side = field(default_factory=Side)
    sides: dict[Mode, Side] = field(default_factory=lambda: {mode: Side() for mode in MODES})
    tools: dict[Mode, dict[str, Printed]] = field(
        default_factory=lambda: {mode: {} for mode in MODES}
    )
    billed: float | None = 0.0
    left_out: int = 0
    exact: bool = True
    skipped: int = 0
