"""Stage 2: what a block is made of, and what its compressors may know."""

from __future__ import annotations

from dataclasses import dataclass

from headroom.detect import segment
from headroom.policy import Policy
from headroom.protocols import Context, Tokenizer
from headroom.types import Intent, Segment, ToolCall


@dataclass(frozen=True, slots=True)
class Plan:
    """The segments of a block and the context for its compressors."""

    segments: tuple[Segment, ...]
    context: Context


def plan(
    data: bytes,
    tokens: int,
    tool: ToolCall | None,
    intent: Intent,
    policy: Policy,
    tokenizer: Tokenizer,
) -> Plan:
    """Returns the plan for a block of `tokens` tokens that `tool` produced."""
    name = tool.name if tool else ""
    omit = policy.omit and tokens >= policy.omit_from and name not in policy.lossless_only
    return Plan(segment(data), Context(intent, tokenizer, omit, tool))
