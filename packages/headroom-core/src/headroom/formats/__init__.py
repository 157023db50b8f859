"""Wire formats: where the texts of a request are, and how edits get back in.

May import: protocols, policy, types, errors, kernels. One file a format, listed in FORMATS.
"""

from __future__ import annotations

from collections.abc import Sequence

from headroom.errors import FormatError
from headroom.formats import anthropic_messages, openai_chat
from headroom.formats._body import Body, read_body, write_body
from headroom.formats._edits import apply_edits
from headroom.formats._read import plain_message
from headroom.protocols import WireFormat
from headroom.types import JSON, Conversation

__all__ = ["FORMATS", "Body", "apply_edits", "detect_format", "read", "read_body", "write_body"]

FORMATS: tuple[WireFormat, ...] = (anthropic_messages.FORMAT, openai_chat.FORMAT)


def read(messages: Sequence[JSON]) -> Conversation:
    """Returns every text that the model reads.

    Messages and their blocks may be objects of a provider's SDK, as responses hold them.

    Raises:
        FormatError: A message is malformed; names its index and field.
    """
    messages = [plain_message(message) for message in messages]
    return detect_format(messages).read(messages)


def detect_format(messages: Sequence[JSON]) -> WireFormat:
    """Returns the wire format that the messages are in.

    Raises:
        FormatError: `messages` is not a sequence of message objects.
    """
    for index, message in enumerate(messages):
        if not isinstance(message, dict):
            raise FormatError(
                f"messages[{index}]: expected an object with 'role' and 'content', "
                f"got {type(message).__name__}"
            )
        if not isinstance(message.get("role"), str):
            raise FormatError(
                f"messages[{index}].role: expected a string, got {message.get('role')!r}"
            )
    for wire_format in FORMATS:
        if wire_format.matches(messages):
            return wire_format
    return openai_chat.FORMAT
