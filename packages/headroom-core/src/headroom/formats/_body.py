"""Requests as bytes: where their texts are, and edits back into the client's own bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from headroom.errors import FormatError
from headroom.formats._detect import find_messages
from headroom.kernels import JsonDocument, splice
from headroom.protocols import WireFormat
from headroom.types import JSON, Conversation, Edit, Insertion, Path, Span

_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Body:
    """A request as it came: its bytes, the messages in them, and where each value stands.

    Attributes:
        data: The client's bytes.
        wire_format: What the request is written in.
        messages: The list of messages, or the string in place of one; nothing else of the request
            is made into objects.
        model: The model that it names, or an empty string.
        document: All values of the request, to look up by path.
    """

    data: bytes
    wire_format: WireFormat
    messages: JSON
    model: str
    document: JsonDocument = field(repr=False)

    def read(self) -> Conversation:
        """Returns every text that the model reads; `spans` says where a block's path leads.

        Raises:
            FormatError: A message is malformed; names its index and field.
        """
        return self.wire_format.read(self.messages)

    def spans(self, paths: Sequence[Path]) -> list[Span]:
        """Returns the bytes of the JSON values at some paths, quotes of strings included.

        Raises:
            FormatError: There is nothing at a path.
        """
        spans = _find(self, paths)
        for path, span in zip(paths, spans, strict=True):
            if span is None:
                raise FormatError(f"body: nothing at {path!r}")
        return [span for span in spans if span is not None]


def read_body(data: bytes, wire_format: WireFormat | None = None) -> Body:
    """Returns a request body, read once.

    Args:
        data: JSON as RFC 8259 defines it, a byte order mark allowed. Of duplicate keys the last
            counts; numbers, escapes and fields that nobody knows stay what they are.
        wire_format: What the request is written in, if it is known; else its fields tell.

    Raises:
        FormatError: The body is no JSON object with a list of messages.
    """
    start = _start(data)
    document = JsonDocument.parse(data[start:] if start else data)
    if document is None:
        raise FormatError(f"body: {_what_is_wrong(data)}")
    try:
        found, messages = find_messages(lambda name: document.value((name,)), wire_format)
        model = document.value(("model",))
    except ValueError as error:  # an integer of more digits than Python converts
        raise FormatError(f"body: {error}") from error
    return Body(data, found, messages, model if isinstance(model, str) else "", document)


def write_body(body: Body, edits: Sequence[Edit], insertions: Sequence[Insertion] = ()) -> bytes:
    """Returns the request with edits and insertions in place and every other byte as it came.

    Args:
        body: The request.
        edits: Texts to put in place of strings.
        insertions: Elements to put into lists, at most one insertion at a path; paths are those of
            the body as it came.

    Raises:
        FormatError: There is no string where an edit belongs, or no list for an insertion.
    """
    if not edits and not insertions:
        return body.data
    splices = []
    for insertion in insertions:
        at, prefix, suffix = _insertion_point(body, insertion.path)
        splices.append((at, at, prefix + insertion.elements + suffix))
    spans = body.spans([edit.path for edit in edits])
    splices += [(s.start, s.end, edit.text) for s, edit in zip(spans, edits, strict=True)]
    spliced = splice(body.data, sorted(splices, key=lambda splice: splice[:2]))
    if spliced is None:
        raise FormatError("body: there is no string where an edit belongs")
    return spliced


def _find(body: Body, paths: Sequence[Path]) -> list[Span | None]:
    start = _start(body.data)
    places = memoryview(body.document.locate(paths)).cast("i").tolist()
    pairs = zip(places[::2], places[1::2], strict=True)
    return [None if a < 0 else Span(start + a, start + b) for a, b in pairs]


def _insertion_point(body: Body, path: Path) -> tuple[int, str, str]:
    """Returns the byte at which elements of a list go in, and what goes before and after them."""
    *around, index = path
    if isinstance(index, int):
        previous = (*around, index - 1)
        here, before, whole = _find(body, [path, previous, tuple(around)])
        if here is not None:
            return here.start, "", ","
        if before is not None:
            return before.end, ",", ""
        if index == 0 and whole is not None and body.data[whole.start] == ord("["):
            return whole.end - 1, "", ""
    raise FormatError(f"body: no place for an element at {path!r}")


def _start(data: bytes) -> int:
    return len(_MARK) if data.startswith(_MARK) else 0


def _what_is_wrong(data: bytes) -> str:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"expected JSON in UTF-8: {error}"
    return f"expected JSON as RFC 8259 defines it, got {data[:40]!r}…"
