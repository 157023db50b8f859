"""Gemini contents: parts of text, `functionCall` and `functionResponse`; also in snake_case.

Source: https://ai.google.dev/api/caching#Content
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from headroom.formats._images import base64_data
from headroom.formats._read import arguments_text, expect, is_bound, strings
from headroom.types import JSON, Block, Conversation, Kind, Message, Path, Role, ToolCall

_ROLES: dict[str, tuple[Role, Kind]] = {
    "user": ("user", "user_text"),
    "model": ("assistant", "assistant_text"),
    "function": ("tool", "tool_result"),
}

MOST_TEXTS = 50
"""A response with more strings is data, whose values are names and numbers: none of it is a text.

By count and not by length, so that a compressed response is read like the original.
"""


class _Calls:
    """The calls so far. Older models give them no ids: then the results come in the same order."""

    def __init__(self) -> None:
        self._by_id: dict[str, ToolCall] = {}
        self._waiting: defaultdict[str, list[ToolCall]] = defaultdict(list)

    def add(self, tool: ToolCall) -> None:
        if tool.id:
            self._by_id[tool.id] = tool
        else:
            self._waiting[tool.name].append(tool)

    def take(self, call_id: str, name: str) -> ToolCall:
        if call_id in self._by_id:
            return self._by_id[call_id]
        waiting = self._waiting[name]
        return waiting.pop(0) if waiting else ToolCall(call_id, name, "")


class Gemini:
    """Finds texts in the contents of a generateContent request."""

    name = "gemini"
    field = "contents"

    def matches(self, messages: Sequence[JSON]) -> bool:
        """Returns whether a message has parts, as only this format has."""
        return any("parts" in message for message in messages)

    def read(self, messages: Sequence[JSON]) -> Conversation:
        """Returns every text that the model reads, results joined to their calls."""
        calls = _Calls()
        return Conversation(tuple(_content(i, m, calls) for i, m in enumerate(messages)))


def _content(index: int, content: JSON, calls: _Calls) -> Message:
    where = f"contents[{index}].parts"
    expect(content.get("role"), (str, type(None)), f"contents[{index}].role", "a string")
    role, kind = _ROLES.get(content.get("role") or "user", ("system", "instructions"))
    parts = content.get("parts")
    expect(parts, (list, tuple, type(None)), where, "a list of parts")
    blocks: list[Block] = []
    for n, part in enumerate(parts or ()):
        expect(part, (dict,), f"{where}[{n}]", "a part")
        if not part.get("thought"):
            path: Path = ("contents", index, "parts", n)
            blocks.extend(_part(part, path, f"{where}[{n}]", kind, calls))
    return Message(role, tuple(blocks), any(map(is_bound, parts or ())))


def _part(part: JSON, path: Path, where: str, kind: Kind, calls: _Calls) -> Iterator[Block]:
    """Yields the texts and images of a part; other media, code that the provider ran are opaque."""
    for field, value in part.items():
        if value is None:
            continue
        match field:
            case "text":
                expect(value, (str,), f"{where}.text", "a string")
                yield Block((*path, field), kind, value)
            case "functionCall" | "function_call":
                expect(value, (dict,), f"{where}.{field}", "a function call")
                yield _call(value, (*path, field), f"{where}.{field}", calls)
            case "functionResponse" | "function_response":
                expect(value, (dict,), f"{where}.{field}", "a function response")
                yield from _response(value, (*path, field), f"{where}.{field}", calls)
            case "inlineData" | "inline_data" if kind == "user_text":
                yield from _image(value, (*path, field))
            case _:
                pass


def _image(media: JSON, path: Path) -> Iterator[Block]:
    kind = (media.get("mimeType") or media.get("mime_type")) if isinstance(media, dict) else None
    if isinstance(kind, str) and kind.startswith("image/"):
        yield from base64_data(media.get("data"), (*path, "data"))


def _call(call: JSON, path: Path, where: str, calls: _Calls) -> Block:
    args = call.get("args")
    text = arguments_text(args, f"{where}.args")
    tool = ToolCall(str(call.get("id") or ""), str(call.get("name") or ""), text)
    calls.add(tool)
    return Block((*path, "args"), "tool_call", strings(args), tool)


def _response(response: JSON, path: Path, where: str, calls: _Calls) -> Iterator[Block]:
    tool = calls.take(str(response.get("id") or ""), str(response.get("name") or ""))
    value = response.get("response")
    expect(value, (dict, type(None)), f"{where}.response", "an object")
    found = list(_leaves(value, (*path, "response")))
    if len(found) <= MOST_TEXTS:
        yield from (Block(at, "tool_result", text, tool) for at, text in found)


def _leaves(value: JSON, path: Path) -> Iterator[tuple[Path, str]]:
    """Yields the strings of a JSON value in order; of a long one, enough to see that it is long."""
    stack: list[tuple[Path, JSON]] = [(path, value)]
    found = 0
    while stack and found <= MOST_TEXTS:
        at, node = stack.pop()
        if isinstance(node, str):
            found += 1
            yield at, node
        elif isinstance(node, dict):
            stack.extend(((*at, key), node[key]) for key in reversed(node))
        elif isinstance(node, list | tuple):
            stack.extend(((*at, n), node[n]) for n in range(len(node) - 1, -1, -1))


FORMAT = Gemini()
