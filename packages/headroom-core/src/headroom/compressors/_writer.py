"""Builds a compressed text piece by piece, so that omissions always point at the right place."""

from __future__ import annotations

from dataclasses import replace

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

    def append(self, part: Compressed, offset: int, first: int, last: int | None = None) -> None:
        """Adds a compressed part that stood at byte `offset`, from line `first` on.

        Rows are found in it by the lines `first` to `last`.
        """
        for omission in part.omissions:
            rows = omission.unit == "rows"
            moved = replace(
                omission,
                at=omission.at + self._size,
                span=Span(omission.span.start + offset, omission.span.end + offset),
                first=omission.first + (0 if rows else first - 1),
                last=omission.last + (0 if rows else first - 1),
                within=(first, last) if rows and last is not None else None,
            )
            self._omissions.append(moved)
        self.write(part.data)

    def point(self, omission: Omission) -> None:
        """Adds a pointer to lines that can be read elsewhere."""
        self._omissions.append(replace(omission, at=self._size))

    def done(self) -> Compressed:
        """Returns the compressed text."""
        return Compressed(b"".join(self._pieces), tuple(self._omissions))
