"""JSON objects that are one long list: an entry a line, all of one shape."""

from __future__ import annotations

from headroom.compressors._select import asked_for, choose, lines_of, render
from headroom.protocols import Context
from headroom.types import Compressed, Segment

_FEWEST = 40
_SHARE = 0.8
"""Share of the lines that must be of one shape: what differs only in values is looked up by one."""


def without_entries(segment: Segment, context: Context) -> Compressed | None:
    """Returns the object without entries that nobody asked for; None if it is no such object."""
    units = lines_of(segment.data)
    if len(units) < _FEWEST:
        return None
    most = max(map(len, units.groups.values()))
    if most < _SHARE * len(units) or not asked_for(units, context, segment.line):
        return None
    return render(units, choose(units, context, line=segment.line, kind="rows"))
