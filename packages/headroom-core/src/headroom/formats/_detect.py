"""Which wire format a request is in. All there are stand in FORMATS."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from headroom.errors import FormatError
from headroom.formats import anthropic_messages, gemini, openai_chat, openai_responses
from headroom.formats._read import plain_message
from headroom.protocols import WireFormat
from headroom.types import JSON, Conversation

FORMATS: tuple[WireFormat, ...] = (
    anthropic_messages.FORMAT,
    openai_responses.FORMAT,
    gemini.FORMAT,
    openai_chat.FORMAT,
)
"""Asked in this order; the last is taken where none recognises the messages."""

_PLAIN_STRING = openai_responses.FORMAT.field
"""The one field that may hold a string instead of a list."""


def read(messages: Sequence[JSON]) -> Conversation:
    """Returns every text that the model reads.

    Messages and their blocks may be objects of a provider's SDK, as responses hold them.

    Raises:
        FormatError: A message is malformed; names its index and field.
    """
    messages = [plain_message(message) for message in messages]
    return detect_format(messages).read(messages)


def detect_format(messages: Sequence[JSON], field: str | None = None) -> WireFormat:
    """Returns the wire format that the messages are in.

    Args:
        messages: The messages of a request, in any format.
        field: The field of the request that holds them, if there is a request.

    Raises:
        FormatError: `messages` is not a sequence of message objects.
    """
    for index, message in enumerate(messages):
        if not isinstance(message, dict):
            raise FormatError(
                f"{field or 'messages'}[{index}]: expected a message object, "
                f"got {type(message).__name__}"
            )
    formats = [f for f in FORMATS if field in (None, f.field)]
    return next((f for f in formats if f.matches(messages)), formats[-1])


def find_messages(
    get: Callable[[str], JSON], wire_format: WireFormat | None = None
) -> tuple[WireFormat, JSON]:
    """Returns the wire format of a request, and its messages: a list, or one string.

    Args:
        get: Returns a field of the request; None where it has none.
        wire_format: The format, if it is known; else the request tells.

    Raises:
        FormatError: The request holds no list of message objects.
    """
    fields = dict.fromkeys(f.field for f in ([wire_format] if wire_format else FORMATS))
    for field in fields:
        messages = get(field)
        if isinstance(messages, list):
            detected = detect_format(messages, field)
            return wire_format or detected, messages
        if isinstance(messages, str) and field == _PLAIN_STRING:
            return openai_responses.FORMAT, messages
    raise FormatError(
        f"request: expected an object with a list of messages in {' or '.join(fields)}"
    )
