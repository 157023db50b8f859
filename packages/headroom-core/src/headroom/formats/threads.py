"""Conversations that their provider keeps: a request names the answer that it goes on from.

Only responses have them. Where calls were answered on the way, one answer to the client is several
responses of the provider's: the name that the client has is of the first, and leads to the last.

Source: https://platform.openai.com/docs/guides/conversation-state
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from headroom.errors import FormatError
from headroom.formats import openai_responses
from headroom.formats._body import Body
from headroom.formats._rounds import Splice, dumped, spliced
from headroom.types import JSON, Span

REFERENCE = "item_reference"
"""The type of an item that only names one that the provider keeps."""

_PREVIOUS = ("previous_response_id",)
_INPUT = ("input",)
_STORE = ("store",)
_ANSWERS = ("generate",)


def previous(body: Body) -> str:
    """Returns the name of the answer that a request goes on from; empty: it holds all there is."""
    if body.wire_format is not openai_responses.FORMAT:
        return ""
    return str(body.document.value(_PREVIOUS) or "")


def references(body: Body) -> dict[int, str]:
    """Returns the names of items that a request only refers to, by index: the provider keeps them."""
    if body.wire_format is not openai_responses.FORMAT or isinstance(body.messages, str):
        return {}
    named = ((n, item) for n, item in enumerate(body.messages) if isinstance(item, dict))
    return {n: str(item.get("id")) for n, item in named if item.get("type") == REFERENCE}


def is_kept(body: Body) -> bool:
    """Returns whether the provider keeps the answer to a request, so that others may go on from it."""
    return body.wire_format is openai_responses.FORMAT and body.document.value(_STORE) is not False


def warms_up(body: Body) -> bool:
    """Returns whether a request only warms a socket up: no model answers it."""
    return body.wire_format is openai_responses.FORMAT and body.document.value(_ANSWERS) is False


def gone_on(body: Body, name: str, items: str) -> bytes:
    """Returns a request that goes on from another answer.

    Args:
        body: The request.
        name: Of the answer.
        items: What goes in front of the request's own, as JSON with commas between.
    """
    splices = [named(body, name)]
    (around,) = body.spans([_INPUT])
    if items and isinstance(body.messages, str):
        text = body.data[around.start : around.end]
        message = b'[%s,{"role":"user","content":%s}]' % (items.encode(), text)
        splices.append((around, message))
    elif items:
        comma = b"," if body.messages else b""
        at = body.data.index(b"[", around.start) + 1
        splices.append((Span(at, at), items.encode() + comma))
    return spliced(body.data, splices)


def following(body: Body, name: str, items: Sequence[JSON]) -> bytes:
    """Returns a request with which a model goes on where its provider has the rest.

    Args:
        body: The request that it answered.
        name: Of its answer.
        items: In place of the input.
    """
    (span,) = body.spans([_INPUT])
    elements = ",".join(map(dumped, items)).encode()
    return spliced(body.data, [(span, b"[%s]" % elements), named(body, name)])


def named(body: Body, name: str) -> Splice:
    """Returns how a request is told what to go on from."""
    said = json.dumps(name).encode()
    try:
        (span,) = body.spans([_PREVIOUS])
    except FormatError:  # it holds all there is
        at = body.data.index(b"{") + 1
        return Span(at, at), b'"previous_response_id":%s,' % said
    return span, said
