"""What observers are told, and the seam that may keep a block from being touched."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from headroom.types import Block, Receipt

Stage: TypeAlias = Literal[
    "Setup", "Pre-Start", "Post-Start", "Input Received", "Input Cached", "Input Routed",
    "Input Compressed", "Input Remembered", "Pre-Send", "Post-Send", "Response Received",
]  # fmt: skip
"""The stages of a request's life. The library goes through those of the input; a gateway through
all."""


@dataclass(frozen=True, slots=True)
class PipelineEvent:
    """Something that happened. Observers cannot change it.

    Attributes:
        stage: Where in a request's life.
        model: The model that the messages are for.
        messages: How many messages there are.
        reused: How many of them were decided before.
        receipt: What was decided, from "Input Compressed" on.
    """

    stage: Stage
    model: str = ""
    messages: int = 0
    reused: int = 0
    receipt: Receipt = field(default_factory=Receipt)


class Observer(Protocol):
    """Is told about everything that happens. What it raises is logged and has no effect."""

    def on_pipeline_event(self, event: PipelineEvent) -> None:
        """Takes one event."""
        ...


class CompressionHooks(Protocol):
    """May keep a block as it is, before it is first sent and never after.

    `allows` must depend on the block alone, so that every worker decides alike; `name` changes when
    its rule changes.
    """

    name: str

    def allows(self, block: Block) -> bool:
        """Returns whether the block may be touched."""
        ...
