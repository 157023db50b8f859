"""LangChain's messages as Headroom sees them: which of their texts may be edited, and edits back.

A message is never translated into another shape: an edited one is a copy with other content, and
keeps its id, status, artifact, and what else it carries. Messages of classes that nobody knows have
no texts here, and pass.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)

from headroom.formats import is_bound, strings
from headroom.types import Block, Conversation, Kind, Message, Path, Role, ToolCall

Content: TypeAlias = Any
"""A string, or a list of strings and of parts as the providers define them."""

_ROLES: dict[str, tuple[Role, Kind]] = {
    "system": ("system", "instructions"),
    "developer": ("system", "instructions"),
    "user": ("user", "user_text"),
    "assistant": ("assistant", "assistant_text"),
}


def conversation_of(messages: Sequence[BaseMessage]) -> Conversation:
    """Returns every text of the messages that the model reads, tool results joined to their calls."""
    calls: dict[str, ToolCall] = {}
    return Conversation(
        tuple(_message(message, ("messages", n), calls) for n, message in enumerate(messages))
    )


def _message(message: BaseMessage, path: Path, calls: dict[str, ToolCall]) -> Message:
    match message:
        case AIMessage():
            blocks = [*_texts(message.content, path, "assistant_text"), *_calls(message, path)]
            calls.update({b.tool.id: b.tool for b in blocks if b.tool is not None})
            return Message("assistant", tuple(blocks), _is_bound(message))
        case ToolMessage():
            asked = calls.get(message.tool_call_id)
            tool = asked or ToolCall(message.tool_call_id, message.name or "", "")
            return Message("tool", tuple(_texts(message.content, path, "tool_result", tool)))
        case FunctionMessage():
            tool = ToolCall("", message.name, "")
            return Message("tool", tuple(_texts(message.content, path, "tool_result", tool)))
        case HumanMessage():
            return Message("user", tuple(_texts(message.content, path, "user_text")))
        case SystemMessage():
            return Message("system", tuple(_texts(message.content, path, "instructions")))
        case ChatMessage() if message.role in _ROLES:
            role, kind = _ROLES[message.role]
            return Message(role, tuple(_texts(message.content, path, kind)))
        case _:
            return Message("user", ())


def _texts(
    content: Content, path: Path, kind: Kind, tool: ToolCall | None = None
) -> Iterator[Block]:
    path = (*path, "content")
    if isinstance(content, str):
        yield Block(path, kind, content, tool)
        return
    for n, part in enumerate(content):
        if isinstance(part, str):
            yield Block((*path, n), kind, part, tool)
        elif part.get("type") == "text" and isinstance(part.get("text"), str):
            yield Block((*path, n, "text"), kind, part["text"], tool)


def _calls(message: AIMessage, path: Path) -> Iterator[Block]:
    for n, call in enumerate(message.tool_calls):
        arguments = json.dumps(call["args"], ensure_ascii=False, default=str)
        tool = ToolCall(call["id"] or "", call["name"], arguments)
        yield Block((*path, "tool_calls", n), "tool_call", strings(call["args"]), tool)


def _is_bound(message: AIMessage) -> bool:
    """Returns whether it carries thinking that its provider accepts only behind the same texts."""
    parts = message.content if isinstance(message.content, list) else []
    reasoning = message.additional_kwargs.get("reasoning")
    return any(map(is_bound, parts)) or is_bound(reasoning)
