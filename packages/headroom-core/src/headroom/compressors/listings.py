"""Listings of files: directories said once, columns that repeat said once.

[" = mode, links, owner, group or date as on the line above]
-rw-r--r-- 1 root root 806 Oct 24 2024 .editorconfig
" 1024 " setup.py                       the same mode to group, and the same date
src/app/                                the directory of the names below, up to the next one
cart.py

Padding between columns is dropped. Source: POSIX `ls`, "STDOUT"; GNU find manual, "Print File
Information".
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence

from headroom.compressors._folders import Item
from headroom.compressors._select import (
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

_LONG = re.compile(
    rb"([-dlbcpsDCMn?][-rwxsStTlL?]{9}[.+@]? +\d+ +\S+ +\S+)( +(?:\d+, +)?[\d.]+[KMGTPE]? +)"
    rb"([A-Z][a-z]{2} +\d{1,2} +[\d:]{4,5}|\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d(?:\.\d+)?(?: [+-]\d{4})?)?"
    rb"|\d\d-\d\d \d\d:\d\d)( .*\n?)",
    re.DOTALL,
)
_SHORT = re.compile(
    rb"(\"|[-dlbcpsDCMn?][-rwxsStTlL?]{9}[.+@]? \d+ \S+ \S+)( (?:\d+, )?[\d.]+[KMGTPE]? )"
    rb"(\"|[A-Z][a-z]{2} \d{1,2} [\d:]{4,5}|\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d(?:\.\d+)?(?: [+-]\d{4})?)?"
    rb"|\d\d-\d\d \d\d:\d\d)( .*\n?)",
    re.DOTALL,
)
_PATH = re.compile(rb"(\s*[\d.]+[KMGTP]?\s+|)((?:[^\s/:]*/)+)([^\s/:]+)(\r?\n?)")
_NAME = re.compile(rb"(\s*[\d.]+[KMGTP]?\s+|)([^\s/:]+)(\r?\n?)")
_HEADING = re.compile(rb"(?:\./|/)?[^\s:]+:\s*|\.:\s*|total \d+[KMGT]?\s*|\s*")
_TREE = re.compile(
    rb"(?:[ |]|\xc2\xa0|\xe2\x94\x82)*(?:\xe2\x94[\x9c\x94]|[|`\\+])(?:--|\xe2\x94\x80)"
)
_SPACES = re.compile(rb" +")
_LEGEND = b'[" = mode, links, owner, group or date as on the line above]\n'
_TOP = b"[top level]/"
_MANY = 24
"""Entries from which those in the middle that look like their neighbours may be left out."""


class Listings:
    """Says directories, owners and dates once; of many entries alike, leaves out some."""

    name = "listings"

    def priority(self, segment: Segment) -> float:
        """Returns 0.8 where nearly all lines are entries of `ls -l`, `find` or `tree`."""
        lines = [line for line in sample(segment.data) if line.strip()]
        if len(lines) < 4:
            return -1.0
        if not any(_LONG.fullmatch(x) or _PATH.fullmatch(x) or _TREE.match(x) for x in lines[:12]):
            return -1.0
        entries = sum(map(bool, map(_LONG.fullmatch, lines)))
        headings = sum(map(bool, map(_HEADING.fullmatch, lines)))
        if entries >= 3 and entries + headings >= 0.9 * len(lines):
            return 0.8
        paths = sum(map(bool, map(_PATH.fullmatch, lines)))
        names = sum(map(bool, map(_NAME.fullmatch, lines)))
        if paths >= 0.6 * len(lines) and paths + names + headings >= 0.95 * len(lines):
            return 0.8
        trees = sum(map(bool, map(_TREE.match, lines)))
        return 0.7 if trees >= 0.8 * len(lines) else -1.0

    def compress(self, segment: Segment, context: Context) -> Compressed | None:
        """Returns the entries with what they share said once."""
        units = lines_of(segment.data)
        keep = bytearray(b"\1") * len(units)
        if context.omit and len(units) >= _MANY:
            keep = choose(units, context, pinned=_outliers(units), line=segment.line)
            settle(units, keep)
        items = items_of(units, keep)
        asked = frozenset(map(units.text, asked_for(units, context, segment.line)))
        shorter = encode(items, asked)
        if decode(shorter) != [item and squeezed(item) for item in items]:
            shorter = items
        return written(shorter, omissions_of(units, keep))


def _outliers(units: Units) -> Iterable[int]:
    """Yields headings, odd modes, and the largest entries: they stay."""
    sizes: list[tuple[float, int]] = []
    modes: dict[bytes, int] = {}
    first: dict[bytes, int] = {}
    for n in range(len(units)):
        line = units.text(n)
        match = _LONG.fullmatch(line)
        if match:
            mode = line[:10]
            modes[mode] = modes.get(mode, 0) + 1
            first.setdefault(mode, n)
            sizes.append((_size(match[2]), n))
        elif row := _PATH.fullmatch(line):
            sizes.append((_size(row[1]), n))
        elif line.rstrip().endswith(b":"):
            yield n
    yield from (first[mode] for mode, count in modes.items() if count <= len(units) // 50 + 1)
    yield from (n for _, n in sorted(sizes, reverse=True)[:5])


def _size(text: bytes) -> float:
    digits = text.strip().rpartition(b" ")[2]
    scale = 1024.0 ** (b"KMGTPE".find(digits[-1:]) + 1) if digits[-1:].isalpha() else 1.0
    number = digits.rstrip(b"KMGTPE")
    return float(number) * scale if number.count(b".") <= 1 and number.strip(b".") else 0.0


def squeezed(line: bytes) -> bytes:
    """Returns a line of `ls -l` with one space between its columns; others as they are."""
    match = _LONG.fullmatch(line)
    if not match:
        return line
    return b"".join(_SPACES.sub(b" ", part) for part in match.groups()[:3]) + match[4]


def encode(items: Sequence[Item], asked: Container[bytes] = ()) -> list[Item]:
    """Returns the entries with columns and directories of their neighbours said once.

    Paths in `asked` stay whole.
    """
    if any(item and _LONG.fullmatch(item) for item in items):
        return _encode_long(items)
    return _encode_paths(items, asked)


def decode(items: Sequence[Item]) -> list[Item]:
    """Returns what `encode` was given, without the padding between columns."""
    if items and items[0] == _LEGEND:
        return _decode_long(items[1:])
    return _decode_paths(items)


def _encode_long(items: Sequence[Item]) -> list[Item]:
    out: list[Item] = []
    above = date_above = b""
    for item in items:
        match = _SHORT.fullmatch(squeezed(item)) if item else None
        if not match:
            above = date_above = b""
            out.append(item)
            continue
        who, size, date, name = match.groups()
        short = b'"' if who == above else who
        out.append(short + size + (b'"' if date == date_above else date) + name)
        above, date_above = who, date
    return [_LEGEND, *out]


def _decode_long(items: Sequence[Item]) -> list[Item]:
    out: list[Item] = []
    above = date_above = b""
    for item in items:
        match = _SHORT.fullmatch(item) if item else None
        if not match:
            above = date_above = b""
            out.append(item)
            continue
        who, size, date, name = match.groups()
        above = above if who == b'"' else who
        date_above = date_above if date == b'"' else date
        out.append(above + size + date_above + name)
    return out


def _encode_paths(items: Sequence[Item], asked: Container[bytes]) -> list[Item]:
    matches = [_PATH.fullmatch(x) if x and x not in asked else None for x in items]
    folders = [m[2] if m else b"" for m in matches]
    out: list[Item] = []
    current = b""
    for n, (item, match) in enumerate(zip(items, matches, strict=True)):
        if match is None:
            if item is not None and current and _NAME.fullmatch(item):
                current = b""
                out.append(_TOP + b"\n")
            if item is not None and b"/" in item:
                current = b""
            out.append(item)
            continue
        if match[2] != current:
            current = match[2] if match[2] in folders[n + 1 : n + 2] else b""
            if current:
                out.append(current + b"\n")
        out.append(match[1] + match[3] + match[4] if current else item)
    return out


def _decode_paths(items: Sequence[Item]) -> list[Item]:
    out: list[Item] = []
    current = b""
    for item in items:
        if item is None:
            out.append(None)
        elif item.endswith(b"/\n"):
            current = b"" if item == _TOP + b"\n" else item[:-1]
        elif current and (match := _NAME.fullmatch(item)):
            out.append(match[1] + current + match[2] + match[3])
        else:
            current = b"" if _PATH.fullmatch(item) else current
            out.append(item)
    return out
