"""Keys: the name of an original is a hash of its bytes."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache

KEY_BYTES = 8
"""64 bits: a chance of 3 in 10 million that any two of 3 million originals collide."""

LONG_KEY_BYTES = 16
"""What a key grows to when the short one is taken by another original."""


_LONG = 1 << 18
"""Characters from which a text, such as an image, is hashed again rather than held in memory."""


def digest_of(text: str) -> bytes:
    """Returns 128 bits of BLAKE2b of a text's UTF-8 bytes."""
    return _digest(text) if len(text) < _LONG else _digest.__wrapped__(text)


@lru_cache(maxsize=256)
def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def next_context(context: bytes, text: str) -> bytes:
    """Returns the rolling hash of texts in the order in which a model reads them."""
    return hashlib.blake2b(context + digest_of(text), digest_size=16).digest()


def key_of(original: str, size: int = KEY_BYTES) -> str:
    """Returns the reference of an original: the first bytes of its hash in base32, lower case."""
    return base64.b32encode(digest_of(original)[:size]).decode("ascii").rstrip("=").lower()
