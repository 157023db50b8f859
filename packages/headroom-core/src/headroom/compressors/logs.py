"""Logs, and any other output of lines that no one else knows: what repeats is said once."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable

from headroom.compressors._fold import Item, can_fold, fold
from headroom.compressors._keep import ERROR, FRAME, having
from headroom.compressors._select import (
    Units,
    asked_for,
    bytes_kept,
    choose,
    items_of,
    lines_of,
    omissions_of,
    settle,
    written,
)
from headroom.compressors._worth import fewer
from headroom.detect import nature_of
from headroom.detect.nature import is_stamped, sample
from headroom.protocols import Context
from headroom.types import Compressed, Segment

COLOUR = re.compile(rb"\x1b\[[0-9;:]*[mK]")
"""Colour and clear-to-end-of-line codes: they hold no text."""

_STATE = re.compile(rb"[^\r\n]*(?:\r\n?|\n|\Z)")


class Logs:
    """Keeps what is rare, asked for or wrong; leaves out what repeats."""

    name = "logs"

    def priority(self, segment: Segment) -> float:
        """Returns 0.9 where nearly all lines start with a time or a level, 0.7 where many do."""
        lines = sample(segment.data)
        if is_stamped(lines, 0.9) and is_stamped(lines[:1] * 5):
            return 0.9
        return 0.7 if is_stamped(lines, 0.5) else 0.1

    def compress(self, segment: Segment, context: Context) -> Compressed | None:
        """Returns the text without the lines that repeat what others say."""
        units = states_of(segment.data)
        if units.lines and nature_of(segment.data) != "output":
            return None
        keep = bytearray(b"\1") * len(units)
        if context.omit:
            keep = choose(units, context, line=segment.line)
            leave_out_overwritten(units, keep)
            if units.lines:
                keep = fewer(units, bytes_kept(units, keep), context, segment.line) or keep
        verbatim = plain_words(units, context, segment.line)
        return folded(units, items_of(units, keep), keep, verbatim)


def states_of(data: bytes) -> Units:
    """Returns the lines; of a line that was written over, as progress is, every state by itself."""
    if data.count(b"\r") == data.count(b"\r\n"):
        return lines_of(data)
    starts = array("i", [0, *(m.end() for m in _STATE.finditer(data) if m.end() > m.start())])
    return Units(data, starts.tobytes(), lines=False)


def leave_out_overwritten(units: Units, keep: bytearray) -> None:
    """Takes states that nobody saw for long out of `keep`, but no errors."""
    if units.lines:
        return
    for n in range(len(units)):
        overwritten = units.data[units.starts[n + 1] - 1 : units.starts[n + 1]] == b"\r"
        if overwritten and not units.flags[n] & ERROR and n not in (units.asked or ()):
            keep[n] = 0
    settle(units, keep)


def plain_words(units: Units, context: Context, line: int) -> frozenset[bytes]:
    """Returns the lines that keep their text: what was asked for, and errors."""
    # A frame is no error, whatever the names in it say.
    errors = having(units.flags, ERROR, without=FRAME)
    return frozenset(map(units.text, [*asked_for(units, context, line), *errors]))


def folded(
    units: Units,
    items: list[Item],
    keep: bytearray,
    verbatim: frozenset[bytes],
    tidy: Callable[[list[Item], frozenset[bytes]], list[Item]] | None = None,
) -> Compressed:
    """Returns the items without colours, repetitions folded, with an omission for each gap.

    `tidy` returns the items in another form before they are folded.
    """
    if b"\x1b" in units.data:
        items = [item if item in verbatim else item and COLOUR.sub(b"", item) for item in items]
    if can_fold(items):
        items = fold(tidy(items, verbatim) if tidy else items, verbatim)
    return written(items, omissions_of(units, keep))
