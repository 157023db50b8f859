"""What every adapter of a framework or SDK promises on the wire, as tests to inherit.

The wire is a simulated provider on a real socket. Needs the extra `simulator` of this distribution.
"""

from __future__ import annotations

import re
import ssl
import warnings
from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol

import pytest

from headroom import Headroom
from headroom.formats import read_body
from headroom.types import JSON
from headroom_testing.fakes import FailingStore
from headroom_testing.simulator import Call, Recorded, Reply, Simulator, Thinking

QUESTION = "What failed in these logs?"
ANSWER = "The disk is full."
MISSING = "missing"
"""The log that there is not: its tool call fails."""

LOGS = ("web-0", "db-0", "web-1", MISSING, "web-2", "db-2")
"""The logs that the model of `SCRIPT` reads, two at a time."""

PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYPj/HwADAgH/p9YbWQAAAABJRU5ErkJggg=="
"""A PNG in base64, small enough to stay as it is."""

SCRIPT = (
    *(
        Reply.of(
            Thinking(f"step {n}"),
            "Let me look.",
            *(Call("read_log", {"name": name}) for name in LOGS[n : n + 2]),
        )
        for n in range(0, len(LOGS), 2)
    ),
    Reply.of(ANSWER),
)
"""A model that thinks, reads the logs with parallel calls, and answers."""

LONG_LOG = "long"
_TICK = 1234


def read_log(name: str) -> str:
    """Returns a log: what the tool of an adapter's session does.

    Raises:
        FileNotFoundError: The log is `MISSING`; a session tells its framework that the call failed.
    """
    if name == MISSING:
        raise FileNotFoundError(f"there is no log {name}\n" * 40)
    if name == LONG_LOG:
        return "".join(f"10:00:{n % 60:02} INFO tick {n * n % 997} of {n}\n" for n in range(2000))
    return "".join(f"2026-11-21 10:00:{n % 60:02} INFO {name} tick {n} done\n" for n in range(200))


def curious(request: Recorded) -> Reply:
    """Answers as a model that reads a long log and asks for a line that was left out of it."""
    body = request.body.decode()
    if "INFO tick" not in body:
        return Reply.of(Call("read_log", {"name": LONG_LOG}))
    if f"of {_TICK}\\n" in body:
        return Reply.of(ANSWER)
    if ref := re.search(r'headroom_retrieve\(\\"(\w+)', body):
        call = Call("headroom_retrieve", {"ref": ref[1], "query": f"tick of {_TICK}"})
        return Reply.of(call)
    return Reply.of("Nothing was left out.")


class Session(Protocol):
    """Runs an agent of the framework, which has the tool `read_log`, until its model answers.

    It asks `QUESTION`. With it may go whatever the adapter has to keep: a `PICTURE`, breakpoints.
    """

    def __call__(self, provider: Simulator, headroom: Headroom | None) -> Sequence[str]:
        """Returns the results of `read_log` as the framework holds them afterwards, in order.

        Args:
            provider: Where the requests go.
            headroom: Compresses them; None: the framework alone, with the same tools.
        """
        ...


class _Local:
    @pytest.fixture(autouse=True)
    def _without_certificates(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Spares clients a tenth of a second each: nothing here needs a certificate."""
        monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", lambda *_, **__: None)


class AdapterConformance(_Local):
    """What every adapter promises. Inherit from it and give a session.

    Example:
        >>> class TestMine(AdapterConformance):
        ...     @pytest.fixture
        ...     def session(self) -> Session:
        ...         return run_my_agent
    """

    @pytest.fixture
    def session(self) -> Session:
        """The session to test."""
        raise NotImplementedError("give the session in a fixture of this name")

    def test_only_the_texts_of_results_change(self, session: Session) -> None:
        """Calls, thoughts, ids, pictures, breakpoints and errors are on the wire as without it."""
        headroom = Headroom(store="memory:")
        bare, sent = _bodies(session, None), _bodies(session, headroom)
        assert sum(map(len, sent)) < sum(map(len, bare)) * 0.6
        assert [_unsealed(headroom.restore_body(body)) for body in sent] == [
            _unsealed(body) for body in bare
        ]

    def test_what_was_sent_is_sent_again(self, session: Session) -> None:
        """Each request starts with the messages of the one before, byte for byte."""
        sent = [_elements(body) for body in _bodies(session, Headroom(store="memory:"))]
        for before, after in pairwise(sent):
            assert after[: len(before)] == before

    def test_what_the_framework_holds_stays_as_it_was(self, session: Session) -> None:
        """The application sees what its tools printed."""
        with Simulator(SCRIPT, count=len) as provider:
            held = session(provider, Headroom(store="memory:"))
        found = [text for text in held if MISSING not in text]
        assert found == [read_log(name) for name in LOGS if name != MISSING]
        assert len(held) == len(LOGS)

    def test_a_store_that_fails_costs_only_savings(self, session: Session) -> None:
        """The conversation goes on as it would without compression."""
        headroom = Headroom(store=FailingStore(puts=range(1, 10**9), gets=range(1, 10**9)))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            sent = _bodies(session, headroom)
        assert list(map(_unsealed, sent)) == list(map(_unsealed, _bodies(session, None)))


class RetrievalConformance(_Local):
    """What an adapter promises that offers the retrieve tool. Inherit from it and give a session."""

    @pytest.fixture
    def session(self) -> Session:
        """The session to test."""
        raise NotImplementedError("give the session in a fixture of this name")

    def test_what_was_left_out_comes_back_when_the_model_asks(self, session: Session) -> None:
        """A line that the first request does not hold is in the last one."""
        with Simulator(curious, count=len) as provider:
            held = session(provider, Headroom(store="memory:"))
            requests = [request.body.decode() for request in provider.requests]
        assert held[0] == read_log(LONG_LOG)
        line = f"of {_TICK}\\n"
        assert [line in request for request in requests] == [False] * (len(requests) - 1) + [True]
        assert len(requests) == 3


def _bodies(session: Session, headroom: Headroom | None) -> list[bytes]:
    """Returns the requests of a session; the provider refuses thinking behind changed texts."""
    with Simulator(SCRIPT, count=len) as provider:
        session(provider, headroom)
        assert provider.violations == []
        assert len(provider.requests) == len(SCRIPT)
        return [request.body for request in provider.requests]


def _unsealed(body: bytes) -> bytes:
    """Returns a body without the seals of its thinking, which hold for one prefix each."""
    return re.sub(rb'"(signature|encrypted_content)": ?"[^"]*"', b"", body)


def _elements(data: bytes) -> list[bytes]:
    """Returns the messages of a body as they are written in it."""
    body = read_body(data)
    messages: JSON = body.messages
    spans = body.spans([(body.wire_format.field, n) for n in range(len(messages))])
    return [data[span.start : span.end] for span in spans]
