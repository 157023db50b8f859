"""What a provider billed, read from the bytes of its answer once they have passed.

Sources: docs.anthropic.com/en/api/messages, platform.openai.com/docs/api-reference/chat/object and
/responses/object, ai.google.dev/api/generate-content#UsageMetadata.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from headroom.encoding import decoded
from headroom.pricing import Price, Usage
from headroom.types import JSON
from headroom_proxy.exchange import LONGEST_ANSWER, Exchange

Reader: TypeAlias = Callable[[Mapping[str, JSON]], tuple[Usage, int]]
"""From a provider's usage to ours, and how much of what was written is kept for an hour."""

_MARKS = (b'"usage"', b'"usageMetadata"')
_LARGEST = 4 * LONGEST_ANSWER
_AWS_PIECE = re.compile(rb'"bytes"\s*:\s*"([A-Za-z0-9+/=]+)"')


@dataclass(frozen=True, slots=True)
class Billed:
    """Tokens of one request as its provider counts them.

    Attributes:
        usage: What was read from the cache, written to it, neither, and the output.
        written_1h: How much of what was written is kept for an hour.
        model: That answered; may be empty.
    """

    usage: Usage
    written_1h: int = 0
    model: str = ""

    def dollars(self, price: Price, usage: Usage | None = None) -> float | None:
        """Returns what this cost, or what another usage in its place would have; None: not known."""
        usage = usage or self.usage
        short = price.of(usage)
        if short is None or not self.written_1h or not usage.written:
            return short
        long = price.of(usage, lifetime="1h")
        share = self.written_1h / max(self.usage.written, self.written_1h)
        return None if long is None else short + (long - short) * share


def billed(exchange: Exchange) -> list[Billed]:
    """Returns what the provider says it billed for each of its answers; empty: it does not say."""
    reader = _READERS.get(exchange.wire)
    if reader is None:
        return []
    found = [_billed(answer, exchange, reader) for answer in exchange.answers]
    known = [one for one in found if one is not None]
    return known if len(known) == len(found) else []


def _billed(answer: bytes, exchange: Exchange, reader: Reader) -> Billed | None:
    data = decoded(answer, exchange.answer_encoding, _LARGEST)
    found: dict[str, JSON] = {}
    model = ""
    for event in _events(data or b"", exchange.answer_type):
        fields, named = _usage_in(event)
        found.update((key, value) for key, value in fields.items() if value is not None)
        model = named or model
    if not found:
        return None
    usage, written_1h = reader(found)
    return Billed(usage, written_1h, model)


def _events(data: bytes, content_type: bytes) -> Iterator[JSON]:
    """Yields the parts of an answer that may speak of usage."""
    texts: Iterable[bytes] = (data,)
    if content_type.startswith(b"text/event-stream"):
        texts = (line[5:] for line in data.splitlines() if line.startswith(b"data:"))
    elif content_type.startswith(b"application/vnd.amazon.eventstream"):
        texts = (_unpacked(piece) for piece in _AWS_PIECE.findall(data))
    for text in texts:
        if any(mark in text for mark in _MARKS):
            try:
                value = json.loads(text)
            except (ValueError, RecursionError):
                continue  # broken off, or no JSON: it says nothing
            yield from value if isinstance(value, list) else (value,)


def _unpacked(piece: bytes) -> bytes:
    try:
        return base64.b64decode(piece)
    except binascii.Error:
        return b""


def _usage_in(event: JSON) -> tuple[Mapping[str, JSON], str]:
    """Returns the usage that an event carries, and the model that it names."""
    if not isinstance(event, dict):
        return {}, ""
    holders = [event, event.get("message"), event.get("response")]
    usage: dict[str, JSON] = {}
    model = ""
    for holder in holders:
        if isinstance(holder, dict):
            found = holder.get("usage", holder.get("usageMetadata"))
            usage |= found if isinstance(found, dict) else {}
            model = str(holder.get("model") or holder.get("modelVersion") or model)
    return usage, model


def _anthropic(usage: Mapping[str, JSON]) -> tuple[Usage, int]:
    written = _number(usage, "cache_creation_input_tokens")
    read, fresh = _number(usage, "cache_read_input_tokens"), _number(usage, "input_tokens")
    long = _number(_inside(usage, "cache_creation"), "ephemeral_1h_input_tokens")
    return Usage(read, written, fresh, _number(usage, "output_tokens")), min(long, written)


def _openai_chat(usage: Mapping[str, JSON]) -> tuple[Usage, int]:
    details = _inside(usage, "prompt_tokens_details")
    whole, output = _number(usage, "prompt_tokens"), _number(usage, "completion_tokens")
    return _of_whole(whole, details, output), 0


def _openai_responses(usage: Mapping[str, JSON]) -> tuple[Usage, int]:
    details = _inside(usage, "input_tokens_details")
    return _of_whole(_number(usage, "input_tokens"), details, _number(usage, "output_tokens")), 0


def _gemini(usage: Mapping[str, JSON]) -> tuple[Usage, int]:
    read = _number(usage, "cachedContentTokenCount")
    whole = _number(usage, "promptTokenCount") + _number(usage, "toolUsePromptTokenCount")
    output = _number(usage, "candidatesTokenCount") + _number(usage, "thoughtsTokenCount")
    return Usage(read, 0, max(whole - read, 0), output), 0


def _of_whole(whole: int, details: Mapping[str, JSON], output: int) -> Usage:
    read, written = _number(details, "cached_tokens"), _number(details, "cache_write_tokens")
    return Usage(read, written, max(whole - read - written, 0), output)


def _inside(usage: Mapping[str, JSON], name: str) -> Mapping[str, JSON]:
    found = usage.get(name)
    return found if isinstance(found, dict) else {}


def _number(usage: Mapping[str, JSON], name: str) -> int:
    found = usage.get(name)
    return found if isinstance(found, int) and 0 < found < _ABSURD else 0


_ABSURD = 1 << 40
"""Tokens that nobody has; figures have to fit into the books."""

_READERS: dict[str, Reader] = {
    "anthropic_messages": _anthropic,
    "openai_chat": _openai_chat,
    "openai_responses": _openai_responses,
    "gemini": _gemini,
}
