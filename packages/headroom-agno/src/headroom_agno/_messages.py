"""Agno's messages as Headroom sees them: which of their texts may be edited, and edits back.

A message is never translated into another shape: an edited one is a copy with other content. Roles
and parts that nobody knows have no texts here, and pass.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from agno.models.message import Message as Said

from headroom.formats import is_bound, strings
from headroom.types import Block, Conversation, Kind, Message, Path, Role, ToolCall

Content: TypeAlias = Any
"""A string, or a list of strings and of parts as the providers define them."""

_ROLES: dict[str, tuple[Role, Kind]] = {
    "system": ("system", "instructions"),
    "developer": ("system", "instructions"),
    "user": ("user", "user_text"),
    "assistant": ("assistant", "assistant_text"),
    "model": ("assistant", "assistant_text"),
    "tool": ("tool", "tool_result"),
}
_TEXTS = ("text", "input_text")


def conversation_of(messages: Sequence[Said], *, compressed: bool = False) -> Conversation:
    """Returns every text of the messages that the model reads, tool results joined to their calls.

    Args:
        messages: The conversation.
        compressed: Whether the model reads what Agno's own compression made of results.
    """
    calls: dict[str, ToolCall] = {}
    return Conversation(
        tuple(
            _message(message, ("messages", n), calls, compressed=compressed)
            for n, message in enumerate(messages)
        )
    )


def _message(message: Said, path: Path, calls: dict[str, ToolCall], *, compressed: bool) -> Message:
    if message.role not in _ROLES:
        return Message("user", ())
    role, kind = _ROLES[message.role]
    path = (*path, "content")
    if role == "tool":
        asked = calls.get(message.tool_call_id or "")
        tool = asked or ToolCall(message.tool_call_id or "", message.tool_name or "", "")
        if compressed and message.compressed_content is not None:
            return Message(role, (Block(path, "compressed", message.compressed_content, tool),))
        return Message(role, tuple(_texts(message.content, path, kind, tool)))
    blocks = list(_texts(message.content, path, kind))
    for n, call in enumerate(message.tool_calls or ()):
        blocks.append(_call(call, (*path[:-1], "tool_calls", n), calls))
    return Message(role, tuple(blocks), role == "assistant" and _carries_bound(message))


def _texts(
    content: Content, path: Path, kind: Kind, tool: ToolCall | None = None
) -> Iterator[Block]:
    if isinstance(content, str):
        yield Block(path, kind, content, tool)
    elif isinstance(content, list):
        for n, part in enumerate(content):
            if isinstance(part, str):
                yield Block((*path, n), kind, part, tool)
            elif _is_text(part):
                yield Block((*path, n, "text"), kind, part["text"], tool)


def _is_text(part: Content) -> bool:
    known = isinstance(part, dict) and part.get("type") in _TEXTS
    return known and isinstance(part.get("text"), str)


def _call(call: Content, path: Path, calls: dict[str, ToolCall]) -> Block:
    function = call.get("function") or {}
    arguments = function.get("arguments") or ""
    text = arguments if isinstance(arguments, str) else json.dumps(arguments, default=str)
    tool = ToolCall(str(call.get("id") or ""), str(function.get("name") or ""), text)
    for name in ("id", "call_id"):  # OpenAI's responses have both
        if call.get(name):
            calls[call[name]] = tool
    return Block(path, "tool_call", _strings(text), tool)


def _strings(arguments: str) -> str:
    try:
        return strings(json.loads(arguments))
    except ValueError:
        return arguments


def _carries_bound(message: Said) -> bool:
    """Returns whether it carries thinking that its provider accepts only behind the same texts."""
    data = message.provider_data or {}
    kept = [*(data.get("content_blocks") or ()), data.get("reasoning_output")]
    signed = data.get("signature") or message.redacted_reasoning_content
    return bool(signed) or any(map(is_bound, kept))
