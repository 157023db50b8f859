"""OpenAI responses: `input` as one string, or as items: messages, calls, and what calls printed.

Source: https://platform.openai.com/docs/api-reference/responses/create
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from headroom.formats._images import data_url
from headroom.formats._read import argument_strings, expect, is_bound, role_of, strings
from headroom.types import JSON, Block, Conversation, Kind, Message, Path, Role, ToolCall

_ROLES: dict[str, tuple[Role, Kind]] = {
    "system": ("system", "instructions"),
    "developer": ("system", "instructions"),
    "user": ("user", "user_text"),
    "assistant": ("assistant", "assistant_text"),
}
_PARTS = frozenset({"input_text", "output_text", "input_image", "input_file"})
_CALLS = {
    "function_call": "arguments",
    "custom_tool_call": "input",
    "local_shell_call": "action",
    "shell_call": "action",
    "apply_patch_call": "operation",
}
"""Calls that the client runs, and the field that says what to run."""

_OUTPUTS = frozenset(f"{call}_output" for call in _CALLS)


class OpenAIResponses:
    """Finds texts in the input of a response."""

    name = "openai_responses"
    field = "input"

    def matches(self, messages: Sequence[JSON]) -> bool:
        """Returns whether an item is no message, or a type that only this format has occurs."""
        return any(
            _type(item) == "message"
            or ("role" not in item and ("type" in item or "id" in item))
            or any(_type(part) in _PARTS for part in _parts(item))
            for item in messages
        )

    def read(self, messages: Sequence[JSON]) -> Conversation:
        """Returns every text that the model reads, outputs joined to their calls."""
        if isinstance(messages, str):
            return Conversation((Message("user", (Block((self.field,), "user_text", messages),)),))
        calls: dict[str, ToolCall] = {}
        return Conversation(tuple(_item(i, item, calls) for i, item in enumerate(messages)))


def _type(value: JSON) -> str:
    return str(value.get("type")) if isinstance(value, dict) else ""


def _parts(item: JSON) -> Sequence[JSON]:
    content = item.get("content")
    return content if isinstance(content, list) else ()


def _item(index: int, item: JSON, calls: dict[str, ToolCall]) -> Message:
    path: Path = ("input", index)
    where = f"input[{index}]"
    kind = _type(item)
    if kind in _CALLS:
        return Message("assistant", (_call(item, kind, path, calls),))
    if kind in _OUTPUTS:
        return Message("tool", tuple(_output(item, path, where, calls)))
    if kind == "message" or "role" in item:
        return _said(item, path, where)
    # Reasoning, references, what the provider ran: opaque.
    return Message("assistant", (), bound=is_bound(item))


def _said(item: JSON, path: Path, where: str) -> Message:
    role, kind = _ROLES.get(role_of(item, where), ("system", "instructions"))
    content = item.get("content")
    expected = "a string or a list of parts"
    expect(content, (str, list, tuple, type(None)), f"{where}.content", expected)
    return Message(role, tuple(_blocks(content, (*path, "content"), f"{where}.content", kind)))


def _call(item: JSON, kind: str, path: Path, calls: dict[str, ToolCall]) -> Block:
    field = _CALLS[kind]
    given = item.get(field)
    arguments = given if isinstance(given, str) else strings(given)
    text = argument_strings(arguments) if kind == "function_call" else arguments
    name = str(item.get("name") or kind.removesuffix("_call"))
    tool = ToolCall(str(item.get("call_id") or item.get("id") or ""), name, arguments)
    calls[tool.id] = tool
    return Block((*path, field), "tool_call", text, tool)


def _output(item: JSON, path: Path, where: str, calls: dict[str, ToolCall]) -> Iterator[Block]:
    if isinstance(caller := item.get("caller"), dict) and caller.get("type") == "program":
        return  # a program parses it
    call_id = str(item.get("call_id") or item.get("id") or "")
    tool = calls.get(call_id) or ToolCall(call_id, str(item.get("name") or ""), "")
    output = item.get("output")
    at: Path = (*path, "output")
    expected = "a string or a list of parts"
    expect(output, (str, list, tuple, type(None)), f"{where}.output", expected)
    read = _streams if _type(item) == "shell_call_output" else _blocks
    yield from read(output, at, f"{where}.output", "tool_result", tool)


def _blocks(
    content: JSON, path: Path, where: str, kind: Kind, tool: ToolCall | None = None
) -> Iterator[Block]:
    if isinstance(content, str):
        yield Block(path, kind, content, tool)
        return
    for n, part in enumerate(content or ()):
        expect(part, (dict,), f"{where}[{n}]", "a part")
        if part.get("type") in ("input_text", "output_text", "text"):
            expect(part.get("text"), (str,), f"{where}[{n}].text", "a string")
            yield Block((*path, n, "text"), kind, part["text"], tool)
        elif part.get("type") == "input_image" and kind in ("user_text", "tool_result"):
            at = (*path, n, "image_url")
            yield from data_url(part.get("image_url"), at, part.get("detail"), tool)


def _streams(content: JSON, path: Path, where: str, kind: Kind, tool: ToolCall) -> Iterator[Block]:
    """Yields what each command of a shell call printed."""
    for n, part in enumerate(content or ()):
        expect(part, (dict,), f"{where}[{n}]", "what a command printed")
        for stream, text in part.items():
            if stream in ("stdout", "stderr"):
                expect(text, (str,), f"{where}[{n}].{stream}", "a string")
                yield Block((*path, n, stream), kind, text, tool)


FORMAT = OpenAIResponses()
