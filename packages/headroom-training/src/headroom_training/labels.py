"""Which lines of an output were used later. No teacher: the agent's own words tell.

A line counts as quoted where the agent later writes it out, in an edit or a command; as named where
it writes an identifier, a path or a number that this output brought up and only few of its lines
hold. What the agent could read before the output is not learned from it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

NAMED, QUOTED = 1, 2

_TOKEN = re.compile(
    rb"[A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]{2,}|[\w./-]*/[\w./-]+|\d+(?:\.\d+)+|\d{3,}"
)
_NUMBER = re.compile(rb"\A *\d+(?:[\t:|-]|\xe2\x86\x92|  )")
_FEW = 3
_INSIDE, _ALONE = 25, 8
"""Bytes from which a line is quoted inside a longer text, and as a line of its own."""


class Reader:
    """What an agent has read so far."""

    def __init__(self) -> None:
        self.tokens: set[bytes] = set()
        self.lines: set[bytes] = set()

    def read(self, text: bytes) -> None:
        """Takes a text, with and without line numbers."""
        self.tokens |= tokens_of(text)
        for line in text.split(b"\n"):
            self.lines.add(line.strip())
            self.lines.add(body_of(line))


class Later:
    """What an agent said after an output."""

    def __init__(self, texts: Sequence[bytes]) -> None:
        self.text = b"\n".join(texts)
        self.tokens = tokens_of(self.text)
        self.lines = {line.strip() for line in self.text.split(b"\n")}


def labels(lines: Sequence[bytes], before: Reader, later: Later) -> list[int]:
    """Returns for each line 0, NAMED or QUOTED."""
    tokens = [tokens_of(body_of(line)) for line in lines]
    holders = Counter(token for row in tokens for token in row)
    out = []
    for line, row in zip(lines, tokens, strict=True):
        body = body_of(line)
        if not body or body in before.lines:
            out.append(0)
        elif is_quoted(body, later):
            out.append(QUOTED)
        else:
            found = row & later.tokens
            named = any(holders[t] <= _FEW and t not in before.tokens for t in found)
            out.append(NAMED if named else 0)
    return out


def tokens_of(text: bytes) -> set[bytes]:
    """Returns the identifiers, paths and numbers of a text."""
    return set(_TOKEN.findall(text))


def is_quoted(body: bytes, later: Later) -> bool:
    """Returns whether a line, without number and indentation, was written out later."""
    return (len(body) >= _INSIDE and body in later.text) or (
        len(body) >= _ALONE and body in later.lines
    )


def body_of(line: bytes) -> bytes:
    """Returns a line without its number and indentation."""
    return _NUMBER.sub(b"", line, count=1).strip()
