"""What is asked of a model about the form of its answers: once, behind the first request.

Before the first answer nothing of a conversation is in a cache, so what is added there, at its end,
touches no prefix. From then on it is part of what was sent: the ledger keeps it with the message that
it follows, and every later request carries it at the same place. A share of the conversations is
held out, so that what it changes can be counted.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from headroom.formats._body import Body
from headroom.types import JSON, Edit, Insertion, Path, Steered

EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
"""Names that providers have for how much a model thinks, in order; not each knows all of them."""

_EFFORT: dict[str, Path] = {
    "anthropic_messages": ("output_config", "effort"),
    "openai_chat": ("reasoning_effort",),
}
"""Where a request says it, by wire format. In other formats nobody is steered."""

_FORMATS: dict[str, tuple[Path, ...]] = {
    "anthropic_messages": (("output_config", "format"), ("output_format",)),
    "openai_chat": (("response_format",),),
}
"""Where a request fixes the form of the answer, so that nothing is to be said about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Steering:
    """What is asked of models.

    Attributes:
        text: What is said; empty: nothing.
        effort: The most that they are to think; empty: as the client says. Where the client says
            nothing, nothing is said.
        holdout: The share of conversations that are left as they are.
    """

    text: str = ""
    effort: str = ""
    holdout: float = 0.2

    def of(self, key: bytes) -> Steered:
        """Returns what is done with a conversation, by nothing but its beginning.

        Args:
            key: Of the last message of its first request.
        """
        if int.from_bytes(key[:8], "big") < self.holdout * 2**64:
            return Steered()
        return Steered(self.text, self.effort)


def may_steer(request: Body) -> bool:
    """Returns whether the form of the answer is free."""
    fixed = _FORMATS.get(request.wire_format.name)
    return fixed is not None and not any(request.document.value(path) for path in fixed)


def asking(
    request: Body, after: int, steered: Steered | None
) -> tuple[list[Edit], list[Insertion]]:
    """Returns how a request asks for it: edits of its settings, and what is said behind a message."""
    if steered is None or request.wire_format.name not in _EFFORT:
        return [], []
    said = []
    if steered.text:
        element = json.dumps({"role": "user", "content": steered.text})
        said = [Insertion((request.wire_format.field, after + 1), element)]
    return _edits(request, steered), said


def _edits(request: Body, steered: Steered) -> list[Edit]:
    path = _EFFORT[request.wire_format.name]
    asked: JSON = request.document.value(path)
    if asked not in EFFORTS or steered.effort not in EFFORTS:
        return []
    if EFFORTS.index(asked) <= EFFORTS.index(steered.effort):
        return []
    return [Edit(path, steered.effort)]
