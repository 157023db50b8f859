"""OpenAI chat completions: `messages` with string or part-list content and `tool_calls`.

Source: https://platform.openai.com/docs/api-reference/chat/create
Fields of routers that carry thinking along: https://docs.litellm.ai/docs/reasoning_content and
https://openrouter.ai/docs/use-cases/reasoning-tokens
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from headroom.formats._images import data_url
from headroom.formats._read import argument_strings, expect, is_bound, role_of
from headroom.types import JSON, Block, Conversation, Kind, Message, Path, Role, ToolCall

_THINKING = ("thinking_blocks", "reasoning_details", "content")
"""Where routers put the thinking that other providers sign or encrypt."""

_ROLES: dict[str, tuple[Role, Kind]] = {
    "system": ("system", "instructions"),
    "developer": ("system", "instructions"),
    "user": ("user", "user_text"),
    "assistant": ("assistant", "assistant_text"),
    "tool": ("tool", "tool_result"),
    "function": ("tool", "tool_result"),
}


class OpenAIChat:
    """Finds texts in chat completion messages."""

    name = "openai_chat"
    field = "messages"

    def matches(self, messages: Sequence[JSON]) -> bool:
        """Returns whether a message uses a role or field that only this format has."""
        return any(
            m.get("role") in ("tool", "function", "developer") or "tool_calls" in m
            for m in messages
        )

    def read(self, messages: Sequence[JSON]) -> Conversation:
        """Returns every text that the model reads, tool results joined to their calls."""
        calls: dict[str, ToolCall] = {}
        return Conversation(tuple(_message(i, m, calls) for i, m in enumerate(messages)))


def _message(index: int, message: JSON, calls: dict[str, ToolCall]) -> Message:
    where = f"messages[{index}]"
    role, kind = _ROLES.get(role_of(message, where), ("system", "instructions"))
    tool = calls.get(str(message.get("tool_call_id", ""))) if role == "tool" else None
    path: Path = ("messages", index)
    blocks = list(_content(message.get("content"), path, where, kind, tool))
    blocks.extend(_tool_calls(message.get("tool_calls"), path, where, calls))
    return Message(role, tuple(blocks), _carries_bound_thinking(message))


def _carries_bound_thinking(message: JSON) -> bool:
    lists = (message.get(field) for field in _THINKING)
    return any(is_bound(part) for parts in lists if isinstance(parts, list) for part in parts)


def _content(
    content: JSON, path: Path, where: str, kind: Kind, tool: ToolCall | None
) -> Iterator[Block]:
    expect(
        content, (str, list, tuple, type(None)), f"{where}.content", "a string or a list of parts"
    )
    if isinstance(content, str):
        yield Block((*path, "content"), kind, content, tool)
        return
    for n, part in enumerate(content or ()):
        expect(part, (dict,), f"{where}.content[{n}]", "a content part")
        at = (*path, "content", n)
        if part.get("type") == "text":
            text = part.get("text")
            expect(text, (str,), f"{where}.content[{n}].text", "a string")
            yield Block((*at, "text"), kind, text, tool)
        elif part.get("type") == "image_url" and kind in ("user_text", "tool_result"):
            yield from _image(part.get("image_url"), (*at, "image_url"), tool)


def _image(image: JSON, path: Path, tool: ToolCall | None) -> Iterator[Block]:
    if isinstance(image, dict):
        yield from data_url(image.get("url"), (*path, "url"), image.get("detail"), tool)


def _tool_calls(
    tool_calls: JSON, path: Path, where: str, calls: dict[str, ToolCall]
) -> Iterator[Block]:
    expect(tool_calls, (list, tuple, type(None)), f"{where}.tool_calls", "a list of tool calls")
    for n, call in enumerate(tool_calls or ()):
        expect(call, (dict,), f"{where}.tool_calls[{n}]", "a tool call")
        function = call.get("function")
        if not isinstance(function, dict):
            continue  # a custom tool; its input is opaque
        arguments = function.get("arguments")
        arguments = arguments if isinstance(arguments, str) else ""
        tool = ToolCall(str(call.get("id", "")), str(function.get("name", "")), arguments)
        calls[tool.id] = tool
        at = (*path, "tool_calls", n, "function", "arguments")
        yield Block(at, "tool_call", argument_strings(arguments), tool)


FORMAT = OpenAIChat()
