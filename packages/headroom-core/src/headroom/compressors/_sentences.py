"""Where sentences end, also in scripts that put no space after them."""

from __future__ import annotations

import re
from collections.abc import Iterator

_END = re.compile(
    rb"[.!?]['\")\]*_`\xe2\x80\x9d\xe2\x80\x99]{0,6}\s+(?=[^a-z\s])"
    rb"|(?:\xe3\x80\x82|\xef\xbc\x81|\xef\xbc\x9f|\xef\xbd\xa1|\xe0\xa5\xa4)"  # 。！？｡।
    rb"(?:\xe2\x80[\x99\x9d]|\xe3\x80[\x8d\x8f]|\xef\xbc\x89|['\")\]*_`])*\s*"
    rb"|(?:\xd8\x9f|\xdb\x94)\s+"  # the Arabic question mark, the Urdu full stop
    rb"|(?<=[\xb8\xb9][\x80-\xbf])\s+(?=\xe0[\xb8\xb9])"  # Thai: a space ends a phrase
)
_ABBREVIATION = re.compile(
    rb"(?:\b(?:[A-Za-z]|e\.g|i\.e|cf|vs|etc|al|No|no|Fig|Eq|Mr|Mrs|Ms|Dr|St|Prof|Jr|Sr|Inc|Ltd|Co|U\.S"
    rb"|approx|ca|Sen|Rep|Gen|Gov|Lt|Col|Capt))\Z"
)
_SHORTEST = 40
"""Bytes from the start up to which there is no end: `1. `, `Note! `, `St. `."""


def sentence_ends(text: bytes) -> Iterator[int]:
    """Yields where sentences end, white space after them included; not the end of the text."""
    last = 0
    for match in _END.finditer(text):
        start, end = match.span()
        if end - last < _SHORTEST or end >= len(text):
            continue
        if text[start : start + 1] == b"." and _ABBREVIATION.search(text, max(start - 8, 0), start):
            continue
        last = end
        yield end


def first_sentence(text: bytes) -> int:
    """Returns where the first sentence of a text ends."""
    return next(sentence_ends(text), len(text))
