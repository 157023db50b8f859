"""Which provider a request is for, and what it is written in. No request can name another place."""

from __future__ import annotations

import re
from dataclasses import dataclass

from headroom.formats import anthropic_messages, gemini, openai_chat, openai_responses
from headroom.protocols import WireFormat
from headroom_proxy.headers import Headers
from headroom_proxy.settings import Settings

_GENERATE = re.compile(r"/v1(?:beta|alpha)?/models/([^/:]+):(?:streamG|g)enerateContent")

_EDITED: dict[str, WireFormat] = {
    "/v1/messages": anthropic_messages.FORMAT,
    "/v1/chat/completions": openai_chat.FORMAT,
    "/v1/responses": openai_responses.FORMAT,
}


@dataclass(frozen=True, slots=True)
class Route:
    """Where a request goes.

    Attributes:
        upstream: The provider's URL.
        wire_format: What the body is written in, if it holds a conversation; else it passes by.
        model: What the path names, or an empty string.
    """

    upstream: str
    wire_format: WireFormat | None = None
    model: str = ""


def route(method: str, path: str, headers: Headers, settings: Settings) -> Route:
    """Returns the route of a request."""
    upstream = _upstream(path, {name for name, _ in headers}, settings)
    if method != "POST":
        return Route(upstream)
    generated = _GENERATE.fullmatch(path)
    if generated:
        return Route(settings.gemini, gemini.FORMAT, generated[1])
    return Route(upstream, _EDITED.get(path))


def _upstream(path: str, names: set[bytes], settings: Settings) -> str:
    if path.startswith("/v1/messages") or b"anthropic-version" in names:
        return settings.anthropic
    if path.startswith(("/v1beta/", "/v1alpha/")) or b"x-goog-api-key" in names:
        return settings.gemini
    return settings.openai
