"""Says once the folder that most paths in a text begin with.

[.../ = /srv/venv/lib/python3.12/site-packages/]
  File ".../sqlalchemy/engine/base.py", line 1967, in execute
copied .../sqlalchemy/pool.py to /tmp
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Sequence
from typing import TypeAlias

Item: TypeAlias = bytes | None
"""A line with its newline, or None where lines are left out."""

SLASH, BACKSLASH = b"/\\"
"""As numbers: `in` finds a number in bytes five times as fast as it finds bytes."""

_SHORT = b".../"
_LEGEND = re.compile(rb"\[\.\.\./ = ([^\]\n]+[/\\])\]\n")
_BEFORE = rb"(?<![^\s:;,=()\[\]\"'`<>|])"
_WORDS = bytes.maketrans(b";,=()[]\"'`<>|", b" " * 13)
_FOLDER = re.compile(rb"[\w.@+:-]*+[/\\]+(?:[\w.@+:-]++[/\\]+)++")
_SECOND = re.compile(rb"(?:^[^/\\]*+[/\\]+[^/\\]*)?+[^/\\]*+[/\\]")
_SHORTENED = re.compile(_BEFORE + rb"\.\.\./")
_LEAST = 60
"""Bytes that saying a folder once must save."""

_LONGEST = 300
_FEW = 6
"""Slashes of a text below which no folder can save that."""


def fold_folder(items: Sequence[Item], verbatim: Container[bytes] = ()) -> list[Item]:
    """Returns the lines with the folder that is worth most said once, above them."""
    if _SHORT in b"".join(filter(None, items)):
        return list(items)
    best = _worth_most([item for item in items if item and item not in verbatim])
    if not best:
        return list(items)
    pattern = re.compile(_BEFORE + re.escape(best))
    out: list[Item] = [b"[%s = %s]\n" % (_SHORT, best)]
    for item in items:
        if item is not None and best in item and item not in verbatim:
            item = pattern.sub(_SHORT, item)
        out.append(item)
    return out


def unfold_folder(items: Sequence[Item]) -> list[Item]:
    """Returns what `fold_folder` was given."""
    legend = _LEGEND.fullmatch(items[0]) if items and items[0] is not None else None
    if not legend:
        return list(items)
    folder = legend[1]
    return [item and _SHORTENED.sub(lambda _: folder, item) for item in items[1:]]


def _worth_most(lines: Iterable[bytes]) -> bytes:
    """Returns the folder that saves most when it is said once, if that is enough."""
    text = b"".join(lines)
    if text.count(b"/") + text.count(b"\\") < _FEW:
        return b""
    words = [w for w in text.translate(_WORDS).split() if SLASH in w or BACKSLASH in w]
    ends = [max(w.rfind(b"/"), w.rfind(b"\\")) + 1 for w in words]
    folders = Counter(w[:end] for w, end in zip(words, ends, strict=True))
    counts: Counter[bytes] = Counter()
    for folder, times in folders.items():
        if len(folder) <= _LONGEST and _FOLDER.fullmatch(folder):
            for match in _SECOND.finditer(folder):
                counts[folder[: match.end()]] += times
    best = max(counts, key=lambda folder: (_saving(folder, counts[folder]), folder), default=b"")
    return best if _saving(best, counts[best]) >= _LEAST else b""


def _saving(folder: bytes, count: int) -> int:
    return count * (len(folder) - len(_SHORT)) - len(folder) - 12
