"""A model that asks for what was left out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from headroom.ccr.marker import references
from headroom.ccr.tool import NAME
from headroom_testing.simulator.recording import Recorded
from headroom_testing.simulator.script import Answer, Call, Delivery, Part, Reply

_FIELDS = ("messages", "input", "contents")


class Asking:
    """A script in order; its retrievals ask for the reference that the request shows last.

    Args:
        turns: What the model answers; parts are a reply of them.
        delivery: How they travel.
    """

    def __init__(self, *turns: Sequence[Part] | Answer, delivery: Delivery | None = None) -> None:
        self._turns = iter(turns)
        self._delivery = delivery or Delivery()

    def __call__(self, request: Recorded) -> Answer:
        """Returns the next answer; after the last, that it is done."""
        turn = next(self._turns, Reply())
        if not isinstance(turn, Reply | Sequence):
            return turn
        reply = turn if isinstance(turn, Reply) else Reply(tuple(turn), delivery=self._delivery)
        refs = references_in(request)
        return replace(reply, parts=tuple(_asked(part, refs) for part in reply.parts))


def references_in(request: Recorded) -> list[str]:
    """Returns the references that a request shows to the model, in order."""
    said = request.json
    shown = json.dumps([said.get(field) for field in _FIELDS], ensure_ascii=False)
    return list(references(shown.replace('\\"', '"')))


def _asked(part: Part, refs: Sequence[str]) -> Part:
    if not isinstance(part, Call) or part.name != NAME or not refs or "ref" in part.arguments:
        return part
    return Call(NAME, {**part.arguments, "ref": refs[-1]})
