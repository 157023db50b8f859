"""Twin of `fold`'s folder: says once the folder that most paths in a text begin with.

[.../ = /srv/venv/lib/python3.12/site-packages/]
  File ".../sqlalchemy/engine/base.py", line 1967, in execute
copied .../sqlalchemy/pool.py to /tmp
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

SHORT = b".../"
LEGEND = re.compile(rb"\[\.\.\./ = ([^\]\n]+[/\\])\]\n")
BEFORE = rb"(?<![^\s:;,=()\[\]\"'`<>|])"
WORD = re.compile(rb"[^\s;,=()\[\]\"'`<>|]+")
FOLDER = re.compile(rb"[\w.@+:-]*+[/\\]+(?:[\w.@+:-]++[/\\]+)++")
SECOND = re.compile(rb"(?:^[^/\\]*+[/\\]+[^/\\]*)?+[^/\\]*+[/\\]")
SHORTENED = re.compile(BEFORE + rb"\.\.\./")


def fold_folder(lines: Sequence[tuple[bytes | None, bool]]) -> list[tuple[bytes | None, bool]]:
    """Returns the lines with the folder that is worth most said once, above them."""
    if any(SHORT in (item or b"") for item, _ in lines):
        return list(lines)
    best = worth_most([item for item, stays in lines if item and not stays])
    if not best:
        return list(lines)
    pattern = re.compile(BEFORE + re.escape(best))
    out: list[tuple[bytes | None, bool]] = [(b"[%s = %s]\n" % (SHORT, best), False)]
    for item, stays in lines:
        out.append((item if item is None or stays else pattern.sub(SHORT, item), stays))
    return out


def unfold_folder(items: Sequence[bytes | None]) -> list[bytes | None]:
    """Returns what `fold_folder` was given."""
    legend = LEGEND.fullmatch(items[0]) if items and items[0] is not None else None
    if not legend:
        return list(items)
    folder = legend[1]
    return [item and SHORTENED.sub(lambda _: folder, item) for item in items[1:]]


def worth_most(lines: Sequence[bytes]) -> bytes:
    """Returns the folder that saves most when it is said once, if that is enough."""
    words = [word for line in lines for word in WORD.findall(line)]
    if sum(word.count(b"/") + word.count(b"\\") for word in words) < 6:
        return b""
    counts: Counter[bytes] = Counter()
    for word in words:
        folder = word[: max(word.rfind(b"/"), word.rfind(b"\\")) + 1]
        if len(folder) <= 300 and FOLDER.fullmatch(folder):
            counts.update(folder[: match.end()] for match in SECOND.finditer(folder))
    best = max(counts, key=lambda folder: (saving(folder, counts[folder]), folder), default=b"")
    return best if saving(best, counts[best]) >= 60 else b""


def saving(folder: bytes, count: int) -> int:
    """Returns the bytes that saying a folder once saves."""
    return count * (len(folder) - len(SHORT)) - len(folder) - 12
