"""Logs of git: the header of a commit on one line, and what a long log may lose.

commit 1f51fe4…                          commit 1f51fe4… | Mon Nov 9 10:00:01 2026 +0100 | Ana Ruiz <ana@example.org>
Author: Ana Ruiz <ana@example.org>   ->
Date:   Mon Nov 9 10:00:01 2026 +0100    from the second commit on, an author's name stands alone

Source: git-log, "Pretty formats", medium.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from headroom.compressors._fold import Item
from headroom.compressors._keep import spread

_HEADER = re.compile(
    rb"(commit [0-9a-f]{7,64}\b[^\n|]*)\n(?:Merge: ([0-9a-f ]+)\n)?"
    rb"Author: ([^<>|\n]*[^<>|\s]) (<[^<>|\n]*>)\nDate:   ([^|\n]+)\n"
)
_FOLDED = re.compile(
    rb"(commit [^|\n]+)(?: \| merge ([0-9a-f ]+))? \| ([^|\n]+) \| ([^<>|\n]*[^<>|\s])( <[^<>|\n]*>)?\n"
)
_BAR = ord("|")
_PADDING = re.compile(rb"( \S.*?) +\| +(?=(?:\d+|Bin)\b)")
_STAT = re.compile(rb" \S.* \| +(\d+|Bin)\b")

_BODY = 2
"""Lines of a commit message, subject and a blank one, that always stay."""

_STATS = 6
"""Changed files of a commit up to which all of them stay, and of more, the largest."""

_COMMITS = 80
"""Commits up to which all of them stay; of more, the newest and oldest, and some between."""


def fold_commits(items: Sequence[Item]) -> list[Item]:
    """Returns the lines with the header of each commit on one, an author's address said once."""
    out: list[Item] = []
    addresses: dict[bytes, bytes] = {}
    done = 0
    for at in [n for n, line in enumerate(items) if line and line[:7] == b"commit "]:
        header = b"".join(item or b"\0" for item in items[at : at + 4])
        folded, size = _folded(header, addresses)
        if folded:
            out += items[done:at]
            out.append(folded)
            done = at + size
    return out + list(items[done:])


def _folded(header: bytes, addresses: dict[bytes, bytes]) -> tuple[bytes, int]:
    """Returns a commit's header as one line, and of how many lines it was."""
    match = _HEADER.match(header)
    if not match:
        return b"", 1
    commit, merge, name, address, date = match.groups()
    parts = [commit, *([b"merge " + merge] if merge else []), date, name]
    said = b"" if addresses.get(name) == address else b" " + address
    addresses[name] = address
    return b" | ".join(parts) + said + b"\n", 4 if merge else 3


def without_padding(items: Sequence[Item]) -> list[Item]:
    """Returns the lines with one space where `--stat` aligns its bars with more."""
    return [
        _PADDING.sub(rb"\1 | ", item, count=1)
        if item and item[:1] == b" " and _BAR in item
        else item
        for item in items
    ]


def unfold_commits(items: Sequence[Item]) -> list[Item]:
    """Returns what `fold_commits` was given."""
    out: list[Item] = []
    addresses: dict[bytes, bytes] = {}
    for line in items:
        match = _FOLDED.fullmatch(line) if line and line.startswith(b"commit ") else None
        if match is None:
            out.append(line)
            continue
        commit, merge, date, name, address = match.groups()
        address = addresses[name] = address[1:] if address else addresses.get(name, b"")
        out += [commit + b"\n", *([b"Merge: %s\n" % merge] if merge else [])]
        out += [b"Author: %s %s\n" % (name, address), b"Date:   %s\n" % date]
    return out


def aside(lines: Sequence[bytes], wanted: Iterable[int] = ()) -> Iterator[range]:
    """Yields the lines, counted from 0, that a log can do without; commits with `wanted` stay."""
    starts = [n for n, line in enumerate(lines) if line.startswith(b"commit ")]
    commits = [range(a, b) for a, b in pairwise([*starts, len(lines)])]
    heads = [_head(lines, commit) for commit in commits]
    stats = [_stats(lines, head) for head in heads]
    stays = _staying(stats)
    stays.update(bisect_right(starts, n) - 1 for n in wanted)
    for n, commit in enumerate(commits):
        if n not in stays:
            yield commit
            continue
        yield from _message(lines, heads[n])
        if len(stats[n]) > _STATS:
            largest = sorted(stats[n], key=lambda line: (-stats[n][line], line))[: _STATS // 2]
            yield from (range(line, line + 1) for line in stats[n] if line not in largest)


def _staying(stats: Sequence[Mapping[int, int]]) -> set[int]:
    """Returns the newest and oldest commits, some between, and the one with the largest change."""
    ends = _COMMITS // 4
    every = range(len(stats))
    largest = max(every, key=lambda n: (max(stats[n].values(), default=-1), -n), default=0)
    return {largest, *every[:ends], *every[-ends:], *spread(every, _COMMITS - 2 * ends)}


def _head(lines: Sequence[bytes], commit: range) -> range:
    """Returns the part of a commit above its first diff."""
    diff = next((n for n in commit if lines[n].startswith(b"diff ")), commit.stop)
    return range(commit.start, diff)


def _message(lines: Sequence[bytes], commit: range) -> Iterator[range]:
    """Yields what follows the subject."""
    said = [n for n in commit if lines[n].startswith(b"    ")]
    if len(said) > _BODY:
        yield range(said[_BODY], said[-1] + 1)


def _stats(lines: Sequence[bytes], commit: range) -> dict[int, int]:
    """Returns how many lines each file of a commit changed, by the number of the line."""
    found = {n: m for n in commit if lines[n][:1] == b" " and (m := _STAT.match(lines[n]))}
    return {n: 0 if m[1] == b"Bin" else int(m[1]) for n, m in found.items()}
