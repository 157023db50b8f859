"""A conversation over one WebSocket, where each request only carries what is new.

The provider goes on from a response that a request names. Where calls of the retrieve tool were
answered on the way, one answer is several responses there: the client knows the name of the first,
and the conversation goes on from the last.

Source: https://developers.openai.com/api/docs/guides/websocket-mode
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace

from headroom.errors import FormatError
from headroom.formats import Body, read_body
from headroom.formats.openai_responses import FORMAT
from headroom.formats.rounds import Splice, spliced
from headroom.formats.threads import gone_on, named
from headroom.types import JSON, Span, Thread

_MOST_RESPONSES = 64
"""Of a socket that can be gone on from: it has up to 32 lanes, each with a latest one."""

_PREVIOUS = ("previous_response_id",)
_INPUT = ("input",)

Items = tuple[bytes, ...]
"""Items of a conversation, each as JSON."""


@dataclass(frozen=True, slots=True)
class Past:
    """What a request follows on from.

    Attributes:
        name: By which the provider knows it; empty: a conversation begins.
        items: All of it, as the client has it; None: not known.
        sent: The same as the provider has it.
        declares: Whether the retrieve tool is declared in it.
    """

    name: str = ""
    items: Items | None = ()
    sent: Items = ()
    declares: bool = False


_UNKNOWN = Past(items=None)


@dataclass(frozen=True, slots=True)
class Request:
    """What a request says, where all that precedes it is known.

    Attributes:
        body: The frame as the client sent it, read.
        past: What it follows on from.
    """

    body: Body
    past: Past

    @property
    def items(self) -> Items:
        """The conversation with it, as the client has it."""
        return (*(self.past.items or ()), *_items(self.body))

    @property
    def whole(self) -> bytes:
        """The body that would say the same without a socket."""
        splices = []
        if self.body.document.value(_PREVIOUS) is not None:
            (span,) = self.body.spans([_PREVIOUS])
            splices.append((span, b"null"))
        if self.past.items:
            splices.append(self._behind(b",".join(self.past.items)))
        return spliced(self.body.data, splices)

    def sent(self, whole: bytes) -> tuple[bytes, Items]:
        """Returns the frame that goes up, and the conversation that the provider has with it.

        Args:
            whole: The whole, edited.

        Raises:
            FormatError: It does not begin with what the provider has.
        """
        body = read_body(whole, FORMAT)
        items, known = _items(body), len(self.past.sent)
        if items[:known] != self.past.sent:
            raise FormatError("input: expected what the provider has, then what is new; it differs")
        splices = [named(body, self.past.name)] if self.past.name else []
        if known:
            is_edited = items[known:] != _items(self.body)
            splices.append(self._without(body, known, is_edited=is_edited))
        return spliced(whole, splices), items

    def _behind(self, before: bytes) -> Splice:
        """Returns how the request's own items go behind others."""
        (around,) = self.body.spans([_INPUT])
        if isinstance(self.body.messages, str):
            return around, b"[%s,%s]" % (before, *_items(self.body))
        if not self.body.messages:
            return Span(around.end - 1, around.end - 1), before
        (first,) = self.body.spans([("input", 0)])
        return Span(first.start, first.start), before + b","

    def _without(self, whole: Body, known: int, *, is_edited: bool) -> Splice:
        """Returns how the first items go out of a whole."""
        if isinstance(self.body.messages, str) and not is_edited:
            (ours,), (theirs,) = whole.spans([_INPUT]), self.body.spans([_INPUT])
            return ours, self.body.data[theirs.start : theirs.end]
        count = len(whole.messages)
        first, last = whole.spans([("input", 0), ("input", min(known, count - 1))])
        return Span(first.start, last.end if known == count else last.start), b""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request over a socket.

    Attributes:
        frame: As it goes up where nothing of it is edited.
        lane: That it takes; requests of a lane are answered one after the other.
        previous: What it follows on from, in the words of the client.
        past: The same, as far as it is known.
        body: The frame as the client sent it, read; None: it is of no form that is known.
    """

    frame: bytes
    lane: str = ""
    previous: str = ""
    past: Past = _UNKNOWN
    body: Body | None = None

    @property
    def request(self) -> Request | None:
        """What it says; None: nobody knows what it follows on from."""
        if self.body is None or self.past.items is None:
            return None
        return Request(self.body, self.past)


class Dialogue:
    """Remembers what the responses of a socket follow on from.

    Args:
        largest: Bytes of items that are remembered for one conversation.
        thread: Returns where a request goes on that names an answer of another connection.
    """

    def __init__(self, largest: int, thread: Callable[[Body], Thread | None]) -> None:
        self._largest = largest
        self._thread = thread
        self._kept: OrderedDict[str, Past] = OrderedDict()

    def asked(self, frame: bytes) -> Asked:
        """Returns what a frame asks for.

        Raises:
            ValueError: It asks for no response.
        """
        try:
            body = read_body(frame, FORMAT)
        except FormatError:  # without an input, for one: what it asks for is not known
            event = event_in(frame)
            if event.get("type") != "response.create":
                raise ValueError("expected a response.create event") from None
            return Asked(frame, lane_of(event))
        value = body.document.value
        if value(("type",)) != "response.create":
            raise ValueError("expected a response.create event")
        lane, previous = str(value(("stream_id",)) or ""), value(_PREVIOUS)
        past = Past() if previous is None else self.past(previous)
        if past.name not in ("", previous):
            frame = gone_on(body, past.name, "")
        elif previous and not past.name and (thread := self._thread(body)) is not None:
            past = Past(thread.name, None, declares=True)
            frame = gone_on(body, thread.name, thread.owed)
        return Asked(frame, lane, str(previous or ""), past, body)

    def past(self, name: JSON) -> Past:
        """Returns what follows on from a response, by the name that the client has for it."""
        return self._kept.get(str(name), _UNKNOWN)

    def keep(self, name: str, past: Past) -> None:
        """Remembers what follows on from a response."""
        if past.items is not None and sum(map(len, past.items)) > self._largest:
            past = replace(past, items=None, sent=())
        self._kept[name] = past
        self._kept.move_to_end(name)
        if len(self._kept) > _MOST_RESPONSES:
            self._kept.popitem(last=False)


def lane_of(event: dict[str, JSON]) -> str:
    """Returns the lane that an event is of; empty: the one without a name."""
    return str(event.get("stream_id") or "")


def event_in(frame: str | bytes) -> dict[str, JSON]:
    """Returns the event that a frame is; empty: it is none."""
    try:
        found = json.loads(frame)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _items(body: Body) -> Items:
    """Returns the items of an input; a string as the message that it stands for."""
    if isinstance(body.messages, str):
        (span,) = body.spans([_INPUT])
        return (b'{"role":"user","content":%s}' % body.data[span.start : span.end],)
    spans = body.spans([("input", n) for n in range(len(body.messages))])
    return tuple(body.data[span.start : span.end] for span in spans)
