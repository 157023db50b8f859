"""What the formats share: checks that name index and field, and text out of JSON arguments."""

from __future__ import annotations

import json
from collections.abc import Iterator

from headroom.errors import FormatError
from headroom.types import JSON


def expect(value: JSON, kinds: tuple[type, ...], where: str, expected: str) -> None:
    """Raises FormatError unless `value` is one of `kinds`."""
    if not isinstance(value, kinds):
        raise FormatError(f"{where}: expected {expected}, got {type(value).__name__}")


def plain(value: JSON) -> JSON:
    """Returns an SDK's object as the JSON that it stands for; anything else as it is."""
    dump = None if isinstance(value, dict | str) else getattr(value, "model_dump", None)
    return dump(mode="json", exclude_unset=True) if callable(dump) else value


def plain_message(message: JSON) -> JSON:
    """Returns a message as JSON; its content may hold objects of an SDK."""
    message = plain(message)
    content = message.get("content") if isinstance(message, dict) else None
    if not isinstance(content, list | tuple) or all(isinstance(part, dict) for part in content):
        return message
    return {**message, "content": [plain(part) for part in content]}


def strings(value: JSON) -> str:
    """Returns the string leaves of a JSON value, one after the other on lines of their own."""
    return "\n".join(_leaves(value))


def argument_strings(arguments: str) -> str:
    """Returns the string leaves of arguments given as JSON text; the text itself if it is not."""
    try:
        return strings(json.loads(arguments))
    except (ValueError, RecursionError):
        return arguments


def _leaves(value: JSON) -> Iterator[str]:
    stack = [value]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            yield node
        elif isinstance(node, dict):
            stack.extend(reversed(node.values()))
        elif isinstance(node, list | tuple):
            stack.extend(reversed(node))
