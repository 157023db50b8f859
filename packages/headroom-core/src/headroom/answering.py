"""An answer to a client that does not know the retrieve tool: its calls are answered on the way.

Nothing is sent or received here, only the store is asked: whoever forwards gives in what a provider
says, and sends on what comes out.
"""

from __future__ import annotations

import json
import logging
from functools import partial

from headroom.asked import Answer, answer, retrieved
from headroom.formats import read_body
from headroom.formats.rounds import ROUNDS, appended
from headroom.formats.threads import following, previous
from headroom.joining import JOINING, Events, Joining
from headroom.local import tokenizers
from headroom.pipeline.run import attempt
from headroom.protocols import WireFormat
from headroom.result import BodyResult
from headroom.sessions import Sessions
from headroom.types import JSON, Thread

_log = logging.getLogger("headroom")

_ENOUGH = (
    "Not shown: this was asked for too often within one answer. Go on with what is there; what is "
    "still missing can be asked for after the next message."
)
_BROKEN = "Not shown: the store failed. The tool that printed this can be run again."


class Answering:
    """One answer to a client, until the model has no more calls for us.

    A stream goes through `take`, piece by piece, and `rest` at its end; a whole through `takes`. While
    it `goes_on`, the answer to `following` comes next, or that to `results`. Then `keep`, and the client gets `ending`, or
    `whole` in place of the first.

    Args:
        sessions: Declared the tool, and keeps what is hidden from the client.
        sent: What was asked.
        wire_format: Of question and answer.
    """

    def __init__(self, sessions: Sessions, sent: BodyResult, wire_format: WireFormat) -> None:
        self._sessions = sessions
        self._retrieve = partial(retrieved, store=sessions.store, tokenizer=tokenizers())
        self._sent = sent
        self._format = wire_format
        self._rounds = ROUNDS[wire_format.name]
        self._joining: Joining = JOINING[wire_format.name]()
        self._body = sent.body
        self._events = Events()

    @property
    def goes_on(self) -> bool:
        """Whether the model waits for us alone."""
        return self._joining.goes_on

    @property
    def ping(self) -> bytes:
        """What a client is sent that waits for long; empty: nothing."""
        return self._joining.ping

    def take(self, piece: bytes) -> bytes:
        """Takes bytes of a stream, and returns what the client gets of them."""
        return b"".join(map(self._shown, self._events.take(piece)))

    def rest(self) -> bytes:
        """Returns what is left at the end of a provider's stream; another one may begin."""
        events, self._events = self._events, Events()
        return events.rest()

    def takes(self, data: bytes) -> bool:
        """Takes an answer that came as a whole; returns whether it is one of a model."""
        taken = attempt(lambda: self._joining.take_message(json.loads(data)))
        if isinstance(taken, Exception):
            _log.warning("error=<%r> | an answer passes as it came", taken)
            return False
        return taken

    def following(self) -> bytes:
        """Returns the request with which the model goes on; asks the store."""
        said, names = self._joining.said, self._joining.names
        results, body = self.results(), read_body(self._body, self._format)
        more = self._rounds.exchange(said, results)
        is_whole = not previous(body) and len(more) == len(said) + len(results)
        if names is None or is_whole:  # some say that they keep what they do not
            self._body = appended(body, more)
        else:
            self._body = following(body, names[1], results)
        return self._body

    def results(self) -> list[JSON]:
        """Returns what answers the calls, for a provider that has the rest; asks the store."""
        results = self._results()
        self._joining.end_round(results)
        self._joining.begin()
        return results

    def keep(self) -> None:
        """Records what the client does not get, before it gets the end; asks the store."""
        joining = self._joining
        if joining.calls and joining.waits:
            joining.end_round(self._results())
        names, after = joining.names, self._sent.lineage[-1:]
        if (joining.rounds or names) and after:
            answered = self._sessions.rounds.answered
            keep = partial(answered, self._format, after[0], joining.visible, joining.rounds)
            if names is not None:
                thread = Thread(names[1], b"", asked=self._sent.asked)
                keep = partial(keep, thread=thread, name=names[0])
            error = attempt(keep)
            if isinstance(error, Exception):
                _log.error("error=<%r> | the next request lacks what was retrieved", error)

    def ending(self) -> bytes:
        """Returns the events that end the client's stream."""
        return self._joining.ending()

    def whole(self, first: bytes) -> bytes:
        """Returns the whole that the client gets: the first answer, if that was all."""
        joining = self._joining
        return json.dumps(joining.message()).encode() if joining.joined else first

    def failed(self, data: bytes, status: int) -> bytes:
        """Returns the event that tells a client what the provider said instead of going on."""
        _log.warning("status=<%s> | the model could not go on after a retrieval", status)
        try:
            said = json.loads(data)
        except ValueError:
            said = None
        return self._joining.failed(said, status)

    def _shown(self, event: bytes) -> bytes:
        """Returns what a client gets of an event; all of it, where nobody knows what it means."""
        shown = attempt(partial(self._joining.take, event))
        if isinstance(shown, Exception):
            _log.warning("error=<%r> | an event passes as it came", shown)
            return event
        return shown

    def _results(self) -> list[JSON]:
        return [self._result(call) for _, call in self._joining.calls]

    def _result(self, call: JSON) -> JSON:
        if self._joining.is_enough:
            return self._rounds.result(call, _ENOUGH, failed=True)
        found = attempt(partial(answer, self._rounds.arguments(call), self._retrieve))
        if isinstance(found, Exception):
            _log.warning("error=<%r> | a retrieval failed", found)
            found = Answer(_BROKEN, failed=True)
        return self._rounds.result(call, found.text, failed=found.failed)
