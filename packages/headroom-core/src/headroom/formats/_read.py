"""What the formats share: checks that name index and field, and text out of JSON arguments."""

from __future__ import annotations

import json
from collections.abc import Iterator

from headroom.errors import FormatError
from headroom.types import JSON

_CONTENT = ("content", "parts", "output")
"""Fields that hold the parts of a message, in one format or another."""


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
    for field in _CONTENT if isinstance(message, dict) else ():
        content = message.get(field)
        if isinstance(content, list | tuple) and not all(isinstance(p, dict) for p in content):
            message = {**message, field: [plain(part) for part in content]}
    return message


def role_of(message: JSON, where: str) -> str:
    """Returns the role of a message.

    Raises:
        FormatError: It has none.
    """
    role = message.get("role")
    expect(role, (str,), f"{where}.role", "a string")
    return str(role)


def arguments_text(arguments: JSON, where: str) -> str:
    """Returns arguments given as an object as JSON text.

    Raises:
        FormatError: They cannot be written as JSON.
    """
    try:
        return json.dumps(arguments, ensure_ascii=False, default=str)
    except (TypeError, ValueError, RecursionError) as error:
        raise FormatError(
            f"{where}: expected JSON, got {type(arguments).__name__}: {error}"
        ) from error


_THINKING = ("thinking", "reasoning", "compaction")
_SEALED = ("signature", "encrypted_content", "data")
_SIGNED = ("thoughtSignature", "thought_signature")


def is_bound(part: JSON) -> bool:
    """Returns whether a part of a message is thinking that a provider checks against its prefix.

    Signed or encrypted: what a provider wrote for itself. Plain text is not checked.
    """
    if not isinstance(part, dict):
        return False
    kind = str(part.get("type") or "")
    sealed = kind.startswith(_THINKING) and any(part.get(field) for field in _SEALED)
    return sealed or kind == "redacted_thinking" or any(part.get(field) for field in _SIGNED)


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
