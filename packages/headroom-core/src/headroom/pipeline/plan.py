"""Stage 2: what a block is made of, and what its compressors may know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from headroom.compressors._select import names_lines
from headroom.detect import WORDS, segment
from headroom.pipeline.history import History
from headroom.policy import Policy
from headroom.protocols import Context, Tokenizer
from headroom.types import Block, Message, Segment


@dataclass(frozen=True, slots=True)
class Plan:
    """The context for a block's compressors, and whether the block is a user's message."""

    context: Context
    pasted: bool

    def segments(self, data: bytes) -> tuple[Segment, ...]:
        """Returns the segments of the block, or of a part of it."""
        return segment(data, pasted=self.pasted, omit=self.context.omit)


def pasted_lines(segments: Sequence[Segment]) -> list[range]:
    """Returns the lines, from 1, of the segments that may be touched."""
    touched = (s for s in segments if s.detection.content_type != WORDS)
    return [range(s.line, s.last_line + 1) for s in touched]


def plan(
    block: Block,
    tokens: int,
    message: Message,
    history: History,
    policy: Policy,
    tokenizer: Tokenizer,
) -> Plan:
    """Returns the plan for a block of `message` that has `tokens` tokens."""
    name = block.tool.name if block.tool else ""
    omit = policy.omit and tokens >= policy.omit_from and name not in policy.lossless_only
    intent = history.intent(message, block, policy.query)
    again = omit and history.asked_again(block.text)
    context = Context(intent, tokenizer, omit, again, block.tool, history.met, history.turn)
    if again and names_lines(context):  # these very lines are what is missing
        context = replace(context, omit=False)
    return Plan(context, pasted=block.kind == "user_text")
