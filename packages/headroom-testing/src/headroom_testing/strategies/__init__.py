"""Hypothesis strategies for what Headroom reads: tool outputs, conversations, request bodies."""

from headroom_testing.strategies.anthropic import anthropic_dialogues, anthropic_session
from headroom_testing.strategies.bodies import Spelled, bodies, spelled
from headroom_testing.strategies.dialogues import AnySlot, Dialogue, Slot, leaves, slots, values
from headroom_testing.strategies.gemini import gemini_dialogues, gemini_session
from headroom_testing.strategies.openai import openai_dialogues, openai_session
from headroom_testing.strategies.responses import responses_dialogues, responses_session
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
    "AnySlot",
    "Dialogue",
    "Slot",
    "Spelled",
    "anthropic_dialogues",
    "anthropic_session",
    "bodies",
    "gemini_dialogues",
    "gemini_session",
    "json_texts",
    "junk",
    "leaves",
    "openai_dialogues",
    "openai_session",
    "plain_outputs",
    "responses_dialogues",
    "responses_session",
    "runs",
    "slots",
    "spelled",
    "tool_outputs",
    "twisted",
    "values",
]
