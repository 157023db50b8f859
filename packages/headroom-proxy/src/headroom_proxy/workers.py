"""Several processes on one port. Each is a whole gateway but for the books, which the first keeps."""

from __future__ import annotations

import logging
import multiprocessing
import signal
import socket
import sys
import time
from dataclasses import dataclass
from multiprocessing import connection as pipes
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess
from threading import Event, Thread
from types import FrameType, TracebackType
from typing import Self

from headroom.local import store_of
from headroom_proxy.app import Gateway
from headroom_proxy.books import Books
from headroom_proxy.clerk import OwnClerk
from headroom_proxy.reports import REPORT_SECONDS, RemoteClerk, answer
from headroom_proxy.server import SWITCH_SECONDS, listen, serving, url_of
from headroom_proxy.settings import Settings

_POLL_SECONDS = 0.2
_SECONDS_BETWEEN_STARTS = 1.0
"""Between two starts of a worker that ends at once, whatever it dies of."""

_SECONDS_TO_END = 5.0
"""That a worker has to end when its answers are complete, or out of time."""

_PRELOADED = ["headroom_proxy.server", "headroom_proxy.reports", "headroom.sessions"]

_log = logging.getLogger("headroom.proxy")


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    answering: Thread
    started: float


class Workers:
    """Gateways that listen on one port.

    Args:
        settings: What they are told; `workers` says how many they are.
        books: Where figures are kept; default: a file in the user's data directory.

    Attributes:
        url: Where they listen.

    Raises:
        OSError: The port is taken.
        StoreError: The store's URL names none.
    """

    def __init__(self, settings: Settings, books: Books | None = None) -> None:
        store_of(settings.store or None)  # what is wrong with it is said once, and not by each
        self._settings = settings
        self._listener = listen(settings)
        self.url = url_of(settings, self._listener)
        self._clerk = OwnClerk.of(settings, books, settle=3 * REPORT_SECONDS)
        self._told = Event()
        self._workers: list[_Worker] = []
        self._thread = Thread(target=self._supervise, name="headroom-workers", daemon=True)

    @property
    def pids(self) -> list[int]:
        """The processes that listen."""
        return [worker.process.pid or 0 for worker in self._workers]

    def run(self) -> None:
        """Serves until the process is told to stop."""
        for told in (signal.SIGTERM, signal.SIGINT):
            signal.signal(told, self._stop)
        self._supervise()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._told.set()
        self._thread.join()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._told.set()

    def _supervise(self) -> None:
        self._clerk.start()
        self._workers = [self._started() for _ in range(self._settings.workers)]
        while not self._told.wait(_POLL_SECONDS):
            for n, worker in enumerate(self._workers):
                if not worker.process.is_alive():
                    self._workers[n] = self._again(worker)
        self._end()

    def _started(self) -> _Worker:
        here, there = multiprocessing.Pipe()
        arguments = (self._settings, self._listener, there)
        process = _context().Process(target=_work, args=arguments, daemon=True)
        process.start()
        there.close()
        answering = Thread(target=answer, args=(here, self._clerk), daemon=True)
        answering.start()
        return _Worker(process, answering, time.monotonic())

    def _again(self, worker: _Worker) -> _Worker:
        code = worker.process.exitcode
        _log.error("pid=<%s> code=<%s> | a worker ended; another begins", worker.process.pid, code)
        self._told.wait(max(worker.started + _SECONDS_BETWEEN_STARTS - time.monotonic(), 0.0))
        return self._started()

    def _end(self) -> None:
        self._listener.close()
        for worker in self._workers:
            worker.process.terminate()
        until = time.monotonic() + self._settings.drain + _SECONDS_TO_END
        for worker in self._workers:
            worker.process.join(max(until - time.monotonic(), 0.0))
            worker.process.kill()
            worker.answering.join(_SECONDS_TO_END)
        self._clerk.stop()


def _context() -> ForkServerContext | SpawnContext:
    """Returns how processes are started: copies of one that has all modules, where that is possible."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    return context


def _work(settings: Settings, listener: socket.socket, there: pipes.Connection) -> None:
    """Is a worker."""
    sys.setswitchinterval(SWITCH_SECONDS)
    Thread(target=_end_with_parent, daemon=True).start()
    clerk = RemoteClerk(there, texts=settings.views > 0)
    serving(Gateway(settings, clerk=clerk), settings).run([listener])


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        pipes.wait([parent.sentinel])
        signal.raise_signal(signal.SIGTERM)
