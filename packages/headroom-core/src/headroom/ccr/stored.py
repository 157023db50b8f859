"""What stores keep, and in which form: originals packed, savings added up."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from headroom.errors import StoreError

DAY = 86_400

_PACK_FROM = 512
_RAW, _PACKED = b"0", b"1"


@dataclass(frozen=True, slots=True)
class Saving:
    """What was saved so far on one kind of content."""

    content_type: str
    blocks: int
    tokens_before: int
    tokens_after: int


@runtime_checkable
class Counting(Protocol):
    """A store that counts what was saved."""

    def savings(self) -> list[Saving]:
        """Returns what was saved so far, the largest saving first."""
        ...


def by_size(savings: list[Saving]) -> list[Saving]:
    """Returns savings, the largest first."""
    return sorted(savings, key=lambda s: (s.tokens_after - s.tokens_before, s.content_type))


def pack(original: str) -> bytes:
    """Returns an original as stores keep it: compressed where that is worth it."""
    data = written(original)
    return _PACKED + zlib.compress(data, 1) if len(data) >= _PACK_FROM else _RAW + data


def unpack(data: bytes) -> str:
    """Returns an original from what a store kept.

    Raises:
        StoreError: That is not what `pack` returned.
    """
    try:
        return read(zlib.decompress(data[1:]) if data[:1] == _PACKED else data[1:])
    except (zlib.error, UnicodeDecodeError) as error:
        raise StoreError(f"expected an original, got {data[:40]!r}") from error


def written(text: str) -> bytes:
    """Returns a text as bytes; what no UTF-8 has comes back too."""
    return text.encode("utf-8", "surrogatepass")


def read(data: bytes) -> str:
    """Returns a text from its bytes."""
    return data.decode("utf-8", "surrogatepass")
