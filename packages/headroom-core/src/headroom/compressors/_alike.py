"""Passages that say what an earlier one says, in nearly the same words: chunks that overlap."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

_LEAST_BYTES = 160
_WORDS = 4
"""Words in a row that are compared."""

_SHARE = 0.85
"""Share of them that an earlier passage must hold."""

_WORD = re.compile(rb"[\w\x80-\xff]+")
_VALUE = re.compile(rb"\d[\d.,:]*|\b[A-Z]\w+|`[^`]*`")


def alike(texts: Sequence[bytes]) -> dict[int, int]:
    """Returns for each text that says what an earlier one says, which one that is.

    It holds no number and no name that the earlier one does not.
    """
    first_in: dict[tuple[bytes, ...], int] = {}
    found: dict[int, int] = {}
    for n, text in enumerate(texts):
        if len(text) < _LEAST_BYTES:
            continue
        words = _WORD.findall(text.lower())
        rows = set(zip(*(words[i:] for i in range(_WORDS)), strict=False))
        known = [row for row in rows if row in first_in]
        where = Counter(map(first_in.__getitem__, known))
        other, count = min(where.items(), key=lambda x: (-x[1], x[0]), default=(n, 0))
        if count and count >= _SHARE * len(rows) and _holds(texts[other], text):
            found[n] = other
        else:
            first_in.update(dict.fromkeys(rows.difference(known), n))
    return found


def _holds(earlier: bytes, later: bytes) -> bool:
    return set(_VALUE.findall(later)) <= set(_VALUE.findall(earlier))
