"""Messages of Strands as Headroom sees them: which of their texts may be edited, and edits back.

They have the shape of Bedrock's Converse API. Blocks of kinds that nobody knows have no texts here,
and pass.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_Types_Amazon_Bedrock_Runtime.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from headroom.formats import strings
from headroom.types import Block, Conversation, Edit, Kind, Message, Path, Role, ToolCall

Messages: TypeAlias = Sequence[Any]
Content: TypeAlias = Any
Value: TypeAlias = Any


def conversation_of(messages: Messages) -> Conversation:
    """Returns every text of the messages that the model reads, tool results joined to their calls."""
    calls: dict[str, ToolCall] = {}
    return Conversation(
        tuple(_message(message, ("messages", n), calls) for n, message in enumerate(messages))
    )


def edited(messages: Messages, edits: Sequence[Edit]) -> list[Content]:
    """Returns the messages with the edits applied; untouched messages are the same objects."""
    out = list(messages)
    for edit in edits:
        index = int(edit.path[1])
        out[index] = _with(out[index], edit.path[2:], edit.text)
    return out


def _message(message: Content, path: Path, calls: dict[str, ToolCall]) -> Message:
    role: Role = "assistant" if message["role"] == "assistant" else "user"
    said: Kind = "assistant_text" if role == "assistant" else "user_text"
    blocks: list[Block] = []
    for n, part in enumerate(message["content"]):
        place = (*path, "content", n)
        if "text" in part:
            blocks.append(Block((*place, "text"), said, part["text"]))
        elif "toolUse" in part:
            blocks.append(_call(part["toolUse"], place, calls))
        elif "toolResult" in part:
            blocks.extend(_results(part["toolResult"], (*place, "toolResult", "content"), calls))
    return Message(role, tuple(blocks), any(map(_is_bound, message["content"])))


def _call(use: Content, path: Path, calls: dict[str, ToolCall]) -> Block:
    arguments = json.dumps(use["input"], ensure_ascii=False, default=str)
    tool = calls[use["toolUseId"]] = ToolCall(use["toolUseId"], use["name"], arguments)
    return Block((*path, "toolUse"), "tool_call", strings(use["input"]), tool)


def _results(result: Content, path: Path, calls: dict[str, ToolCall]) -> Iterator[Block]:
    identifier = result["toolUseId"]
    tool = calls.get(identifier) or ToolCall(identifier, "", "")
    for n, part in enumerate(result["content"]):
        if "text" in part:
            yield Block((*path, n, "text"), "tool_result", part["text"], tool)
        elif "json" in part and (text := _written(part["json"])):
            yield Block((*path, n, "json"), "tool_result", text, tool)


def _written(value: Value) -> str:
    """Returns JSON as Strands writes it for providers that take text only; empty: it is none."""
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        return ""


def _is_bound(part: Content) -> bool:
    """Returns whether it is thinking that its provider accepts only behind the same texts."""
    thinking = part.get("reasoningContent") or {}
    signed = (thinking.get("reasoningText") or {}).get("signature")
    return bool(signed or thinking.get("redactedContent"))


def _with(value: Value, path: Path, text: str) -> Value:
    """Returns a value with a text in place of what is at a path inside it."""
    key, rest = path[0], path[1:]
    if isinstance(value, list):
        n = int(key)
        return [*value[:n], _with(value[n], rest, text), *value[n + 1 :]]
    if rest:
        return {**value, key: _with(value[key], rest, text)}
    return {("text" if k == key else k): (text if k == key else v) for k, v in value.items()}
