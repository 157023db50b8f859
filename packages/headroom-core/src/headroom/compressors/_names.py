"""Lists of paths, and of names below headings: a folder said once, its names side by side.

[names side by side stood below each other]
src/app/                     the folder of the names below, up to the next one;
cart.py tax.py util.py       src/app/: where folders are entries themselves
docs/index.md

Of a list of many entries every folder shows some of its names.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence

from headroom.compressors._fold import Item
from headroom.compressors._keep import must_keep, spread
from headroom.compressors._select import Units, settle

PATH = re.compile(rb"(\s*[\d.]+[KMGTP]?\s+|)([^\s:]*/)([^\s/:]+)(\r?\n?)")
NAME = re.compile(rb"(\s*[\d.]+[KMGTP]?\s+|)([^\s/:]+)(\r?\n?)")
FOLDER = re.compile(rb"[^\s:]*/\r?\n?")
HEADING = re.compile(rb"(?:\./|/)?[^\s:]+:\s*|\.:\s*|total \d+[KMGT]?\s*|\s*")

_LEGEND = b"[names side by side stood below each other]\n"
_TOP = b"[top level]/"
_ENDS = (b":\n", b"/\n")
_ALONE = re.compile(rb"[^\s/:\[\]]+\n")
_SIDE_BY_SIDE = 12
"""Names on a line: enough to save their line breaks, few enough to read."""

_MOST = 400
"""Entries up to which all of them stay: who lists files wants to know which there are."""

_FEWEST = 3
"""Names that every folder shows of a longer list."""


def choose_names(units: Units, pinned: Iterable[int]) -> bytearray:
    """Returns one byte a line: 1 to keep it. Of many entries, some of every folder stay."""
    keep = bytearray(b"\1") * len(units)
    if len(units) <= _MOST:
        return keep
    folders: dict[bytes, list[int]] = {}
    for n, name in enumerate(_folders(units.texts)):
        folders.setdefault(name, []).append(n)
    quota = max(_FEWEST, 2 * _MOST // len(folders))
    keep = bytearray(len(units))
    members = list(folders.values())
    for folder in spread(range(len(members)), _MOST):
        for n in _ends(members[folder], quota):
            keep[n] = 1
    for n in (0, len(units) - 1, *pinned, *must_keep(units.flags, units.groups, units.starts)):
        keep[n] = 1
    settle(units, keep)
    return keep


def _ends(members: Sequence[int], count: int) -> Sequence[int]:
    """Returns the first and the last of many: names are mostly sorted, and gaps cost a marker."""
    if len(members) <= count:
        return members
    return [*members[: -(-count // 2)], *members[len(members) - count // 2 :]]


def _folders(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yields the folder that each line is in: its own, or that of the heading above."""
    heading = b""
    for line in lines:
        if match := PATH.fullmatch(line):
            yield match[2]
            continue
        if line[-2:] in _ENDS:
            heading = line
        yield heading


def encode_names(items: Sequence[Item], asked: Container[bytes] = ()) -> list[Item]:
    """Returns the entries with folders said once and names side by side.

    Paths in `asked` stay whole.
    """
    return _side_by_side(_below_folders(items, asked))


def decode_names(items: Sequence[Item], *, folders: bool = False) -> list[Item]:
    """Returns what `encode_names` was given. With `folders`, folders were entries themselves."""
    if items and items[0] == _LEGEND:
        items = [name for item in items[1:] for name in _apart(item)]
    return _whole_paths(items, b":\n" if folders else b"\n")


def _side_by_side(items: Sequence[Item]) -> list[Item]:
    if any(item and b" " in item.strip() and not item.startswith(_TOP) for item in items):
        return list(items)  # a line of two words would be taken for two names
    out: list[Item] = [_LEGEND]
    names: list[bytes] = []
    for item in [*items, None]:
        if item and _ALONE.fullmatch(item):
            names.append(item[:-1])
            continue
        for n in range(0, len(names), _SIDE_BY_SIDE):
            out.append(b" ".join(names[n : n + _SIDE_BY_SIDE]) + b"\n")
        names.clear()
        out.append(item)
    saved = len(items) + 1 - len(out)
    return out[:-1] if saved >= _SIDE_BY_SIDE else list(items)


def _apart(item: Item) -> list[Item]:
    if item is None or b" " not in item.strip() or item.startswith(_TOP):
        return [item]
    return [name + b"\n" for name in item.split()]


def _below_folders(items: Sequence[Item], asked: Container[bytes]) -> list[Item]:
    mark = _mark_of(items)
    if mark is None:
        return list(items)
    matches = [PATH.fullmatch(x) if x and x not in asked else None for x in items]
    folders = [m[2] if m else b"" for m in matches]
    out: list[Item] = []
    current = b""
    for n, (item, match) in enumerate(zip(items, matches, strict=True)):
        if match is None:
            if item is not None and current and NAME.fullmatch(item):
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


def _whole_paths(items: Sequence[Item], mark: bytes) -> list[Item]:
    out: list[Item] = []
    current = b""
    for item in items:
        if item is None:
            out.append(None)
        elif item.endswith(b"/" + mark):
            current = b"" if item == _TOP + mark else item[: -len(mark)]
        elif current and (match := NAME.fullmatch(item)):
            out.append(match[1] + current + match[2] + match[3])
        else:
            if b"/" in item:
                current = item[:-1] if item.endswith(b"/\n") else b""
            out.append(item)
    return out
