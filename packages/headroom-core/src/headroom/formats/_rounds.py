"""What a wire format supplies so that a forwarder can answer calls of its own on the way.

The client has one answer where the model gave several, with our calls and their results between. A
format says how the tool is declared, how the model goes on, and where in later requests the hidden
part stands, in the client's own bytes as far as it has them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeAlias

from headroom.formats._body import Body, write_body
from headroom.types import JSON, Hidden, Insertion, Shape, Span

Splice: TypeAlias = tuple[Span, bytes]
"""Bytes to put in place of a span."""

Part: TypeAlias = tuple[JSON, bytes]
"""A part of a message, and its bytes."""


class RoundsFormat(Protocol):
    """How one wire format speaks of calls that a forwarder answers.

    What a model says is a list of parts: blocks, items, or a single message, as the format has them.

    Attributes:
        shape: Of the retrieve tool.
    """

    shape: Shape

    def tools(self, body: Body) -> list[str]:
        """Returns the names of the tools that a request declares for its client to run."""
        ...

    def joins(self, body: Body) -> bool:
        """Returns whether there will be one answer, which another one can go on."""
        ...

    def may_call(self, body: Body) -> bool:
        """Returns whether the model is free to call any of its tools before it answers."""
        ...

    def declaration(self, body: Body, tool: JSON) -> Insertion:
        """Returns how a tool is added to those that a request declares."""
        ...

    def arguments(self, call: JSON) -> JSON:
        """Returns what a call passes to its tool; anything odd as it is."""
        ...

    def result(self, call: JSON, text: str, *, failed: bool) -> JSON:
        """Returns what answers a call."""
        ...

    def exchange(self, said: Sequence[JSON], results: Sequence[JSON]) -> list[JSON]:
        """Returns the messages at the end of the request with which the model goes on."""
        ...

    def messages(self, said: Sequence[JSON]) -> list[JSON]:
        """Returns what a model says as its client is going to send it back."""
        ...

    def kinds(self, said: Sequence[JSON]) -> str:
        """Returns `Hidden.visible` for what the client gets."""
        ...

    def put_back(self, body: Body, hidden: Mapping[int, Hidden]) -> bytes:
        """Returns a request with what its messages held that the client has never seen.

        Args:
            body: The request.
            hidden: By the index of the message; of several, that of the last.
        """
        ...


def appended(body: Body, messages: Sequence[JSON]) -> bytes:
    """Returns a request with more messages at its end."""
    return inserted(body, len(body.messages), messages)


def inserted(body: Body, at: int, messages: Sequence[JSON]) -> bytes:
    """Returns a request with more messages in front of the one at an index, or behind a string."""
    elements = ",".join(json.dumps(message) for message in messages)
    field = body.wire_format.field
    if not isinstance(body.messages, str):
        return write_body(body, [], [Insertion((field, at), elements)])
    (span,) = body.spans([(field,)])
    first = b'[{"role":"user","content":%s},' % body.data[span.start : span.end]
    return spliced(body.data, [(span, first + elements.encode() + b"]")])


def spliced(data: bytes, splices: Iterable[Splice]) -> bytes:
    """Returns the data with bytes in place of spans; what goes to the same place keeps its order."""
    pieces: list[bytes] = []
    position = 0
    for span, text in sorted(splices, key=lambda splice: splice[0].start):
        pieces += [data[position : span.start], text]
        position = span.end
    return b"".join([*pieces, data[position:]])


def dumped(value: JSON) -> str:
    """Returns JSON in ASCII: a model may write half a character."""
    return json.dumps(value, separators=(",", ":"))


def places_in(now: str, then: str) -> list[int] | None:
    """Returns where the places of what a client got are in what it sends; None: it was changed.

    Args:
        now: A letter for each part that it sends: t for thinking, b for others.
        then: The same for what it got. It may have dropped the thoughts.
    """
    if now == then:
        return list(range(len(then) + 1))
    if now != then.replace("t", ""):
        return None
    return [then[:place].count("b") for place in range(len(then) + 1)]


def split_parts(parts: Sequence[Part], at: int) -> tuple[list[Part], list[Part]]:
    """Returns the parts before and after a place, counted in characters of text and other parts.

    Thoughts do not count: a client need not keep them. A text is cut where the place is inside it.
    """
    for n, (part, _) in enumerate(parts):
        if at <= 0:
            return list(parts[:n]), list(parts[n:])
        text = part.get("text")
        size = 0 if part.get("thought") else len(text) if isinstance(text, str) else 1
        if size > at:
            left, right = ({**part, "text": piece} for piece in (text[:at], text[at:]))
            return [*parts[:n], _part(left)], [_part(right), *parts[n + 1 :]]
        at -= size
    return list(parts), []


def _part(value: JSON) -> Part:
    return value, dumped(value).encode()
