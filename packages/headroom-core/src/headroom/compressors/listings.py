"""Listings of files: directories said once, columns that repeat said once.

[" = mode, links, owner, group or date as on the line above]
-rw-r--r-- 1 root root 806 Oct 24 2024 .editorconfig
" 1024 " setup.py                       the same mode to group, and the same date

Lists of paths and names: see `_names`.

Padding between columns is dropped. Source: POSIX `ls`, "STDOUT"; GNU find manual, "Print File
Information".
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from heapq import nlargest
from typing import TypeAlias

from headroom.compressors._fold import Item
from headroom.compressors._keep import ERROR, having, spread
from headroom.compressors._names import (
    FOLDER,
    HEADING,
    NAME,
    PATH,
    choose_names,
    decode_names,
    encode_names,
)
from headroom.compressors._select import (
    Units,
    asked_for,
    choose,
    gaps,
    items_of,
    lines_of,
    omissions_of,
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
_TREE = re.compile(
    rb"(?:[ |]|\xc2\xa0|\xe2\x94\x82)*(?:\xe2\x94[\x9c\x94]|[|`\\+])(?:--|\xe2\x94\x80)"
)
_Entry: TypeAlias = re.Match[bytes] | None
_LEGEND = b'[" = mode, links, owner, group or date as on the line above]\n'
_FEW = 5
"""Entries of a kind that are notable: they stay, and their path is said in full."""

_MANY = 24
"""Entries from which those in the middle that look like their neighbours may be left out."""


class Listings:
    """Says directories, owners and dates once; of many entries alike, leaves out some."""

    name = "listings"

    def priority(self, segment: Segment) -> float:
        """Returns 0.8 for entries of `ls -l` or `find`, 0.7 of `tree`, 0.5 for names alone."""
        lines = sample(segment.data)
        if len(lines) < 4:
            return -1.0
        if not any(_LONG.fullmatch(x) or PATH.fullmatch(x) or _TREE.match(x) for x in lines[:12]):
            return _of_names(lines)
        entries = sum(map(bool, map(_LONG.fullmatch, lines)))
        headings = sum(map(bool, map(HEADING.fullmatch, lines)))
        if entries >= 3 and entries + headings >= 0.9 * len(lines):
            return 0.8
        paths = sum(map(bool, map(PATH.fullmatch, lines)))
        names = sum(map(bool, map(NAME.fullmatch, lines)))
        names += sum(map(bool, map(FOLDER.fullmatch, lines)))
        if paths >= 0.6 * len(lines) and paths + names + headings >= 0.95 * len(lines):
            return 0.8
        trees = sum(map(bool, map(_TREE.match, lines)))
        return 0.7 if trees >= 0.8 * len(lines) else -1.0

    def compress(self, segment: Segment, context: Context) -> Compressed | None:
        """Returns the entries with what they share said once."""
        if not segment.data.strip():
            return None
        units = lines_of(segment.data)
        entries = [_LONG.fullmatch(line) for line in units.texts]
        columns = any(entries) or any(map(_TREE.match, units.texts[:12]))
        asked = asked_for(units, context, segment.line)
        notable = (
            asked if columns else asked.union(_largest(units), having(units.flags, ERROR)[:_FEW])
        )
        keep = bytearray(b"\1") * len(units)
        if context.omit and columns and len(units) >= _MANY:
            keep = choose(units, context, pinned=_outliers(units, entries), line=segment.line)
        elif context.omit and not columns:
            keep = choose_names(units, notable)
        items = items_of(units, keep)
        if any(entries):
            shorter = _encode_long(items, _picked(entries, keep))
        else:
            shorter = encode_names(items, frozenset(map(units.text, notable)))
        if not _is_shorter(shorter, items, context):
            shorter = items
        return written(shorter, omissions_of(units, keep))


def _largest(units: Units) -> list[int]:
    """Returns the largest files of a list of paths with their sizes."""
    if not any(row and row[1] for row in map(PATH.fullmatch, units.texts[:_MANY])):
        return []
    rows = ((n, PATH.fullmatch(line)) for n, line in enumerate(units.texts))
    sizes = [(_size(row[1]), n) for n, row in rows if row and row[1]]
    return [n for _, n in nlargest(_FEW, sizes)]


def _is_shorter(items: Sequence[Item], than: Sequence[Item], context: Context) -> bool:
    """Returns whether items have fewer bytes, or else fewer tokens: line breaks cost those."""
    ours, theirs = (b"".join(filter(None, x)) for x in (items, than))
    count = context.tokenizer.count
    return len(ours) < len(theirs) or count(ours) < count(theirs)


def _of_names(lines: Sequence[bytes]) -> float:
    """Returns 0.5 where nearly all lines are names of different things, some below headings."""
    names = sum(map(bool, map(NAME.fullmatch, lines)))
    headings = sum(map(bool, map(HEADING.fullmatch, lines)))
    mostly = names >= 0.5 * len(lines) and names + headings >= 0.95 * len(lines)
    different = len(set(lines)) >= 0.7 * len(lines)
    return 0.5 if len(lines) >= _MANY and mostly and different else -1.0


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
        elif line.rstrip().endswith(b":"):
            yield n
        elif line.endswith(b"/\n"):
            folders.append(n)
    yield from spread(folders, _MANY)
    rare = len(units) // 50 + 1
    yield from (entries[0] for entries in modes.values() if len(entries) <= rare)
    yield from (n for _, n in nlargest(_FEW, sizes))


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
    return encode_names(items, asked)


def decode(items: Sequence[Item], *, folders: bool = False) -> list[Item]:
    """Returns what `encode` was given, without the padding between columns.

    With `folders`, directories were entries themselves.
    """
    if items and items[0] == _LEGEND:
        return _decode_long(items[1:])
    return decode_names(items, folders=folders)


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
