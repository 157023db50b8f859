"""A request in the order in which a provider caches it: tools, system prompt, messages.

Sources: https://platform.claude.com/docs/en/build-with-claude/prompt-caching,
https://platform.openai.com/docs/guides/prompt-caching, https://ai.google.dev/gemini-api/docs/caching
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal, TypeAlias

from headroom.errors import FormatError
from headroom.formats import find_messages
from headroom.lint.images import ImageTokens, image_tokens
from headroom.protocols import WireFormat
from headroom.types import JSON, Path

Part: TypeAlias = Literal["tools", "system", "messages"]

_MARK = "cache_control"
_DECLARED = ("functionDeclarations", "function_declarations")
_SYSTEM = ("system", "instructions", "systemInstruction", "system_instruction")


@dataclass(frozen=True, slots=True)
class Slot:
    """A block that a cache entry can end with.

    Attributes:
        path: Where it is.
        part: What it belongs to.
        role: Of its message; else an empty string.
        value: The block, without its breakpoint.
        mark: Its `cache_control`; None: it has none.
        tokens: Its size as JSON; of an image what its pixels cost.
    """

    path: Path
    part: Part
    role: str
    value: JSON
    mark: JSON
    tokens: int

    @property
    def key(self) -> str:
        """Equal where the bytes that the cache compares are equal; key order counts."""
        return self.role + json.dumps(self.value, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Layout:
    """A request, its blocks in order, and the tokens up to the end of each."""

    request: JSON
    anthropic: bool
    slots: tuple[Slot, ...]
    ends: tuple[int, ...]

    @property
    def automatic(self) -> bool:
        """Whether the provider puts a breakpoint at the end by itself."""
        return not self.anthropic or isinstance(self.request.get(_MARK), dict)

    @property
    def tokens(self) -> int:
        """Tokens of the whole request."""
        return self.ends[-1] if self.ends else 0

    @property
    def marks(self) -> list[int]:
        """Indexes of the blocks that carry a breakpoint."""
        return [n for n, slot in enumerate(self.slots) if slot.mark is not None]

    def tokens_from(self, index: int) -> int:
        """Returns the tokens from the start of a block to the end of the request."""
        return self.tokens - (self.ends[index - 1] if index else 0)


def layout(request: JSON, count: Callable[[str], int]) -> Layout:
    """Returns the blocks of a request body.

    Raises:
        FormatError: It is no request: no object, or without a list of messages.
    """
    if not isinstance(request, dict):
        raise FormatError(f"request: expected an object, got {type(request).__name__}")
    wire_format, messages = find_messages(request.get)
    tools: JSON = request.get("tools") or []
    if not isinstance(tools, list) or not all(isinstance(tool, dict) for tool in tools):
        raise FormatError("request.tools: expected a list of objects")
    images = image_tokens(wire_format, messages, str(request.get("model", "")))
    slots = tuple(
        _slot(*found, images, count) for found in _blocks(request, wire_format.field, messages)
    )
    ends = tuple(accumulate(slot.tokens for slot in slots))
    return Layout(request, _is_anthropic(request, wire_format), slots, ends)


def _is_anthropic(request: JSON, wire_format: WireFormat) -> bool:
    if wire_format.field != "messages":
        return False
    tools = request.get("tools") or []
    if "system" in request or any("input_schema" in tool for tool in tools):
        return True
    model = str(request.get("model", ""))
    return model.startswith(("claude", "anthropic/")) or wire_format.name == "anthropic_messages"


def _blocks(request: JSON, root: str, messages: JSON) -> Iterator[tuple[Path, Part, str, JSON]]:
    for n, tool in enumerate(request.get("tools") or []):
        for path, value in _of_tool(tool):
            yield ("tools", n, *path), "tools", "", value
    for name in _SYSTEM:
        for path, value in _of_system(request.get(name)):
            yield (name, *path), "system", "", value
    if isinstance(messages, str):
        yield (root,), "messages", "user", messages
        return
    leading = True
    for index, message in enumerate(messages):
        role = str(message.get("role", ""))
        leading = leading and role in ("system", "developer")
        part: Part = "system" if leading else "messages"
        for path, value in _of_message(message):
            yield (root, index, *path), part, role, value


def _of_tool(tool: JSON) -> Iterator[tuple[Path, JSON]]:
    field = next((name for name in _DECLARED if isinstance(tool.get(name), list)), None)
    if field is None:
        yield (), tool
        return
    for n, function in enumerate(tool[field]):
        yield (field, n), function


def _of_system(system: JSON) -> Iterator[tuple[Path, JSON]]:
    at: Path = ()
    if isinstance(system, dict):
        at, system = ("parts",), system.get("parts")
    if isinstance(system, str):
        yield at, system
    for n, block in enumerate(system if isinstance(system, list) else []):
        yield (*at, n), block


def _of_message(message: JSON) -> Iterator[tuple[Path, JSON]]:
    field = "parts" if "parts" in message else "content"
    content = message.get(field)
    if content is None and not message.get("tool_calls"):
        yield (), message
        return
    if isinstance(content, list):
        for n, block in enumerate(content):
            yield (field, n), block
    elif content is not None:
        yield (field,), content
    if message.get("tool_calls"):
        yield ("tool_calls",), message["tool_calls"]


def _slot(
    path: Path,
    part: Part,
    role: str,
    value: JSON,
    images: ImageTokens,
    count: Callable[[str], int],
) -> Slot:
    value, mark = _without_mark(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    tokens = 0
    for at, (data, cost) in images.items():
        if at[: len(path)] == path:
            text = text.replace(data, "")
            tokens += cost
    text = text.encode("utf-8", "replace").decode("utf-8")  # a lone surrogate is no UTF-8
    return Slot(path, part, role, value, mark, count(text) + tokens)


def _without_mark(value: JSON) -> tuple[JSON, JSON]:
    """Returns a block without its breakpoint, and the breakpoint, which a tool result may nest."""
    if not isinstance(value, dict):
        return value, None
    mark = value.get(_MARK)
    bare = {k: v for k, v in value.items() if k != _MARK}
    if bare.get("type") == "tool_result" and isinstance(bare.get("content"), list):
        inner = [_without_mark(block) for block in bare["content"]]
        bare["content"] = [block for block, _ in inner]
        mark = (
            next((m for _, m in reversed(inner) if m is not None), mark) if mark is None else mark
        )
    return bare, mark
