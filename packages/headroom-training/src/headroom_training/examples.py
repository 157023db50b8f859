"""Turns sessions into examples: one for each text that a compressor would be asked about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from headroom.compressors._select import Units, lines_of
from headroom.compressors._worth import rows_of
from headroom.detect import WORDS, segment
from headroom.pipeline.history import History
from headroom.pipeline.plan import plan
from headroom.policy import Policy
from headroom.protocols import Context
from headroom.tokenizers.estimates import Characters
from headroom.types import Block, Message
from headroom_training.labels import Later, Reader, labels
from headroom_training.sessions import Session

FEWEST, SMALLEST, LARGEST = 8, 600, 60_000
"""Lines and bytes of a text that is learned from."""


@dataclass(frozen=True, slots=True)
class Example:
    """A text, who read it, the rows that the trees see, and which lines were used later."""

    repo: str
    units: Units
    context: Context
    rows: bytes
    labels: list[int]


def examples(session: Session) -> Iterator[Example]:
    """Yields the examples of a session; nothing is left out of what the agent has read."""
    history, reader = History(), Reader()
    said = [_said(message) for message in session.messages]
    for index, message in enumerate(session.messages):
        later: Later | None = None
        for block in message.blocks:
            if block.kind in ("tool_result", "user_text") and not block.is_image:
                later = later or Later([text for texts in said[index + 1 :] for text in texts])
                yield from _of_block(block, message, history, reader, later, session.repo)
            history.read(block)
        for block in message.blocks:
            reader.read(block.text.encode("utf-8", "replace"))
        history.end(message)


def _said(message: Message) -> list[bytes]:
    kinds = ("assistant_text", "tool_call")
    return [b.text.encode("utf-8", "replace") for b in message.blocks if b.kind in kinds]


def _of_block(
    block: Block, message: Message, history: History, reader: Reader, later: Later, repo: str
) -> Iterator[Example]:
    data = block.text.encode("utf-8", "replace")
    planned = plan(block, len(data), message, history, Policy(), Characters())
    for part in segment(data, pasted=planned.pasted):
        if part.detection.content_type == WORDS or not later.text:
            continue
        units = lines_of(part.data)
        if len(units) >= FEWEST and SMALLEST <= len(part.data) < LARGEST:
            rows = rows_of(units, planned.context)
            used = labels(units.texts, reader, later)
            yield Example(repo, units, planned.context, rows, used)
