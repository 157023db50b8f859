"""A request and its answer, as they are told to who keeps the books."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from headroom.result import BodyResult
from headroom_proxy.headers import Headers, header, trace_context
from headroom_proxy.settings import Mode

LONGEST_ANSWER = 16 << 20
"""Bytes of an answer that are kept until it ends. What a longer one was billed stays unknown."""

GONE = 499
"""The status of a request whose client went away before an answer began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request and its answer, when both are over.

    Attributes:
        at: When the request came in, in seconds since the epoch.
        provider: The setting that names where it went.
        path: Of the request, without the query.
        wire: The name of its wire format; empty: it passed by unread.
        mode: What was done.
        model: That the request names; may be empty.
        status: What the client got.
        result: What was decided about its texts, if they were read.
        edited: Whether the texts went up as `result` has them; else as they came.
        answers: The bytes of the provider's answer; none if it was too long. Several answers, where
            what the first one asked for was answered on the way.
        answer_type: Their content type.
        answer_encoding: Their content encoding.
        edit_seconds: How long the body was held up.
        first_byte: Seconds from the whole request to the first byte of the answer.
        seconds: To its last byte.
        trace: The headers by which the client's trace goes on here.
    """

    at: float
    provider: str
    path: str
    wire: str = ""
    mode: Mode = "off"
    model: str = ""
    status: int = GONE
    result: BodyResult | None = None
    edited: bool = False
    answers: tuple[bytes, ...] = field(default=(), repr=False)
    answer_type: bytes = b""
    answer_encoding: bytes | None = None
    edit_seconds: float = 0.0
    first_byte: float = 0.0
    seconds: float = 0.0
    trace: tuple[tuple[str, str], ...] = ()


Observer: TypeAlias = Callable[[Exchange], None]
"""Is told about every exchange, on the event loop: it must not wait."""


class Watch:
    """Notes what happens to a request; nothing that passes is altered or held up.

    Args:
        provider: The setting that names where it goes.
        path: Of the request.
        wire: The name of its wire format.
        mode: What is to be done.
        headers: That came with it.
    """

    def __init__(
        self,
        provider: str,
        path: str,
        wire: str,
        mode: Mode,
        headers: Headers = (),  # type: ignore[assignment]
    ) -> None:
        self._trace = trace_context(headers)
        self._known = provider, path, wire, mode
        self._at = time.time()
        self._started = time.perf_counter()
        self._model = ""
        self._result: BodyResult | None = None
        self._edited = False
        self._edit_seconds = self._first_byte = 0.0
        self._status = GONE
        self._headers: Headers = []
        self._answers = [bytearray()]  # one, as each piece by itself would take thrice its size
        self._room = LONGEST_ANSWER

    def came(self) -> None:
        """The request is here as a whole."""
        self._started = time.perf_counter()

    def read(self, result: BodyResult) -> None:
        """Its texts were read."""
        self._result, self._model = result, result.model

    def sent(self, *, edited: bool) -> None:
        """It goes up."""
        self._edited = edited
        self._edit_seconds = time.perf_counter() - self._started

    def began(self, status: int, headers: Headers = ()) -> None:  # type: ignore[assignment]
        """The answer begins."""
        self._status, self._headers = status, [(k.lower(), v) for k, v in headers]
        self._first_byte = time.perf_counter() - self._started

    @property
    def has_begun(self) -> bool:
        """Whether the answer has begun."""
        return self._status != GONE

    def passed(self, piece: bytes) -> None:
        """A piece of the provider's answer passed, as it came."""
        self._room -= len(piece)
        if self._room >= 0 and self._known[2]:
            self._answers[-1] += piece
        elif self._answers[0]:
            self._answers = [bytearray()]

    def asked_again(self) -> None:
        """What the answer asked for was answered on the way; the pieces of another one follow."""
        self._answers.append(bytearray())

    def exchange(self) -> Exchange:
        """Returns what happened, now that it is over."""
        provider, path, wire, mode = self._known
        return Exchange(
            at=self._at,
            provider=provider,
            path=path,
            wire=wire,
            mode=mode,
            model=self._model,
            status=self._status,
            result=self._result,
            edited=self._edited,
            answers=tuple(map(bytes, filter(None, self._answers))),
            answer_type=header(self._headers, b"content-type") or b"",
            answer_encoding=header(self._headers, b"content-encoding"),
            edit_seconds=self._edit_seconds,
            first_byte=self._first_byte,
            seconds=time.perf_counter() - self._started,
            trace=self._trace,
        )
