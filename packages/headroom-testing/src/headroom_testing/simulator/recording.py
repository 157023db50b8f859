"""Requests as they came in."""

from __future__ import annotations

import json
from dataclasses import dataclass

from headroom.types import JSON


@dataclass(frozen=True, slots=True)
class Recorded:
    """A request, byte for byte; a message over a WebSocket is one as well.

    Attributes:
        method: `POST`, or `WS` for a message over a WebSocket.
        path: As it was written, with the query.
        headers: As they were sent, with their order and duplicates; names in lower case.
        body: The bytes.
        at: The simulator's clock.
    """

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    at: float

    @property
    def json(self) -> JSON:
        """The body as JSON."""
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        """Returns the last value of a header, or None."""
        return dict(self.headers).get(name.lower())
