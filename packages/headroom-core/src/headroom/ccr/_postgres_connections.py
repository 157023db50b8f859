"""Connections to PostgreSQL: a few, kept open, and none that is waited for in vain."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

import psycopg
from psycopg.abc import PQGen

from headroom.ccr._outage import PATIENCE, Outage

T = TypeVar("T")

_IDLE = 8
_CONNECT_SECONDS = 2
"""The shortest time that libpq can wait."""

Row: TypeAlias = tuple[Any, ...]
"""What PostgreSQL returns."""


class Connection(psycopg.Connection[Row]):
    """A connection that ends what takes too long, also where the server says nothing at all."""

    until = float("inf")

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        """Waits for the server as long as there is time."""
        left = max(self.until - time.monotonic(), 0.0)
        return super().wait(gen, interval, left if timeout is None else min(left, timeout))


class Connections:
    """Runs work on connections that nobody else uses meanwhile.

    Args:
        url: As libpq takes it.
        place: The same without secrets, for errors.
        prepare: What the first connection is used for.
    """

    def __init__(self, url: str, place: str, prepare: Callable[[Connection], None]) -> None:
        self._url = url
        self._prepare = prepare
        self._is_prepared = False
        self._outage = Outage(f"the store {place}")
        self._process = os.getpid()
        self._idle: list[Connection] = []

    def run(self, work: Callable[[Connection], T]) -> T:
        """Returns what `work` returns. It may be called twice, and must not mind.

        Raises:
            StoreError: The server cannot be reached, or refuses the work.
        """
        with self._outage.noted(psycopg.Error, OSError):
            connection = self._taken()
            if connection is not None:
                try:
                    return self._with(connection, work)
                except psycopg.OperationalError:
                    if time.monotonic() >= connection.until:
                        raise
                    self.close()  # the server was started again: the others are closed too
            return self._with(self._opened(), work)

    def close(self) -> None:
        """Closes what nobody uses."""
        while (connection := self._taken()) is not None:
            connection.close()

    def _with(self, connection: Connection, work: Callable[[Connection], T]) -> T:
        connection.until = time.monotonic() + PATIENCE
        try:
            return work(connection)
        except psycopg.Error:
            connection.close()
            raise
        finally:
            if len(self._idle) >= _IDLE:
                connection.close()
            if not connection.closed:
                self._idle.append(connection)

    def _taken(self) -> Connection | None:
        if self._process != os.getpid():  # connections do not outlive a fork
            self._process, self._idle = os.getpid(), []
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _opened(self) -> Connection:
        connection = Connection.connect(
            self._url, autocommit=True, connect_timeout=_CONNECT_SECONDS, prepare_threshold=None
        )
        if not self._is_prepared:
            connection.until = time.monotonic() + 10 * PATIENCE
            try:
                self._prepare(connection)
            except BaseException:
                connection.close()
                raise
            self._is_prepared = True
        return connection
