"""Numbered listings, as `cat -n`, `nl` and editors print them: their numbers are thinned out.

       166  def f(x):                 [line numbers at every tenth line]
       167      return x    ->        166  def f(x):
                                           return x

A number stays on the first line, on every tenth, and wherever they do not count up by one. What
follows the separator is verbatim, so that text quoted for an edit matches the file.
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from functools import lru_cache

from headroom.detect.nature import sample

NOTE = b"[line numbers at every tenth line]\n"

_NUMBERED = re.compile(rb" *(\d{1,7})(\t|\xe2\x86\x92|\|)")
_NUMBERS = re.compile(rb"^ *\d{1,7}(?:\t|\xe2\x86\x92|\|)", re.MULTILINE)
_THINNED = re.compile(rb"(\d{1,7})?(\t|\xe2\x86\x92|\|)")
_EVERY = 10
_LEAST = 0.7
"""Share of the lines that must be numbered."""


@lru_cache(maxsize=16)
def is_listing(data: bytes) -> bool:
    """Returns whether most lines of a text print their number."""
    lines = sample(data)
    numbered = sum(map(bool, map(_NUMBERED.match, lines)))
    return len(lines) >= 5 and numbered >= _LEAST * len(lines)


def without_numbers(data: bytes) -> bytes:
    """Returns a text without the numbers that its lines print."""
    return _NUMBERS.sub(b"", data)


def thin(lines: Sequence[bytes | None], asked: Container[bytes] = ()) -> list[bytes | None] | None:
    """Returns a listing with a number on every tenth line, or None if it could be misread.

    None among the lines is a gap: the line after it keeps its number, as do those in `asked`.
    """
    out: list[bytes | None] = [NOTE]
    before = None
    left_out = False
    for line in lines:
        match = _NUMBERED.match(line) if line is not None else None
        if line is None or match is None:
            if line is not None and _THINNED.match(line):
                return None  # it would look like a line whose number was left out
            out.append(line)
            before = None
            continue
        number, separator = int(match[1]), match[2]
        follows = before == (number - 1, separator)
        shown = b"" if follows and number % _EVERY and line not in asked else match[1]
        left_out = left_out or not shown
        out.append(shown + separator + line[match.end() :])
        before = (number, separator)
    shorter = sum(map(len, filter(None, out))) < sum(map(len, filter(None, lines)))
    return out if left_out and shorter else None


def number_again(text: bytes) -> bytes:
    """Returns what `thin` made with every number in place; other text comes back as it is."""
    if NOTE not in text:
        return text
    head, _, body = text.partition(NOTE)
    out: list[bytes] = []
    number = None
    for line in body.split(b"\n"):
        match = _THINNED.match(line)
        if match is None or (match[1] is None and number is None):
            number = None
            out.append(line)
            continue
        number = int(match[1]) if match[1] else (number or 0) + 1
        out.append(b"%d" % number + line[match.start(2) :])
    return head + b"\n".join(out)
