"""Keys: the name of an original is a hash of its bytes."""

from __future__ import annotations

import base64
import hashlib

KEY_BYTES = 8
"""64 bits: a chance of 3 in 10 million that any two of 3 million originals collide."""


def key_of(original: str, size: int = KEY_BYTES) -> str:
    """Returns the reference of an original: BLAKE2b of its UTF-8 bytes, base32, lower case."""
    digest = hashlib.blake2b(original.encode("utf-8", "surrogatepass"), digest_size=size).digest()
    return base64.b32encode(digest).decode("ascii").rstrip("=").lower()
