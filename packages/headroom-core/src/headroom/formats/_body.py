"""Requests as bytes: where their texts are, and edits back into the client's own bytes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from headroom.errors import FormatError
from headroom.kernels import json_locate, splice
from headroom.types import JSON, Edit

_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Body:
    """A request as it came, and the messages in it."""

    data: bytes
    messages: list[JSON]
    model: str


def read_body(data: bytes) -> Body:
    """Returns the messages of a request body.

    Raises:
        FormatError: The body is no JSON object with a list of messages.
    """
    try:
        document: JSON = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise FormatError(f"body: expected JSON, got {data[:40]!r}: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("messages"), list):
        raise FormatError("body.messages: expected an object with a list of messages")
    model = document.get("model")
    return Body(data, document["messages"], model if isinstance(model, str) else "")


def write_body(body: Body, edits: Sequence[Edit]) -> bytes:
    """Returns the request with the edits in place and every other byte as it came.

    Raises:
        FormatError: The body's texts cannot be found, because it is JSON only to lax readers.
    """
    if not edits:
        return body.data
    start = len(_MARK) if body.data.startswith(_MARK) else 0
    spans = json_locate(body.data[start:], [edit.path for edit in edits])
    if spans is None:
        raise FormatError("body: no JSON as RFC 8259 defines it")
    places = memoryview(spans).cast("i").tolist()
    pairs = zip(places[::2], places[1::2], edits, strict=True)
    splices = sorted((start + a, start + b, edit.text) for a, b, edit in pairs if a >= 0)
    spliced = splice(body.data, splices) if len(splices) == len(edits) else None
    if spliced is None:
        raise FormatError("body: an edited text is not where it was read")
    return spliced
