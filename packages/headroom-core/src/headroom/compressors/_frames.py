"""Writes the frames of Python's stack traces as most other tools name a place.

File "/srv/app/orders/cart.py", line 12, in total     ->    /srv/app/orders/cart.py:12 in total
  return sum(map(price, items))                                 return sum(map(price, items))
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence

from headroom.compressors._folders import Item

_PATH = rb"[^\"<>:\s]*[./][^\"<>:\s]*"
_FRAME = re.compile(rb"  File \"(" + _PATH + rb")\", line (\d++), in (\S++\n)")
_SHORT = re.compile(rb"(" + _PATH + rb"):(\d++) in (\S++\n)")
_SAID = re.compile(rb":\d++ in \S++$", re.MULTILINE)


def says_frames(data: bytes) -> bool:
    """Returns whether the text holds what looks like our own notation."""
    return _SAID.search(data) is not None


def fold_frames(items: Sequence[Item], verbatim: Container[bytes] = ()) -> list[Item]:
    """Returns the lines with frames written briefly."""
    out = list(items)
    for n, item in enumerate(items):
        if item is not None and item.startswith(b'  File "') and item not in verbatim:
            match = _FRAME.fullmatch(item)
            if match:
                out[n] = b"%s:%s in %s" % match.groups()
    return out


def unfold_frames(items: Sequence[Item]) -> list[Item]:
    """Returns what `fold_frames` was given."""
    out = list(items)
    for n, item in enumerate(items):
        match = _SHORT.fullmatch(item) if item is not None else None
        if match:
            out[n] = b'  File "%s", line %s, in %s' % match.groups()
    return out
