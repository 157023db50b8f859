"""What a shape of the API gets to render an answer from, and what it gives back."""

from __future__ import annotations

import json
from dataclasses import dataclass

from headroom.types import JSON
from headroom_testing.simulator.caches import Usage
from headroom_testing.simulator.prompts import Count
from headroom_testing.simulator.script import Call, Part, Reply, Thinking
from headroom_testing.simulator.seals import Sealer


@dataclass(frozen=True, slots=True)
class Turn:
    """One request and what the model answers.

    Attributes:
        request: The body.
        model: That it names.
        reply: What the model answers.
        usage: What the prompt cost.
        number: Of the answer, from 1; ids are made of it.
        sealer: Signs thoughts.
        count: Counts tokens.
    """

    request: JSON
    model: str
    reply: Reply
    usage: Usage
    number: int
    sealer: Sealer
    count: Count

    @property
    def output_tokens(self) -> int:
        """Tokens of the answer."""
        return sum(self._size(part) for part in self.reply.parts)

    @property
    def thinking_tokens(self) -> int:
        """Tokens of the thoughts among them."""
        return sum(self._size(part) for part in self.reply.parts if isinstance(part, Thinking))

    def _size(self, part: Part) -> int:
        if isinstance(part, Call):
            return self.count(part.name + json.dumps(part.arguments))
        return self.count(part.text)


@dataclass(frozen=True, slots=True)
class Rendered:
    """An answer as one JSON value, and as the frames of a stream."""

    payload: JSON
    frames: tuple[bytes, ...]
