"""Builds a compressed text piece by piece, so that omissions always point at the right place."""

from __future__ import annotations

from headroom.types import Compressed, Omission, Span


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

    def omit(self, span: Span, first: int, last: int, *, note: str = "") -> None:
        """Notes that the lines `first` to `last` are left out here, on a line of their own."""
        self._omissions.append(Omission(self._size, span, "lines", first, last, note))

    def omit_rows(self, span: Span, first: int, last: int, *, array: str = "") -> None:
        """Notes that the rows `first` to `last` of an array are left out here."""
        self._omissions.append(Omission(self._size, span, "rows", first, last, array=array))

    def done(self) -> Compressed:
        """Returns the compressed text."""
        return Compressed(b"".join(self._pieces), tuple(self._omissions))
