"""Content encodings of bodies that can be undone."""

from __future__ import annotations

import sys
import zlib
from importlib import import_module
from typing import Protocol

_GZIP = 16 + zlib.MAX_WBITS
_ZSTD = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"


class _Stream(Protocol):
    """What undoes an encoding."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes: ...


def decoded(body: bytes, encoding: bytes | None, largest: int) -> bytes | None:
    """Returns a body without its content encoding; None where that is not known or not whole.

    Zstandard is known where Python has it: from 3.14 on, or with the package `backports-zstd`.

    Args:
        body: As it came.
        encoding: What its header says.
        largest: Bytes of the longest result that is made.
    """
    match (encoding or b"identity").strip().lower():
        case b"identity":
            return body
        case b"gzip" | b"x-gzip":
            return _whole(body, zlib.decompressobj(_GZIP), zlib.error, largest)
        case b"zstd":
            try:
                zstd = import_module(_ZSTD)
            except ModuleNotFoundError:
                return None
            return _whole(body, zstd.ZstdDecompressor(), zstd.ZstdError, largest)
        case _:
            return None


def _whole(body: bytes, stream: _Stream, failure: type[Exception], largest: int) -> bytes | None:
    try:
        plain = stream.decompress(body, largest)
    except failure:
        return None
    return plain if stream.eof and not stream.unused_data else None
