"""Several answers of a model as the one that its client expects, without the calls that we answer.

What needs no change passes byte for byte. One file a wire format, listed in JOINING.
"""

from __future__ import annotations

from collections.abc import Mapping

from headroom.joining._base import MOST_ROUNDS, Joining
from headroom.joining._events import Events, data_in, event_around
from headroom.joining.anthropic import AnthropicJoining
from headroom.joining.gemini import GeminiJoining
from headroom.joining.openai_chat import OpenAIChatJoining
from headroom.joining.openai_responses import OpenAIResponsesJoining

__all__ = ["JOINING", "MOST_ROUNDS", "Events", "Joining", "data_in", "event_around"]

JOINING: Mapping[str, type[Joining]] = {
    "anthropic_messages": AnthropicJoining,
    "openai_chat": OpenAIChatJoining,
    "openai_responses": OpenAIResponsesJoining,
    "gemini": GeminiJoining,
}
"""By the name of the wire format."""
