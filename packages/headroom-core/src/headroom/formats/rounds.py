"""Rounds in each wire format; all there are stand in ROUNDS."""

from __future__ import annotations

from collections.abc import Mapping

from headroom.formats import anthropic_messages, gemini, openai_chat, openai_responses
from headroom.formats._rounds import (
    RoundsFormat,
    Splice,
    appended,
    dumped,
    inserted,
    spliced,
)
from headroom.formats.anthropic_rounds import AnthropicRounds
from headroom.formats.gemini_rounds import GeminiRounds
from headroom.formats.openai_chat_rounds import OpenAIChatRounds
from headroom.formats.openai_responses_rounds import OpenAIResponsesRounds

__all__ = ["ROUNDS", "RoundsFormat", "Splice", "appended", "dumped", "inserted", "spliced"]

ROUNDS: Mapping[str, RoundsFormat] = {
    anthropic_messages.FORMAT.name: AnthropicRounds(),
    openai_chat.FORMAT.name: OpenAIChatRounds(),
    openai_responses.FORMAT.name: OpenAIResponsesRounds(),
    gemini.FORMAT.name: GeminiRounds(),
}
"""By the name of the wire format."""
