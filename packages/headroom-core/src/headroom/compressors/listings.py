"""Listings of files: directories said once, columns that repeat said once.

[" = mode, links, owner, group or date as on the line above]
-rw-r--r-- 1 root root 806 Oct 24 2024 .editorconfig
" 1024 " setup.py                       the same mode to group, and the same date
src/app/                                the directory of the names below, up to the next one;
                                        src/app/: where directories are entries themselves
cart.py

Padding between columns is dropped. Source: POSIX `ls`, "STDOUT"; GNU find manual, "Print File
Information".
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from heapq import nlargest
from typing import TypeAlias

from headroom.compressors._folders import Item
from headroom.compressors._keep import spread
from headroom.compressors._select import (
    Units,
    asked_for,
    choose,
    gaps,
    items_of,
    lines_of,
    omissions_of,
    settle,
    written,
)
from headroom.detect.nature import sample
from headroom.protocols import Context
from headroom.types import Compressed, Segment

_NUMBER = rb"( *\d+[\t :|]+|)"
_WHO = rb"[-dlbcpsDCMn?][-rwxsStTlL?]{9}[.+@]?(?: +\d+)? +\S+(?: +\S+)?"
_DATE = (
    rb"[A-Z][a-z]{2} +\d{1,2} +(?:[\d:]{4,5}|\d\d:\d\d:\d\d \d{4})|\d{1,2} [A-Z][a-z]{2} +[\d:]{4,5}"
    rb"|\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d(?:\.\d+)?(?: [+-]\d{4})?)?|\d\d-\d\d \d\d:\d\d"
)
_LONG = re.compile(
    _NUMBER + rb"(%s)( +(?:\d+, +)?[\d.]+[KMGTPE]? +)(%s)( .*\n?)" % (_WHO, _DATE), re.DOTALL
)
_SHORT = re.compile(
    _NUMBER + rb"(\"|%s)( (?:\d+, )?[\d.]+[KMGTPE]? )(\"|%s)( .*\n?)" % (_WHO, _DATE), re.DOTALL
)
_PATH = re.compile(rb"(\s*[\d.]+[KMGTP]?\s+|)([^\s:]*/)([^\s/:]+)(\r?\n?)")
_FOLDER = re.compile(rb"[^\s:]*/\r?\n?")
_NAME = re.compile(rb"(\s*[\d.]+[KMGTP]?\s+|)([^\s/:]+)(\r?\n?)")
_HEADING = re.compile(rb"(?:\./|/)?[^\s:]+:\s*|\.:\s*|total \d+[KMGT]?\s*|\s*")
_TREE = re.compile(
    rb"(?:[ |]|\xc2\xa0|\xe2\x94\x82)*(?:\xe2\x94[\x9c\x94]|[|`\\+])(?:--|\xe2\x94\x80)"
)
_Entry: TypeAlias = re.Match[bytes] | None
_LEGEND = b'[" = mode, links, owner, group or date as on the line above]\n'
_TOP = b"[top level]/"
_MANY = 24
"""Entries from which those in the middle that look like their neighbours may be left out."""


class Listings:
    """Says directories, owners and dates once; of many entries alike, leaves out some."""

    name = "listings"

    def priority(self, segment: Segment) -> float:
        """Returns 0.8 where nearly all lines are entries of `ls -l`, `find` or `tree`."""
        lines = sample(segment.data)
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
        names += sum(map(bool, map(_FOLDER.fullmatch, lines)))
        if paths >= 0.6 * len(lines) and paths + names + headings >= 0.95 * len(lines):
            return 0.8
        trees = sum(map(bool, map(_TREE.match, lines)))
        return 0.7 if trees >= 0.8 * len(lines) else -1.0

    def compress(self, segment: Segment, context: Context) -> Compressed | None:
        """Returns the entries with what they share said once."""
        units = lines_of(segment.data)
        entries = [_LONG.fullmatch(line) for line in units.texts]
        keep = bytearray(b"\1") * len(units)
        if context.omit and len(units) >= _MANY:
            keep = choose(units, context, pinned=_outliers(units, entries), line=segment.line)
            settle(units, keep)
        items = items_of(units, keep)
        if any(entries):
            shorter = _encode_long(items, _picked(entries, keep))
        else:
            asked = frozenset(map(units.text, asked_for(units, context, segment.line)))
            shorter = _encode_paths(items, asked)
        if sum(map(len, filter(None, shorter))) > sum(map(len, filter(None, items))):
            shorter = items
        return written(shorter, omissions_of(units, keep))


def _picked(entries: Sequence[_Entry], keep: bytearray) -> list[_Entry]:
    """Returns those that are kept, and None for each gap."""
    out: list[_Entry] = []
    at = 0
    for first, end in gaps(keep):
        out += [*entries[at:first], None]
        at = end
    return [*out, *entries[at:]]


def _outliers(units: Units, entries: Sequence[_Entry]) -> Iterator[int]:
    """Yields headings, some folders, odd modes, and the largest entries: they stay."""
    sizes: list[tuple[float, int]] = []
    modes: dict[bytes, list[int]] = {}
    folders: list[int] = []
    for n, (line, match) in enumerate(zip(units.texts, entries, strict=True)):
        if match:
            modes.setdefault(match[2][:10], []).append(n)
            sizes.append((_size(match[3]), n))
        elif row := _PATH.fullmatch(line):
            sizes.append((_size(row[1]), n))
        elif line.rstrip().endswith(b":"):
            yield n
        elif line.endswith(b"/\n"):
            folders.append(n)
    yield from spread(folders, _MANY)
    rare = len(units) // 50 + 1
    yield from (entries[0] for entries in modes.values() if len(entries) <= rare)
    yield from (n for _, n in nlargest(5, sizes))


def _size(text: bytes) -> float:
    digits = text.strip().rpartition(b" ")[2]
    if digits.isdigit():
        return float(digits)
    scale = 1024.0 ** (b"KMGTPE".find(digits[-1:]) + 1) if digits[-1:].isalpha() else 1.0
    number = digits.rstrip(b"KMGTPE")
    return float(number) * scale if number.count(b".") <= 1 and number.strip(b".") else 0.0


def squeezed(line: bytes) -> bytes:
    """Returns a line of `ls -l` with one space between its columns; others as they are."""
    match = _LONG.fullmatch(line)
    return b"".join(_columns(match)) if match else line


def _columns(match: re.Match[bytes]) -> tuple[bytes, bytes, bytes, bytes, bytes]:
    """Returns number, owner, size, date and name of an entry, with one space between them."""
    number, who, size, date, name = match.groups()
    number = number.lstrip(b" ")
    number = number.rstrip(b" ") + b" " if number[-1:] == b" " else number
    return (
        number,
        _single_spaced(who),
        b" %s " % _single_spaced(size.strip()),
        _single_spaced(date),
        name,
    )


def _single_spaced(text: bytes) -> bytes:
    return b" ".join(text.split()) if b"  " in text else text


def encode(items: Sequence[Item], asked: Container[bytes] = ()) -> list[Item]:
    """Returns the entries with columns and directories of their neighbours said once.

    Paths in `asked` stay whole.
    """
    entries = [_LONG.fullmatch(item) if item else None for item in items]
    if any(entries):
        return _encode_long(items, entries)
    return _encode_paths(items, asked)


def decode(items: Sequence[Item], *, folders: bool = False) -> list[Item]:
    """Returns what `encode` was given, without the padding between columns.

    With `folders`, directories were entries themselves.
    """
    if items and items[0] == _LEGEND:
        return _decode_long(items[1:])
    return _decode_paths(items, b":\n" if folders else b"\n")


def _encode_long(items: Sequence[Item], entries: Sequence[_Entry]) -> list[Item]:
    out: list[Item] = [_LEGEND]
    above = date_above = b""
    for item, match in zip(items, entries, strict=True):
        if not match:
            if item and _SHORT.fullmatch(item):
                return list(items)  # looks like our own notation
            above = date_above = b""
            out.append(item)
            continue
        number, who, size, date, name = _columns(match)
        short = b'"' if who == above else who
        out.append(number + short + size + (b'"' if date == date_above else date) + name)
        above, date_above = who, date
    return out


def _decode_long(items: Sequence[Item]) -> list[Item]:
    out: list[Item] = []
    above = date_above = b""
    for item in items:
        match = _SHORT.fullmatch(item) if item else None
        if not match:
            above = date_above = b""
            out.append(item)
            continue
        number, who, size, date, name = match.groups()
        above = above if who == b'"' else who
        date_above = date_above if date == b'"' else date
        out.append(number + above + size + date_above + name)
    return out


def _encode_paths(items: Sequence[Item], asked: Container[bytes]) -> list[Item]:
    mark = _mark_of(items)
    if mark is None:
        return list(items)
    matches = [_PATH.fullmatch(x) if x and x not in asked else None for x in items]
    folders = [m[2] if m else b"" for m in matches]
    out: list[Item] = []
    current = b""
    for n, (item, match) in enumerate(zip(items, matches, strict=True)):
        if match is None:
            if item is not None and current and _NAME.fullmatch(item):
                current = b""
                out.append(_TOP + mark)
            if item is not None and b"/" in item:
                current = item[:-1] if item.endswith(b"/\n") else b""
            out.append(item)
            continue
        if match[2] != current:
            current = match[2] if match[2] in folders[n + 1 : n + 2] else b""
            if current:
                out.append(current + mark)
        out.append(match[1] + match[3] + match[4] if current else item)
    return out


def _mark_of(items: Iterable[Item]) -> bytes | None:
    """Returns what ends a line that names a folder: a colon too where folders are entries."""
    ends = {item[-3:] for item in items if item and item[-2:] in (b"/\n", b":\n")}
    if b"/:\n" in ends:
        return None
    return b":\n" if any(end.endswith(b"/\n") for end in ends) else b"\n"


def _decode_paths(items: Sequence[Item], mark: bytes) -> list[Item]:
    out: list[Item] = []
    current = b""
    for item in items:
        if item is None:
            out.append(None)
        elif item.endswith(b"/" + mark):
            current = b"" if item == _TOP + mark else item[: -len(mark)]
        elif current and (match := _NAME.fullmatch(item)):
            out.append(match[1] + current + match[2] + match[3])
        else:
            if b"/" in item:
                current = item[:-1] if item.endswith(b"/\n") else b""
            out.append(item)
    return out
