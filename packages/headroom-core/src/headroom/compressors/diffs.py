"""Diffs and logs of git: every change stays; headers are said once, long context is left out.

diff --git a/src/cart.py b/src/cart.py index 4b6150f..1f51fe4 100644
stands for that line, the index line, and `---` and `+++` with the same two paths.

Source: git-diff, "Generating patch text with -p"; git-log, "Pretty formats".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from headroom.compressors._folders import Item
from headroom.compressors._select import (
    EDGE,
    Units,
    asked_for,
    choose,
    items_of,
    lines_of,
    omissions_of,
    settle,
    written,
)
from headroom.detect.nature import sample
from headroom.protocols import Context
from headroom.types import Compressed, Segment

_START = re.compile(rb"diff --git |@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@")
_COMMIT = re.compile(rb"commit [0-9a-f]{7,64}\b")
_NAMES = re.compile(
    rb"(?:[MADRCTU?!]{1,2}| [MADRCTU])\d{0,3}[\t ]+\S+(?:(?: -> |\t)\S+)?\s*\Z| \S.* \| +(?:\d+|Bin)\b"
)
_FOLDED = re.compile(rb"diff --git (a/\S+) (b/\S+) (index [0-9a-f]+\.\.[0-9a-f]+(?: \d+)?)\n")
_HEADER = re.compile(rb"diff --git (a/\S+) (b/\S+)\n")
_INDEX = re.compile(rb"index [0-9a-f]+\.\.[0-9a-f]+(?: \d+)?\n")

_ONELINE = re.compile(rb"[*|/\\_ ]*[0-9a-f]{7,40} \S")
_COUNT = re.compile(rb" \| +(\d+) ")
_ODD_STATUS = re.compile(rb"(?:[ADRCTU?!]| [ADRCTU])")

_MOST_ODD = 40
_BODY = 2
"""Lines of a commit message, subject and a blank one, that always stay."""


class Diffs:
    """Folds headers, and leaves out context and message bodies that are far from what matters."""

    name = "diffs"

    def priority(self, segment: Segment) -> float:
        """Returns 0.9 for diffs and full logs of git, 0.72 for lists of commits or changed files."""
        lines = [line for line in sample(segment.data) if line.strip()]
        if not lines:
            return -1.0
        if _COMMIT.match(lines[0]) or any(map(_START.match, lines[:60])):
            return 0.9
        return 0.72 if _is_list(lines) else -1.0

    def compress(self, segment: Segment, context: Context) -> Compressed | None:
        """Returns the changes with less around them."""
        units = lines_of(segment.data)
        keep = bytearray(b"\1") * len(units)
        if context.omit and _is_list([line for line in sample(segment.data) if line.strip()]):
            largest = _largest(units)
            keep = choose(units, context, pinned=largest, line=segment.line, kind="settings")
        elif context.omit:
            wanted = asked_for(units, context, segment.line)
            for n in _aside(units):
                if n not in wanted and EDGE <= n < len(units) - EDGE:
                    keep[n] = 0
            settle(units, keep)
        items = items_of(units, keep)
        folded = fold_headers(items)
        if unfold_headers(folded) != items:
            folded = items
        return written(folded, omissions_of(units, keep))


def _is_list(lines: Sequence[bytes]) -> bool:
    """Returns whether nearly all lines name a changed file, or a commit and its subject."""
    if len(lines) < 4:
        return False
    files = sum(map(bool, map(_NAMES.match, lines)))
    commits = sum(map(bool, map(_ONELINE.match, lines)))
    return max(files, commits) >= 0.9 * len(lines)


def _largest(units: Units) -> list[int]:
    """Returns the lines with the most changed lines, and those that are not changed in place."""
    counts: list[tuple[int, int]] = []
    odd: list[int] = []
    for n in range(len(units)):
        line = units.text(n)
        if match := _COUNT.search(line):
            counts.append((int(match[1]), n))
        elif _ODD_STATUS.match(line):
            odd.append(n)
    return [n for _, n in sorted(counts, reverse=True)[:5]] + odd[:_MOST_ODD]


def _aside(units: Units) -> Iterator[int]:
    """Yields context that is not next to a change, and what follows a commit's subject."""
    lines = [units.text(n) for n in range(len(units))]
    hunk, message = False, 0
    for n, line in enumerate(lines):
        if line.startswith((b"diff ", b"commit ")):
            hunk, message = False, 0
        elif line.startswith(b"@@ "):
            hunk = True
        elif hunk:
            near = lines[max(n - 1, 0) : n + 2]
            if line.startswith(b" ") and not any(x.startswith((b"+", b"-", b"@@")) for x in near):
                yield n
        elif line.startswith(b"    "):
            message += 1
            if message > _BODY:
                yield n


def fold_headers(items: Sequence[Item]) -> list[Item]:
    """Returns the lines with the four header lines of a changed file in one."""
    out: list[Item] = []
    at = 0
    while at < len(items):
        line = items[at]
        match = _HEADER.fullmatch(line) if line else None
        index = items[at + 1] if match and at + 3 < len(items) else None
        if match and index and _INDEX.fullmatch(index):
            paths = [b"--- " + match[1] + b"\n", b"+++ " + match[2] + b"\n"]
            if items[at + 2 : at + 4] == paths:
                out.append(match[0][:-1] + b" " + index)
                at += 4
                continue
        out.append(line)
        at += 1
    return out


def unfold_headers(items: Sequence[Item]) -> list[Item]:
    """Returns what `fold_headers` was given."""
    out: list[Item] = []
    for line in items:
        match = _FOLDED.fullmatch(line) if line else None
        if match:
            old, new, index = match.groups()
            out += [b"diff --git %s %s\n" % (old, new), index + b"\n"]
            out += [b"--- " + old + b"\n", b"+++ " + new + b"\n"]
        else:
            out.append(line)
    return out
