"""One request over a WebSocket, from its frame to the end of its answer.

Nothing is sent or received here. An answer to which the retrieve tool is declared is read as it would
be over HTTP: a frame is the data of an event.
"""

from __future__ import annotations

import json

from headroom.answering import Answering
from headroom.formats import read_body, write_body
from headroom.formats.openai_responses import FORMAT
from headroom.formats.rounds import dumped
from headroom.formats.threads import following
from headroom.joining import Events, data_in, event_around
from headroom.result import BodyResult
from headroom.sessions import Sessions
from headroom.types import JSON, Receipt
from headroom_proxy.dialogue import Asked, Items, Past, event_in
from headroom_proxy.exchange import Watch
from headroom_proxy.headers import Headers

_DONE = "response.output_item.done"
_PENDING = "response.steer.pending"
_GOES_ON_FROM = ("response.completed", "response.incomplete")
_ENDS = frozenset({*_GOES_ON_FROM, "response.failed", "response.cancelled", "error"})
_OK = 200
_JSON: Headers = [(b"content-type", b"application/json")]


class Turn:
    """A request and its answer.

    Args:
        asked: What the client asks for.
        watch: Notes what happens to it.
    """

    def __init__(self, asked: Asked, watch: Watch) -> None:
        self.watch = watch
        self.is_cancelled = False
        self._asked = asked
        self._frame = asked.frame
        self._sent: Items | None = None
        self._answering: Answering | None = None
        self._has_failed = False
        self._name = self._latest = ""
        self._said, self._shown = _Output(), _Output()

    @property
    def holds(self) -> bool:
        """Whether the next request has to wait until this one is answered."""
        return self._answering is not None

    @property
    def goes_on(self) -> bool:
        """Whether the model waits for us alone."""
        goes_on = self._answering is not None and self._answering.goes_on
        return goes_on and not self.is_cancelled

    @property
    def name(self) -> str:
        """The name of the answer, for the client; empty: it has none yet."""
        return self._name

    @property
    def latest(self) -> str:
        """The name of the provider's latest answer."""
        return self._latest

    @property
    def past(self) -> Past:
        """What the next request follows on from."""
        request = self._asked.request
        if request is None or self._sent is None:
            return Past(self._latest, None, declares=self.holds)
        shown = tuple(map(_packed, self._shown.items))
        return Past(self._latest, (*request.items, *shown), self._sent, self.holds)

    def goes_up(self, result: BodyResult, sessions: Sessions) -> bytes:
        """Returns the frame that goes up.

        Args:
            result: The body that would say the same without a socket, edited.
            sessions: Edited it.

        Raises:
            FormatError: It does not fit what the provider has.
        """
        if self._asked.request is not None:
            self._frame, self._sent = self._asked.request.sent(result.body)
            self._answering = Answering(sessions, result, FORMAT) if result.retrieves else None
        return self._frame

    def goes_up_unread(self, sessions: Sessions) -> bytes:
        """Returns the frame that goes up where nobody knows what precedes it, or what comes of it.

        Nothing of it is edited, but what the conversation declared it goes on to declare: its cache,
        and thoughts in it, are bound to the tools.

        Args:
            sessions: Say how it is declared.
        """
        if self._asked.past.declares:
            body = read_body(self._asked.frame, FORMAT)
            declared = write_body(body, [], [sessions.rounds.declaration(body)])
            self._answers(declared, sessions)
        return self._frame

    def successor(self, watch: Watch, sessions: Sessions) -> Turn:
        """Returns the turn of an answer that nobody asked for: a steered one is gone on with."""
        asked = Asked(self._frame, self._asked.lane, self._name, self.past)
        turn = Turn(asked, watch)
        if self._answering is not None:
            turn._answers(self._frame, sessions)
        return turn

    def _answers(self, frame: bytes, sessions: Sessions) -> None:
        self._frame = frame
        result = BodyResult(frame, Receipt(), {}, retrieves=True)
        self._answering = Answering(sessions, result, FORMAT)

    def take(self, frame: str, event: dict[str, JSON]) -> list[str]:
        """Takes a frame of the provider's; returns what the client gets of it."""
        if not self.watch.has_begun:
            self.watch.began(_OK, _JSON)
        response = event.get("response")
        if isinstance(response, dict):
            self._latest = str(response.get("id") or self._latest)
            self._name = self._name or self._latest
        if event.get("type") == _PENDING and self._answering is not None:
            return []  # it waits for us
        up, down = self._asked.past.name, self._asked.previous
        if up and down and up != down:
            frame = frame.replace(json.dumps(up), json.dumps(down))
        self._said.take(event)
        if self._answering is None:
            self._shown.take(event)
            return [frame]
        around = event_around(frame.encode("utf-8", "surrogatepass"))
        shown = self._answering.take(around)
        return self._note(frame, event) if shown == around else self._frames(shown)

    def ends_with(self, frame: str, event: dict[str, JSON]) -> None:
        """Takes the frame that ends an answer of the provider's, once more."""
        if event.get("type") == "error":
            self._has_failed = True
            status = event.get("status")
            self.watch.began(status if isinstance(status, int) else 500)
        self.watch.passed(frame.encode("utf-8", "surrogatepass"))
        if self._sent is not None:
            self._sent = (*self._sent, *map(_packed, self._said.items))
        self._said = _Output()

    def following(self) -> bytes:
        """Returns the frame with which the model goes on; asks the store."""
        assert self._answering is not None
        results = self._answering.results()
        self.watch.asked_again()
        if self._sent is not None:
            self._sent = (*self._sent, *map(_packed, results))
        return following(read_body(self._frame, FORMAT), self._latest, results)

    def ending(self) -> list[str]:
        """Returns the frames that end the answer for the client; asks the store."""
        if self._answering is None or self._has_failed:
            return []
        self._answering.keep()
        return self._frames(self._answering.ending())

    def _frames(self, events: bytes) -> list[str]:
        frames = [data_in(event).decode() for event in Events().take(events)]
        return [f for frame in frames if frame for f in self._note(frame, event_in(frame))]

    def _note(self, frame: str, event: dict[str, JSON]) -> list[str]:
        self._shown.take(event)
        return [frame]


class _Output:
    """The items of an answer: those that were done, or, where none was said to be, all of its end."""

    def __init__(self) -> None:
        self._done: dict[int, JSON] = {}
        self._last: list[JSON] = []

    @property
    def items(self) -> list[JSON]:
        return [self._done[n] for n in sorted(self._done)] or self._last

    def take(self, event: dict[str, JSON]) -> None:
        kind = str(event.get("type"))
        if kind == _DONE and isinstance(event.get("output_index"), int):
            self._done[event["output_index"]] = event.get("item")
        elif kind in _GOES_ON_FROM and isinstance(response := event.get("response"), dict):
            self._last = list(response.get("output") or ())


def is_end(event: dict[str, JSON]) -> bool:
    """Returns whether an event of the provider's is the last one of an answer."""
    return str(event.get("type")) in _ENDS


def _packed(item: JSON) -> bytes:
    return dumped(item).encode()
