"""A request in the order in which a provider caches it: tools, system prompt, messages.

Sources: https://platform.claude.com/docs/en/build-with-claude/prompt-caching and
https://platform.openai.com/docs/guides/prompt-caching
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal, TypeAlias

from headroom.errors import FormatError
from headroom.formats import detect_format
from headroom.types import JSON, Path

Part: TypeAlias = Literal["tools", "system", "messages"]

_MARK = "cache_control"


@dataclass(frozen=True, slots=True)
class Slot:
    """A block that a cache entry can end with.

    Attributes:
        path: Where it is.
        part: What it belongs to.
        role: Of its message; else an empty string.
        value: The block, without its breakpoint.
        mark: Its `cache_control`; None: it has none.
        tokens: Its size as JSON.
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
    messages: JSON = request.get("messages", request.get("input"))
    if isinstance(messages, str):
        messages = [{"role": "user", "content": messages}]
    tools: JSON = request.get("tools") or []
    for name, items in (("messages", messages), ("tools", tools)):
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise FormatError(f"request.{name}: expected a list of objects")
    slots = tuple(_slot(*found, count) for found in _blocks(request, messages))
    ends = tuple(accumulate(slot.tokens for slot in slots))
    return Layout(request, _is_anthropic(request, messages), slots, ends)


def _is_anthropic(request: JSON, messages: list[JSON]) -> bool:
    tools = request.get("tools") or []
    if "system" in request or any("input_schema" in tool for tool in tools):
        return True
    if "input" in request and "messages" not in request:
        return False
    model = str(request.get("model", ""))
    return (
        model.startswith(("claude", "anthropic/"))
        or detect_format(messages).name == "anthropic_messages"
    )


def _blocks(request: JSON, messages: list[JSON]) -> Iterator[tuple[Path, Part, str, JSON]]:
    for n, tool in enumerate(request.get("tools") or []):
        yield ("tools", n), "tools", "", tool
    for name in ("system", "instructions"):
        system = request.get(name)
        if isinstance(system, str):
            yield (name,), "system", "", system
        for n, block in enumerate(system if isinstance(system, list) else []):
            yield (name, n), "system", "", block
    root = "messages" if "messages" in request else "input"
    leading = True
    for index, message in enumerate(messages):
        role = str(message.get("role", ""))
        leading = leading and role in ("system", "developer")
        part: Part = "system" if leading else "messages"
        for path, value in _of_message(message):
            yield (root, index, *path), part, role, value


def _of_message(message: JSON) -> Iterator[tuple[Path, JSON]]:
    content = message.get("content")
    if content is None:
        yield (), message
        return
    if isinstance(content, list):
        for n, block in enumerate(content):
            yield ("content", n), block
    else:
        yield ("content",), content
    if message.get("tool_calls"):
        yield ("tool_calls",), message["tool_calls"]


def _slot(path: Path, part: Part, role: str, value: JSON, count: Callable[[str], int]) -> Slot:
    value, mark = _without_mark(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = text.encode("utf-8", "replace").decode("utf-8")  # a lone surrogate is no UTF-8
    return Slot(path, part, role, value, mark, count(text))


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
