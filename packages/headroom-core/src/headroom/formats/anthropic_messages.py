"""Anthropic messages: string or block-list content; tool results are user blocks.

Source: https://docs.anthropic.com/en/api/messages
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from headroom.formats._images import base64_data
from headroom.formats._read import arguments_text, expect, is_bound, role_of, strings
from headroom.types import JSON, Block, Conversation, Kind, Message, Path, Role, ToolCall

_TYPES = frozenset(
    {"tool_use", "tool_result", "thinking", "redacted_thinking", "document", "image"}
)
_Calls: TypeAlias = dict[str, ToolCall | None]
"""The calls so far; None for those that a program made, which parses their results."""

_KINDS: dict[str, tuple[Role, Kind]] = {
    "user": ("user", "user_text"),
    "assistant": ("assistant", "assistant_text"),
}


class AnthropicMessages:
    """Finds texts in Anthropic messages."""

    name = "anthropic_messages"
    field = "messages"

    def matches(self, messages: Sequence[JSON]) -> bool:
        """Returns whether a block type that only this format has occurs."""
        return any(
            isinstance(block, dict) and str(block.get("type")) in _TYPES
            for message in messages
            if isinstance(message.get("content"), list)
            for block in message["content"]
        )

    def read(self, messages: Sequence[JSON]) -> Conversation:
        """Returns every text that the model reads, tool results joined to their calls."""
        calls: _Calls = {}
        return Conversation(tuple(_message(i, m, calls) for i, m in enumerate(messages)))


def _message(index: int, message: JSON, calls: _Calls) -> Message:
    role, kind = _KINDS.get(role_of(message, f"messages[{index}]"), ("system", "instructions"))
    path: Path = ("messages", index, "content")
    where = f"messages[{index}].content"
    content = message.get("content")
    expect(content, (str, list, tuple), where, "a string or a list of content blocks")
    if isinstance(content, str):
        return Message(role, (Block(path, kind, content),))
    blocks: list[Block] = []
    for n, block in enumerate(content):
        expect(block, (dict,), f"{where}[{n}]", "a content block")
        blocks.extend(_block(block, (*path, n), f"{where}[{n}]", kind, calls))
    return Message(role, tuple(blocks), any(map(is_bound, content)))


def _block(block: JSON, path: Path, where: str, kind: Kind, calls: _Calls) -> Iterator[Block]:
    match block.get("type"):
        case "text":
            expect(block.get("text"), (str,), f"{where}.text", "a string")
            yield Block((*path, "text"), kind, block["text"])
        case "tool_use":
            tool_input = block.get("input")
            arguments = arguments_text(tool_input, f"{where}.input")
            tool = ToolCall(str(block.get("id", "")), str(block.get("name", "")), arguments)
            calls[tool.id] = None if _is_of_a_program(block) else tool
            yield Block((*path, "input"), "tool_call", strings(tool_input), tool)
        case "tool_result":
            asked = calls.get(str(block.get("tool_use_id", "")), ToolCall("", "", ""))
            if asked is not None:
                yield from _tool_result(block.get("content"), (*path, "content"), where, asked)
        case "image" if kind == "user_text":
            yield from _image(block.get("source"), path)
        case _:
            return  # thinking, documents, server tools: opaque


def _image(source: JSON, path: Path, tool: ToolCall | None = None) -> Iterator[Block]:
    if isinstance(source, dict) and source.get("type") == "base64":
        yield from base64_data(source.get("data"), (*path, "source", "data"), tool)


def _is_of_a_program(block: JSON) -> bool:
    caller = block.get("caller")
    return isinstance(caller, dict) and caller.get("type") != "direct"


def _tool_result(content: JSON, path: Path, where: str, tool: ToolCall) -> Iterator[Block]:
    expect(
        content, (str, list, tuple, type(None)), f"{where}.content", "a string or a list of blocks"
    )
    if isinstance(content, str):
        yield Block(path, "tool_result", content, tool)
        return
    for n, part in enumerate(content or ()):
        expect(part, (dict,), f"{where}.content[{n}]", "a content block")
        if part.get("type") == "text":
            expect(part.get("text"), (str,), f"{where}.content[{n}].text", "a string")
            yield Block((*path, n, "text"), "tool_result", part["text"], tool)
        elif part.get("type") == "image":
            yield from _image(part.get("source"), (*path, n), tool)


FORMAT = AnthropicMessages()
