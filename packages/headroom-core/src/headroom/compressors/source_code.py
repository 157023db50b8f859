"""Source code: the bodies of functions that nobody asked for are left out, signatures stay.

    def restore(self, messages):
        \"\"\"Returns the original messages behind compressed ones.
    […115-131 left out; source intact: headroom_retrieve("k3f7q2zyw6h5a", lines="115-131")]

What stays is verbatim, so that text quoted for an edit matches the file. What a function raises
stays too. Without the extra `code`, or without leave to omit, only listings get shorter: see
`_listing`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

from headroom.compressors._indented import outline_by_indentation
from headroom.compressors._languages import language_of
from headroom.compressors._listing import is_listing, thin, without_numbers
from headroom.compressors._outline import Part, outline
from headroom.compressors._select import (
    Units,
    asked_for,
    bytes_kept,
    gaps,
    items_of,
    lines_of,
    meant,
    names_lines,
    omissions_of,
    settle,
    written,
)
from headroom.compressors._worth import fewer
from headroom.detect import nature_of
from headroom.protocols import Context
from headroom.types import Compressed, Segment

NAME = "source_code"

_FEWEST = 3
"""Lines of a body below which it stays."""

_RAISING = (b"raise", b"throw", b"panic", b"Errorf(", b"errors.New(", b"bail!(")
"""What a line holds that `_RAISES` matches: to look for words is faster than to match every line."""

_RAISES = re.compile(rb"\s*(?:raise|throw|panic)\b|.*\b(?:Errorf|errors\.New|panic!|bail!)\(")


class SourceCode:
    """Keeps declarations and what was asked for; thins out line numbers."""

    name = NAME

    def priority(self, segment: Segment) -> float:
        """Returns 0.8 for numbered listings, 0.3 for code without numbers."""
        if is_listing(segment.data):
            return 0.8
        return 0.3 if nature_of(segment.data) == "source" else -1.0

    def compress(self, segment: Segment, context: Context) -> Compressed | None:
        """Returns the code with fewer bodies and fewer numbers."""
        units = lines_of(segment.data)
        asked = asked_for(units, context, segment.line)
        keep = bytearray(b"\1") * len(units)
        if context.omit and not context.again:
            parts = _outline(units, context)
            if not names_lines(context):
                _leave_out_bodies(units, keep, parts, meant(units, context, segment.line))
            heads = _heads(units, parts)
            keep = fewer(units, bytes_kept(units, keep), context, segment.line, heads) or keep
        items: Iterable[bytes | None] = _runs(units, keep)
        if is_listing(segment.data):
            items = thin(items_of(units, keep), frozenset(map(units.text, asked))) or items
        return written(items, omissions_of(units, keep))


def _leave_out_bodies(
    units: Units, keep: bytearray, parts: Iterable[Part], wanted: frozenset[int]
) -> None:
    for part in parts:
        _leave_out(part, keep, wanted)
    for n in _raised(units):
        keep[n] = 1
    settle(units, keep)


def _heads(units: Units, parts: Iterable[Part]) -> Iterator[int]:
    """Yields the lines that say how to call what a text declares."""
    for part in parts:
        yield from range(part.declared, part.start)
    yield from _raised(units)


def _runs(units: Units, keep: bytearray) -> Iterator[bytes | None]:
    """Yields the kept lines, those between two gaps as one text, and None for each gap."""
    at = 0
    for first, end in gaps(keep):
        yield units.data[units.starts[at] : units.starts[first]]
        yield None
        at = end
    yield units.data[units.starts[at] :]


def _outline(units: Units, context: Context) -> Sequence[Part]:
    code = without_numbers(units.data) if is_listing(units.data) else units.data
    language = language_of(code, _call(context))
    if language is None:
        return outline_by_indentation(code.split(b"\n"))
    return outline(code, language) or ()


def _call(context: Context) -> str:
    return context.tool.arguments if context.tool else ""


def _leave_out(part: Part, keep: bytearray, wanted: frozenset[int]) -> None:
    """Takes a part out of `keep`, unless some of it is wanted: then what is in it comes next."""
    whole = any(part.declared <= n < part.end for n in wanted)
    if not whole and part.end - part.start >= _FEWEST:
        keep[part.start : part.end] = bytes(part.end - part.start)


def _raised(units: Units) -> Iterator[int]:
    """Yields the lines that raise: what a function raises is a part of how to call it."""
    for word in _RAISING:
        at = units.data.find(word)
        while at >= 0:
            n = bisect_right(units.starts, at) - 1
            if _RAISES.match(units.text(n)):
                yield n
            at = units.data.find(word, units.starts[n + 1])
