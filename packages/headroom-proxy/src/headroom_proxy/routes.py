"""Which provider a request is for, and what it is written in. No request can name another place."""

from __future__ import annotations

import re
from dataclasses import dataclass

from headroom.formats import anthropic_messages, gemini, openai_chat, openai_responses
from headroom.protocols import WireFormat
from headroom_proxy.headers import Headers, header
from headroom_proxy.settings import Settings

_GENERATE = re.compile(
    r"/v1(?:beta|alpha)?/models/([^/:]+):(?:(?:streamG|g)enerateContent|countTokens)"
)
_BEDROCK = re.compile(r"/model/([^/]*anthropic\.[^/]+)/invoke(?:-with-response-stream)?")
_VERTEX = re.compile(
    r"/v1(?:beta1)?/projects/[^/]+/locations/[^/]+/publishers/"
    r"(?:anthropic/models/(?P<claude>[^/:]+):(?:streamR|r)awPredict"
    r"|google/models/(?P<gemini>[^/:]+):(?:streamG|g)enerateContent)"
)
_VERTEX_PREFIXES = ("/v1/projects/", "/v1beta1/projects/")

_COUNTS = ("/count_tokens", ":countTokens")
_EDITED: dict[str, tuple[str, WireFormat]] = {
    "/v1/messages": ("anthropic", anthropic_messages.FORMAT),
    "/v1/messages/count_tokens": ("anthropic", anthropic_messages.FORMAT),
    "/v1/chat/completions": ("openai", openai_chat.FORMAT),
    "/v1/responses": ("openai", openai_responses.FORMAT),
    "/backend-api/codex/responses": ("chatgpt", openai_responses.FORMAT),
}


@dataclass(frozen=True, slots=True)
class Route:
    """Where a request goes.

    Attributes:
        provider: The setting that names the place.
        upstream: The provider's URL; empty: none is set.
        wire_format: What the body is written in, if it holds a conversation; else it passes by.
        model: What the path names, or an empty string.
        generates: Whether a model reads the body; else its tokens are only counted.
        joins: Whether several answers can be given as one. Not so where they come in frames of
            another kind than JSON and server-sent events.
    """

    provider: str
    upstream: str
    wire_format: WireFormat | None = None
    model: str = ""
    generates: bool = True
    joins: bool = True


def route(
    method: str, path: str, headers: Headers, settings: Settings, query: bytes = b""
) -> Route:
    """Returns the route of a request."""
    provider = _provider(path, {name for name, _ in headers})
    wire_format, model = _conversation(path, provider) if method == "POST" else (None, "")
    if _is_sealed(headers):
        wire_format = None
    generates = not path.endswith(_COUNTS)
    in_a_list = ":streamGenerateContent" in path and b"alt=sse" not in query.split(b"&")
    joins = not in_a_list and not path.endswith("/invoke-with-response-stream")
    upstream = str(getattr(settings, provider))
    return Route(provider, upstream, wire_format, model, generates, joins)


def socket_route(path: str, settings: Settings) -> Route:
    """Returns the route of a WebSocket; without a wire format its frames pass by unread."""
    provider = _provider(path, set())
    wire_format, _ = _conversation(path, provider)
    if wire_format is not openai_responses.FORMAT:
        wire_format = None
    return Route(provider, str(getattr(settings, provider)), wire_format)


def _provider(path: str, names: set[bytes]) -> str:
    if path in _EDITED and not path.startswith("/v1/messages"):
        found = _EDITED[path][0]
    elif path.startswith("/model/"):
        found = "bedrock"
    elif path.startswith(_VERTEX_PREFIXES):
        found = "vertex"
    elif path.startswith("/backend-api/"):
        found = "chatgpt"
    elif path.startswith("/v1/messages") or b"anthropic-version" in names:
        found = "anthropic"
    elif path.startswith(("/v1beta/", "/v1alpha/")) or b"x-goog-api-key" in names:
        found = "gemini"
    else:
        found = "gemini" if _GENERATE.fullmatch(path) else "openai"
    return found


def _conversation(path: str, provider: str) -> tuple[WireFormat | None, str]:
    """Returns what the body of a path is written in, and the model that the path names."""
    if path in _EDITED:
        return _EDITED[path][1], ""
    if provider == "bedrock" and (named := _BEDROCK.fullmatch(path)):
        return anthropic_messages.FORMAT, named[1]
    if provider == "vertex" and (named := _VERTEX.fullmatch(path)):
        model = named["claude"] or named["gemini"]
        return (anthropic_messages if named["claude"] else gemini).FORMAT, model
    if provider == "gemini" and (named := _GENERATE.fullmatch(path)):
        return gemini.FORMAT, named[1]
    return None, ""


def _is_sealed(headers: Headers) -> bool:
    """Returns whether a signature covers the body, so that it cannot be edited (AWS SigV4)."""
    digest = header(headers, b"x-amz-content-sha256")
    signed = (header(headers, b"authorization") or b"").startswith(b"AWS4-")
    return signed or (digest is not None and digest != b"UNSIGNED-PAYLOAD")
