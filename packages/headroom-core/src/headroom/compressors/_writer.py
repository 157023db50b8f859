"""Builds a compressed text piece by piece, so that omissions always point at the right place."""

from __future__ import annotations

from headroom.types import Compressed, Omission, Span, Unit


class Writer:
    """Collects kept pieces and omissions in order."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0
        self._omissions: list[Omission] = []

    def write(self, piece: bytes) -> None:
        """Adds text that the model will read."""
        self._pieces.append(piece)
        self._size += len(piece)

    def omit(
        self, span: Span, first: int, last: int, *, unit: Unit = "lines", note: str = ""
    ) -> None:
        """Notes that `span` is left out here; the marker gets a line of its own."""
        self._omissions.append(Omission(self._size, span, unit, first, last, note))

    def done(self) -> Compressed:
        """Returns the compressed text."""
        return Compressed(b"".join(self._pieces), tuple(self._omissions))
