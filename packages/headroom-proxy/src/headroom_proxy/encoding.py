"""Content encodings of request bodies that can be undone."""

from __future__ import annotations

import zlib

_GZIP = 16 + zlib.MAX_WBITS


def decoded(body: bytes, encoding: bytes | None, largest: int) -> bytes | None:
    """Returns a body without its content encoding; None where that is not known or not whole.

    Args:
        body: As it came.
        encoding: What its header says.
        largest: Bytes of the longest result that is made.
    """
    match (encoding or b"identity").strip().lower():
        case b"identity":
            return body
        case b"gzip" | b"x-gzip":
            return _unzipped(body, largest)
        case _:
            return None


def _unzipped(body: bytes, largest: int) -> bytes | None:
    stream = zlib.decompressobj(_GZIP)
    try:
        plain = stream.decompress(body, largest)
    except zlib.error:
        return None
    return plain if stream.eof and not stream.unused_data else None
