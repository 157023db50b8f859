"""Source code: what `cat -n`, `nl` and editors print keeps its text; line numbers are thinned out.

       166  def f(x):                 [line numbers at every tenth line]
       167      return x    ->        166  def f(x):
                                           return x

A number stays on the first line, on every tenth, and wherever they do not count up by one. What
follows the separator is verbatim, so that text quoted for an edit matches the file.
"""

from __future__ import annotations

import re
from collections.abc import Container

from headroom.compressors._select import asked_for, lines_of
from headroom.detect import nature_of
from headroom.detect.nature import sample
from headroom.protocols import Context
from headroom.types import Compressed, Segment

NOTE = b"[line numbers at every tenth line]\n"

_NUMBERED = re.compile(rb" *(\d{1,7})(\t|\xe2\x86\x92|\|)")
_THINNED = re.compile(rb"(\d{1,7})?(\t|\xe2\x86\x92|\|)")
_EVERY = 10
_LEAST = 0.7
"""Share of the lines that must be numbered."""


class SourceCode:
    """Thins out the line numbers of listings; leaves other code as it is."""

    name = "source_code"

    def priority(self, segment: Segment) -> float:
        """Returns 0.8 for numbered listings, 0.3 for code without numbers."""
        lines = sample(segment.data)
        numbered = sum(map(bool, map(_NUMBERED.match, lines)))
        if len(lines) >= 5 and numbered >= _LEAST * len(lines):
            return 0.8
        return 0.3 if nature_of(segment.data) == "source" else -1.0

    def compress(self, segment: Segment, context: Context) -> Compressed | None:
        """Returns the listing with fewer numbers; nothing is left out."""
        asked = asked_for(lines_of(segment.data), context, segment.line)
        thinned = thin(segment.data, asked)
        shorter = thinned is not None and len(thinned) < len(segment.data)
        return Compressed(thinned if thinned and shorter else segment.data)


def thin(data: bytes, asked: Container[int] = ()) -> bytes | None:
    """Returns a listing with a number on every tenth line, or None if it could be misread.

    Lines in `asked`, counted from 0, keep their number.
    """
    lines = data.split(b"\n")
    out: list[bytes] = []
    before = None
    left_out = False
    for n, line in enumerate(lines):
        match = _NUMBERED.match(line)
        if match is None:
            if _THINNED.match(line):  # would look like a line whose number was left out
                return None
            out.append(line)
            before = None
            continue
        number, separator = int(match[1]), match[2]
        follows = before == (number - 1, separator)
        shown = b"" if follows and number % _EVERY and n not in asked else match[1]
        left_out = left_out or not shown
        out.append(shown + separator + line[match.end() :])
        before = (number, separator)
    return NOTE + b"\n".join(out) if left_out else None


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
