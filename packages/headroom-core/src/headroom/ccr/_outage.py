"""Stores that do not answer: one call of a request waits for them, and not each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from headroom.errors import StoreError

PATIENCE = 1.0
"""Seconds that one call may wait for a server, or for others who write to a file."""

_PAUSE = 0.25
"""Seconds for which nobody asks a store that kept somebody waiting: so long that the next calls of
the same request do not wait too. Not longer, as others may reach it already, and go on by a ledger
that we do not see.
"""


class Outage:
    """Whether a store let somebody wait in vain just now.

    Args:
        name: What errors call it, and where it is, without secrets.
        clock: Seconds that only go up.
    """

    def __init__(self, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._name = name
        self._clock = clock
        self._until = 0.0
        self._said = ""

    @contextmanager
    def noted(
        self, *errors: type[Exception], advice: Callable[[Exception], str] = lambda _: ""
    ) -> Iterator[None]:
        """Turns what a client raises into errors of ours.

        Args:
            errors: What it raises.
            advice: Says what to do about one; empty: nothing is known.

        Raises:
            StoreError: In place of `errors`; or, at once, where the server did not answer just now.
        """
        started = self._clock()
        if started < self._until:
            raise StoreError(f"{self._said} (it did not answer a moment ago)")
        try:
            yield
        except errors as error:
            now = self._clock()
            self._until = now + min(now - started, _PAUSE)
            what_to_do = f": {found}" if (found := advice(error)) else ""
            self._said = f"{self._name} could not be used: {error}{what_to_do}"
            raise StoreError(self._said) from error
