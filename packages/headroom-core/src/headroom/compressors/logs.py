"""Logs, and any other output of lines that no one else knows: what repeats is said once."""

from __future__ import annotations

import re
from array import array

from headroom.compressors._fold import can_fold, fold
from headroom.compressors._select import (
    Units,
    choose,
    items_of,
    lines_of,
    omissions_of,
    written,
)
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
        """Returns 0.7 where many lines start with a time or a level, else 0.1."""
        lines = [line for line in sample(segment.data) if line.strip()]
        return 0.7 if is_stamped(lines, 0.5) else 0.1

    def compress(self, segment: Segment, context: Context) -> Compressed | None:
        """Returns the text without the lines that repeat what others say."""
        if nature_of(segment.data) != "output":
            return None
        units = states_of(segment.data)
        keep = bytearray(b"\1") * len(units)
        if context.omit:
            keep = choose(units, context, line=segment.line)
        return folded(units, keep)


def states_of(data: bytes) -> Units:
    """Returns the lines; of a line that was written over, as progress is, every state by itself."""
    if data.count(b"\r") == data.count(b"\r\n"):
        return lines_of(data)
    starts = array("i", [0, *(m.end() for m in _STATE.finditer(data) if m.end() > m.start())])
    return Units(data, starts.tobytes())


def folded(units: Units, keep: bytearray) -> Compressed:
    """Returns the kept units without colours, repetitions folded, with an omission for each gap."""
    items = items_of(units, keep)
    if b"\x1b" in units.data:
        items = [item and COLOUR.sub(b"", item) for item in items]
    if can_fold(units.data):
        # A line without its date is found by no search for it, so only with a way back.
        items = fold(items, dates=0 in keep)
    return written(items, omissions_of(units, keep))
