"""Says once the folder that most paths at the places of findings and frames begin with.

[.../ = /srv/venv/lib/python3.12/site-packages/]
  File ".../sqlalchemy/engine/base.py", line 1967, in execute
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Sequence
from typing import TypeAlias

Item: TypeAlias = bytes | None
"""A line with its newline, or None where lines are left out."""

_SHORT = b".../"
_LEGEND = re.compile(rb"\[\.\.\./ = (/[^\]]+/)\]\n")
_PATH = re.compile(
    rb"(?P<before>(?:\d+\. [A-Z]+ in )?\s*(?:\[\w+\] |- )?(?:File \")?\[?)"
    rb"(?P<folder>(?:/|\.\.\./)(?:[^\s:()\[\]\"'<>|=]*/)?)[^\s:()\[\]\"'<>|=/]*"
    rb"(?=:\d|\(\d+[,)]|:\[\d|\", line \d| \(at line )"
)
_LEAST = 60
"""Bytes that saying a folder once must save."""


def fold_folder(items: Sequence[Item], verbatim: Container[bytes] = ()) -> list[Item]:
    """Returns the lines with the folder that is worth most said once, above them."""
    matches = [
        _PATH.match(item) if item is not None and item not in verbatim else None for item in items
    ]
    counts: Counter[bytes] = Counter()
    for match in matches:
        if match:
            parts = match["folder"].split(b"/")
            counts.update(b"/".join(parts[:n]) + b"/" for n in range(3, len(parts)))
    best = max(counts, key=lambda p: (_saving(p, counts[p]), p), default=b"")
    taken = any(item is not None and _SHORT in item for item in items)
    if taken or _saving(best, counts[best]) < _LEAST:
        return list(items)
    out: list[Item] = [b"[%s = %s]\n" % (_SHORT, best)]
    for item, match in zip(items, matches, strict=True):
        if item is not None and match and match["folder"].startswith(best):
            at = match.start("folder")
            item = item[:at] + _SHORT + item[at + len(best) :]
        out.append(item)
    return out


def unfold_folder(items: Sequence[Item]) -> list[Item]:
    """Returns what `fold_folder` was given."""
    legend = _LEGEND.fullmatch(items[0]) if items and items[0] is not None else None
    if not legend:
        return list(items)
    out: list[Item] = []
    for item in items[1:]:
        match = _PATH.match(item) if item is not None else None
        if item is not None and match and match["folder"].startswith(_SHORT):
            at = match.start("folder")
            item = item[:at] + legend[1] + item[at + len(_SHORT) :]
        out.append(item)
    return out


def _saving(folder: bytes, count: int) -> int:
    return count * (len(folder) - len(_SHORT)) - len(folder) - 12
