"""Hypothesis strategies for what Headroom reads: tool outputs, conversations, request bodies."""

from headroom_testing.strategies.anthropic import anthropic_dialogues, anthropic_session
from headroom_testing.strategies.bodies import Spelled, bodies, spelled
from headroom_testing.strategies.dialogues import Dialogue, Slot, leaves, slots, values
from headroom_testing.strategies.openai import openai_dialogues, openai_session
from headroom_testing.strategies.texts import (
    KINDS,
    MARKER,
    json_texts,
    junk,
    plain_outputs,
    runs,
    tool_outputs,
    twisted,
)

__all__ = [
    "KINDS",
    "MARKER",
    "Dialogue",
    "Slot",
    "Spelled",
    "anthropic_dialogues",
    "anthropic_session",
    "bodies",
    "json_texts",
    "junk",
    "leaves",
    "openai_dialogues",
    "openai_session",
    "plain_outputs",
    "runs",
    "slots",
    "spelled",
    "tool_outputs",
    "twisted",
    "values",
]
