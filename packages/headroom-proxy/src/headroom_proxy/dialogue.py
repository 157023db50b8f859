"""A conversation over one WebSocket, where each request only carries what is new.

Source: https://platform.openai.com/docs/guides/websocket-mode
"""

from __future__ import annotations

import json
from collections import OrderedDict, deque
from dataclasses import dataclass

from headroom.errors import FormatError
from headroom.formats import Body, read_body
from headroom.formats.openai_responses import FORMAT
from headroom.types import JSON

_KEPT_RESPONSES = 8
_ENDS = ("response.completed", "response.incomplete", "response.failed", "error")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request over a socket.

    Attributes:
        frame: As the client sent it.
        places: Where the items of its input are in the frame.
        before: The items that the conversation consists of before it, as JSON.
        items: The items of its input; a string as the message that it stands for.
        model: That it names; may be empty.
    """

    frame: bytes
    places: tuple[tuple[int, int], ...]
    before: tuple[bytes, ...]
    items: tuple[bytes, ...]
    model: str

    @property
    def whole(self) -> bytes:
        """The body that would say the same without a socket, as far as texts go."""
        items = b",".join((*self.before, *self.items))
        return b'{"model":%s,"input":[%s]}' % (json.dumps(self.model).encode(), items)

    def edited(self, whole: bytes) -> bytes:
        """Returns the frame with its own items as an edited `whole` has them."""
        first = len(self.before)
        items = _items(read_body(whole, FORMAT), range(first, first + len(self.places)))
        pieces: list[bytes] = []
        at = 0
        for (start, end), item in zip(self.places, items, strict=True):
            pieces += (self.frame[at:start], item)
            at = end
        return b"".join((*pieces, self.frame[at:]))


class Dialogue:
    """Remembers the conversation of a socket, response by response.

    Args:
        largest: Bytes of items that are remembered for one conversation.
    """

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._kept: OrderedDict[str, tuple[bytes, ...]] = OrderedDict()
        self._open: deque[tuple[bytes, ...] | None] = deque()

    def asked(self, frame: bytes) -> Asked | None:
        """Returns what a frame asks for; None where the conversation before it is not known.

        What is no `response.create` is no request, and `ValueError` says so.

        Raises:
            ValueError: The frame asks for no response.
        """
        try:
            body = read_body(frame, FORMAT)
        except FormatError:
            body = None
        if body is None or body.document.value(("type",)) != "response.create":
            if _event(frame).get("type") != "response.create":
                raise ValueError("expected a response.create event")
            self._open.append(None)  # without an input: what it asks for is not known
            return None
        previous = body.document.value(("previous_response_id",))
        before = () if previous is None else self._kept.get(str(previous))
        found = None if before is None else _asked(body, before)
        items = None if found is None else (*found.before, *found.items)
        is_small = items is not None and sum(map(len, items)) <= self._largest
        self._open.append(items if is_small else None)
        return found if is_small else None

    def ended(self, text: str) -> JSON:
        """Returns the event that ends a response, or None if a frame of the provider's is another."""
        if not any(f'"{end}"' in text for end in _ENDS):
            return None
        event = _event(text)
        if event.get("type") not in _ENDS:
            return None
        items = self._open.popleft() if self._open else None
        response = event.get("response")
        if items is not None and isinstance(response, dict) and event["type"] in _ENDS[:2]:
            output = [json.dumps(item).encode() for item in response.get("output") or ()]
            self._kept[str(response.get("id"))] = (*items, *output)
            if len(self._kept) > _KEPT_RESPONSES:
                self._kept.popitem(last=False)
        return event


def _asked(body: Body, before: tuple[bytes, ...]) -> Asked:
    if isinstance(body.messages, str):
        message = json.dumps({"role": "user", "content": body.messages}).encode()
        return Asked(body.data, (), before, (message,), body.model)
    paths = [("input", n) for n in range(len(body.messages))]
    places = tuple((span.start, span.end) for span in body.spans(paths))
    items = tuple(body.data[start:end] for start, end in places)
    return Asked(body.data, places, before, items, body.model)


def _items(body: Body, numbers: range) -> list[bytes]:
    spans = body.spans([("input", n) for n in numbers])
    return [body.data[span.start : span.end] for span in spans]


def _event(text: str | bytes) -> dict[str, JSON]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
