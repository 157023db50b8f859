"""Content encodings of bodies that can be undone."""

from __future__ import annotations

import sys
import zlib

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdDecompressor, ZstdError
else:
    from backports.zstd import ZstdDecompressor, ZstdError

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
            return _whole(body, zlib.decompressobj(_GZIP), largest)
        case b"zstd":
            return _whole(body, ZstdDecompressor(), largest)
        case _:
            return None


def _whole(body: bytes, stream: zlib._Decompress | ZstdDecompressor, largest: int) -> bytes | None:
    try:
        plain = stream.decompress(body, largest)
    except (zlib.error, ZstdError):
        return None
    return plain if stream.eof and not stream.unused_data else None
