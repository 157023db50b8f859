"""Servers that do not answer: one call of a request waits for them, and not each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from headroom.errors import StoreError

PATIENCE = 1.0
"""Seconds that one call may wait for a server."""

_PAUSE = 0.25
"""Seconds for which nobody asks a server that kept somebody waiting: so long that the next calls of
the same request do not wait too. Not longer, as others may reach it already, and go on by a ledger
that we do not see.
"""


class Outage:
    """Whether a server let somebody wait in vain just now.

    Args:
        place: Where the store is, without secrets; errors name it.
        clock: Seconds that only go up.
    """

    def __init__(self, place: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._place = place
        self._clock = clock
        self._until = 0.0

    @contextmanager
    def noted(self, *errors: type[Exception]) -> Iterator[None]:
        """Turns what a client raises into errors of ours.

        Raises:
            StoreError: In place of `errors`; or, at once, where the server did not answer just now.
        """
        started = self._clock()
        if started < self._until:
            raise StoreError(f"the store {self._place} did not answer a moment ago")
        try:
            yield
        except errors as error:
            now = self._clock()
            self._until = now + min(now - started, _PAUSE)
            raise StoreError(f"the store {self._place} could not be used: {error}") from error
