"""Diffs and logs of git: headers are said once; of what changes much, the middle is left out.

diff --git a/src/cart.py index 4b6150f..1f51fe4 100644
stands for that line with both paths, the index line, and `---` and `+++` with the same two paths.

Source: git-diff, "Generating patch text with -p"; git-log, "Pretty formats".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from headroom.compressors import _commits, _hunks
from headroom.compressors._fold import Item, fold_folder, fold_repeats
from headroom.compressors._keep import must_keep
from headroom.compressors._quotes import quoted
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
_HEADER = re.compile(rb"diff --git a/(\S+) b/(\S+)\n")
_FOLDED = re.compile(rb"diff --git a/(\S+)(?: b/(\S+))? (index [0-9a-f]+\.\.[0-9a-f]+(?: \d+)?)\n")
_INDEX = re.compile(rb"index [0-9a-f]+\.\.[0-9a-f]+(?: \d+)?\n")

_ONELINE = re.compile(rb"[*|/\\_ ]*(?:[0-9a-f]{7,40} \S|[*|/\\_ .-]*+\Z)")
_COUNT = re.compile(rb" \| +(\d+) ")
_ODD_STATUS = re.compile(rb"(?:[ADRCTU?!]| [ADRCTU])")

_SIGNS = (b" index ", b" | ", b" as above]")
_NOTATION = re.compile(
    rb"^(?:diff --git \S+(?: \S+)? index |commit [^|\n]+ \| |\[\+\d+ lines? as above\]$)",
    re.MULTILINE,
)

_LEAST_ABOVE = 160
"""Bytes of a change that a pointer must replace: a change is better read where it stands."""

_TIMES = re.compile(rb" \[x\d+\]$", re.MULTILINE)

_PART = (b" ", b"+", b"-", b"@", b"\n")
"""How lines of hunks and commit messages start."""

_MOST_ODD = 40
_NEWEST = 24
"""Lines at the start of a list of commits, newest first, that stay."""


class Diffs:
    """Folds headers, and leaves out context and message bodies that are far from what matters."""

    name = "diffs"

    def priority(self, segment: Segment) -> float:
        """Returns 0.9 for diffs and full logs of git, 0.77 for lists of commits or changed files.

        What stands between tabs may be such a list: that is surer than that it is a table.
        """
        lines = [line for line in sample(segment.data) if line.strip()]
        if not lines:
            return -1.0
        if _COMMIT.match(lines[0]) or any(map(_START.match, lines[:60])):
            return 0.9
        return 0.77 if _is_list(lines) else -1.0

    def compress(self, segment: Segment, context: Context) -> Compressed | None:
        """Returns the changes with less around them, and of very many, a part."""
        units = lines_of(segment.data)
        listed = _is_list([line for line in sample(segment.data) if line.strip()])
        shown = _largest(units) if listed else []
        keep = bytearray(b"\1") * len(units)
        if context.omit and listed:
            newest = range(0 if shown else min(_NEWEST, len(units)))
            pinned = [*shown, *newest, *_reports(units)]
            keep = choose(units, context, pinned=pinned, line=segment.line, kind="settings")
        elif context.omit:
            keep = _kept(units, context, segment.line)
        items = items_of(units, keep)
        if not _START.search(segment.data):
            items = _commits.without_padding(items)
        if listed:
            asked = asked_for(units, context, segment.line)
            items = fold_folder(items, frozenset(map(units.text, [*asked, *shown])))
        elif _can_fold(segment.data):
            items = fold(items)
        return written(items, omissions_of(units, keep))


def _kept(units: Units, context: Context, line: int) -> bytearray:
    """Returns one byte for each line of a diff or log: 1 to keep it."""
    keep = bytearray(b"\1") * len(units)
    wanted = asked_for(units, context, line) | quoted(units, context.intent.request)
    for lines in _aside(units, wanted):
        keep[lines.start : lines.stop] = bytes(len(lines))
    count = len(units)
    wanted |= frozenset(_reports(units))
    for n in (*wanted, *range(min(EDGE, count)), *range(max(count - EDGE, 0), count)):
        keep[n] = 1
    settle(units, keep)
    return keep


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


def _reports(units: Units) -> Iterator[int]:
    """Returns what git says about itself: an error in a change, name or message is none."""
    flags = bytearray(units.flags)
    for n, line in enumerate(units.texts):
        if flags[n] and (line[:1] in _PART or _NAMES.match(line) or _ONELINE.match(line)):
            flags[n] = 0
    return must_keep(flags, units.groups, units.starts)


def _aside(units: Units, wanted: frozenset[int]) -> Iterator[range]:
    """Yields lines of a diff that are far from a change, and those that a log can do without."""
    if units.data.startswith(b"commit ") or b"\ncommit " in units.data:
        yield from _commits.aside([units.text(n) for n in range(len(units))], wanted)
    if _START.search(units.data):
        yield from _hunks.aside(units.data)


def fold(items: Sequence[Item]) -> list[Item]:
    """Returns the lines with headers and repeated runs of lines said once."""
    return fold_repeats(_commits.fold_commits(fold_headers(items)), least=_LEAST_ABOVE)


def _can_fold(data: bytes) -> bool:
    """Returns whether the text holds nothing that looks like our own notation."""
    if any(sign in data for sign in _SIGNS) and _NOTATION.search(data):
        return False
    return _TIMES.search(data) is None


def fold_headers(items: Sequence[Item]) -> list[Item]:
    """Returns the lines with the four header lines of a changed file in one."""
    out: list[Item] = []
    done = 0
    for at in [n for n, line in enumerate(items) if line and line[:5] == b"diff "]:
        head, index, *paths = [*items[at : at + 4], None]
        match = _HEADER.fullmatch(head or b"")
        if match and index and _INDEX.fullmatch(index):
            old, new = match.groups()
            if paths[:2] == [b"--- a/%s\n" % old, b"+++ b/%s\n" % new]:
                both = b"" if new == old else b" b/" + new
                out += items[done:at]
                out.append(b"diff --git a/%s%s %s" % (old, both, index))
                done = at + 4
    return out + list(items[done:])


def unfold_headers(items: Sequence[Item]) -> list[Item]:
    """Returns what `fold_headers` was given."""
    out: list[Item] = []
    for line in items:
        match = _FOLDED.fullmatch(line) if line and line.startswith(b"diff ") else None
        if match:
            old, new, index = match[1], match[2] or match[1], match[3]
            out += [b"diff --git a/%s b/%s\n" % (old, new), index + b"\n"]
            out += [b"--- a/%s\n" % old, b"+++ b/%s\n" % new]
        else:
            out.append(line)
    return out
