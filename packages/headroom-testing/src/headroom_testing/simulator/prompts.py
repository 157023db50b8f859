"""A request as its provider compares it with earlier ones: pieces in order, each with a key.

Breakpoints and what only travels back and forth (status, annotations) do not count; a string is
the same as the one text block that it stands for.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import accumulate

from headroom.lint.layout import layout
from headroom.types import JSON

Count = Callable[[str], int]

_UNCOMPARED = frozenset(
    {"annotations", "cache_control", "caller", "citations", "logprobs", "phase", "status"}
)
_ARGUMENTS = frozenset({"args", "arguments", "input"})
_URL_SAFE = str.maketrans("-_", "+/")
_SEALS = ("signature", "encrypted_content", "thoughtSignature", "thought_signature")


@dataclass(frozen=True, slots=True)
class Piece:
    """A block that a cache entry can end with.

    Attributes:
        key: Equal where the provider sees the same.
        tokens: Its size.
        keep: Seconds that a breakpoint on it asks for; None: there is no breakpoint.
        seal: The signature that it carries, or an empty string.
    """

    key: str
    tokens: int
    keep: float | None = None
    seal: str = ""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A request in pieces.

    Attributes:
        pieces: Tools, system prompt, messages, in this order.
        first_message: The index of the first piece of a message.
        parameters: What cached messages depend on besides what stands before them.
    """

    pieces: tuple[Piece, ...]
    first_message: int = 0
    parameters: str = ""

    @property
    def tokens(self) -> int:
        """Tokens of all pieces."""
        return sum(piece.tokens for piece in self.pieces)

    @property
    def digests(self) -> list[bytes]:
        """The digests of the first 0, 1, … all pieces."""
        return list(accumulate((p.key for p in self.pieces), next_digest, initial=b""))

    @property
    def cache_keys(self) -> list[bytes]:
        """The digests as a cache compares them: changed parameters lose the cached messages."""
        named = next_digest(b"", self.parameters)
        return [d + named if n > self.first_message else d for n, d in enumerate(self.digests)]

    @property
    def sizes(self) -> list[int]:
        """The tokens of the first 0, 1, … all pieces."""
        return list(accumulate((piece.tokens for piece in self.pieces), initial=0))


def read_prompt(request: JSON, count: Count) -> Prompt:
    """Returns the prompt of a request.

    Raises:
        FormatError: It is no request.
    """
    now = layout(request, count)
    pieces = [
        Piece(key_of(slot.role, slot.value), slot.tokens, _keep(slot.mark), _seal_of(slot.value))
        for slot in now.slots
        if not _is_shown_thought(slot.value) and slot.value != ""
    ]
    if now.anthropic and now.automatic and pieces:
        pieces[-1] = replace(pieces[-1], keep=_keep(request["cache_control"]))
    first = sum(slot.part != "messages" for slot in now.slots)
    parameters = [request.get(name) for name in ("thinking", "tool_choice")]
    return Prompt(tuple(pieces), first, json.dumps(parameters))


def key_of(role: str, value: JSON) -> str:
    """Returns the key of a block."""
    return role + json.dumps(_compared(value), ensure_ascii=False)


def _compared(value: JSON) -> JSON:
    if isinstance(value, str):
        return [{"text": value}]
    if isinstance(value, list):
        return [_inner(member) for member in value]
    return [_inner(value)]


def _inner(value: JSON) -> JSON:
    if isinstance(value, list):
        return [_inner(member) for member in value]
    if not isinstance(value, dict):
        return value
    kept = {k: v for k, v in value.items() if k not in _UNCOMPARED and v is not None}
    if kept.get("type") in ("text", "input_text", "output_text"):
        return {"text": kept.get("text")}
    if kept.get("type") in ("message", "reasoning") or "call_id" in kept:
        kept.pop("id", None)  # clients that store nothing leave it out
    if kept.get("type") == "tool_result" and isinstance(kept.get("content"), str):
        kept["content"] = [{"text": kept["content"]}]
    kept |= {name: _in_one_alphabet(kept[name]) for name in _SEALS if name in kept}
    # a client may write the fields of a block in its own order; the order of arguments is the model's
    return {k: kept[k] if k in _ARGUMENTS else _inner(kept[k]) for k in sorted(kept)}


def _is_shown_thought(value: JSON) -> bool:
    """Returns whether this is what Gemini shows of its thoughts, which clients need not send."""
    return isinstance(value, dict) and value.get("thought") is True


def _keep(mark: JSON) -> float | None:
    if not isinstance(mark, dict):
        return None
    return 3600.0 if mark.get("ttl") == "1h" else 300.0


def _seal_of(value: JSON) -> str:
    if not isinstance(value, dict):
        return ""
    found = (value[name] for name in _SEALS if isinstance(value.get(name), str))
    return str(_in_one_alphabet(next(found, "")))


def _in_one_alphabet(seal: JSON) -> JSON:
    """Returns a signature in the usual base64; clients of Gemini may send the one for URLs."""
    return seal.translate(_URL_SAFE) if isinstance(seal, str) else seal


def next_digest(before: bytes, key: str) -> bytes:
    """Returns the digest of what a digest stands for and one piece more."""
    data = key.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(before + data, digest_size=12).digest()
