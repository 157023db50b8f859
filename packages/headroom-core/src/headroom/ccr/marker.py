"""The one marker grammar: how the model is told what was left out, and how to get it.

    […120-206 left out; source intact: headroom_retrieve("k3f7q2zyw6h5a", lines="120-206")]
    […12-99]   […12-99 like line 11]

The first marker of a block explains itself and carries the reference; later ones in the same
block are short. Numbers count lines (or rows) of the original, from 1, inclusive.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from headroom.types import Omission

REF = r"[a-z2-7]{13,52}"
_FIRST = re.compile(
    rf"\[…(?P<range>\d+(?:-\d+)?)(?P<note>[^\]\n]*) left out; source intact: "
    rf'headroom_retrieve\("(?P<ref>{REF})", (?P<unit>lines|rows)="[\d-]+"\)\]'
)


def render(omission: Omission, ref: str, *, first: bool) -> str:
    """Returns the marker of one omission; the first one of a block carries the reference."""
    lines = str(omission.first)
    if omission.last != omission.first:
        lines += f"-{omission.last}"
    note = f" {omission.note}" if omission.note else ""
    if not first:
        return f"[…{lines}{note}]"
    return (
        f"[…{lines}{note} left out; source intact: "
        f'headroom_retrieve("{ref}", {omission.unit}="{lines}")]'
    )


def references(text: str) -> Iterator[str]:
    """Yields the references of the markers in a text, in order. Not to be trusted by itself."""
    for match in _FIRST.finditer(text):
        yield match["ref"]
