"""The simulator on a real socket."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable
from threading import Thread
from types import TracebackType
from typing import Any, Self, cast

import uvicorn

from headroom_testing.simulator.app import make_app
from headroom_testing.simulator.caches import Clock
from headroom_testing.simulator.delivery import Connection
from headroom_testing.simulator.prompts import Count
from headroom_testing.simulator.provider import Provider
from headroom_testing.simulator.script import Script

_had: set[int] = set()
"""Ports of this process's simulators. None is had twice: clients are kept by address, also closed ones."""


class Simulator(Provider):
    """A provider that listens on a free port of this machine while it is entered.

    Args:
        script: A function from a request to its answer, or answers in order.
        strict: Whether thinking that is presented with a changed prefix is refused with 400.
        clock: Returns the time in seconds; cache entries lapse by it.
        count: Counts tokens; default: exactly, with GPT-4o's tokenizer, for every model.

    Example:
        >>> from urllib.request import urlopen
        >>> with Simulator() as simulator:
        ...     urlopen(simulator.url + "/v1/models").status
        200
    """

    def __init__(
        self,
        script: Script = (),
        *,
        strict: bool = True,
        clock: Clock = time.monotonic,
        count: Count | None = None,
    ) -> None:
        super().__init__(script, strict=strict, clock=clock, count=count)
        self.url = ""
        config = uvicorn.Config(
            make_app(self, self._connections),
            http="h11",
            ws="websockets-sansio",
            lifespan="off",
            log_config=None,
            log_level="critical",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._listener: socket.socket | None = None
        self._thread: Thread | None = None

    def __enter__(self) -> Self:
        self._listener = listener = _listener()
        # asyncio sets this only where the socket names its protocol; without it, pieces are held back
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self._thread = Thread(
            target=self._server.run, args=([listener],), name="simulator", daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join()
        if self._listener is not None:
            self._listener.close()  # the server does, but for one that was left before it started

    def _connections(self) -> Iterable[Connection]:
        # uvicorn types them as bare protocols; those of HTTP have a client and a transport
        return cast("Iterable[Any]", self._server.server_state.connections)


def _listener() -> socket.socket:
    """Returns a socket that listens on a port that no simulator had yet."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    port = listener.getsockname()[1]
    if port not in _had:
        _had.add(port)
        return listener
    with listener:  # while it is held, another port comes
        return _listener()
