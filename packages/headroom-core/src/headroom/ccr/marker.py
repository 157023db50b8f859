"""The one marker grammar: how the model is told what was left out, and how to get it.

    […120-206 left out; source intact: headroom_retrieve("k3f7q2zyw6h5a", lines="120-206")]
    […12-99]   […12-99 like line 11]
    […4-9 left out; source intact: headroom_retrieve("k3f7q2zyw6h5a", lines="3-87", rows="4-9")]
    […12-99 as above: cat app.py #2]   […120-140 as above from line 300]
    […5-64 as above with + in front, from line 2: your call cat > app.py]

The first marker of a block explains itself and carries the reference; later ones in the same
block are short, as long as they count the same thing: lines of the whole, or rows of one part of it,
whose lines are named where it is not the whole. Numbers count lines (or rows) of the original, from 1, inclusive. What the model
can still read further up needs no reference; its marker names the call that showed it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from headroom.detect.numbers import printed_numbers
from headroom.types import Omission

REF = r"[a-z2-7]{13,52}"
_FIRST = re.compile(
    rf"\[…(?P<range>\d+(?:-\d+)?)(?P<note>[^\]\n]*) left out; source intact: "
    rf'headroom_retrieve\("(?P<ref>{REF})"(?:, (?:lines|rows)="[\d-]+")+(?:, path="[^"\n]*")?\)\]'
)


def as_counted(omissions: Sequence[Omission], original: str) -> Sequence[Omission]:
    """Returns the omissions by the numbers that the lines of the original print, if they do."""
    if not any(o.unit == "lines" and not o.seen for o in omissions):
        return omissions
    numbers = printed_numbers(original.split("\n"))
    if numbers is None:
        return omissions
    return [
        replace(o, first=numbers[o.first - 1], last=numbers[o.last - 1])
        if o.unit == "lines" and not o.seen
        else o
        for o in omissions
    ]


def render(omissions: Sequence[Omission], ref: str) -> list[str]:
    """Returns the markers of a block's omissions, in order; empty where one above covers it."""
    markers: list[str] = []
    explained: object = None
    above = ""
    for omission in omissions:
        if omission.told:
            markers.append("")
        elif omission.seen:
            markers.append(_seen(omission, again=omission.seen == above))
            above = omission.seen
        else:
            counted = omission.unit, omission.within
            markers.append(_omitted(omission, ref, first=counted != explained))
            explained = counted
    return markers


def _seen(omission: Omission, *, again: bool) -> str:
    label = "" if again else f": {omission.seen}"
    note = f" {omission.note}" if omission.note else ""
    return f"[…{_range(omission)} as above{note}{label}]"


def _omitted(omission: Omission, ref: str, *, first: bool) -> str:
    lines = _range(omission)
    note = f" of {omission.array}" if omission.array else ""
    note += f" {omission.note}" if omission.note else ""
    if not first:
        return f"[…{lines}{note}]"
    part = 'lines="{}-{}", '.format(*omission.within) if omission.within else ""
    path = f', path="{omission.array}"' if omission.array else ""
    return (
        f"[…{lines}{note} left out; source intact: "
        f'headroom_retrieve("{ref}", {part}{omission.unit}="{lines}"{path})]'
    )


def _range(omission: Omission) -> str:
    first, last = omission.first, omission.last
    return str(first) if first == last else f"{first}-{last}"


def references(text: str) -> Iterator[str]:
    """Yields the references of the markers in a text, in order. Not to be trusted by itself."""
    for match in _FIRST.finditer(text):
        yield match["ref"]
