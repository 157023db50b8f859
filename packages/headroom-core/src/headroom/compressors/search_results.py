"""Search results: hits grouped by file, as `rg --heading` prints them; nothing is left out.

src/cart.py                 from src/cart.py:12:total = 0
12:total = 0
14-total += price           from src/cart.py-14-total += price, a line of context
src/tax.py                  from src/tax.py:rate = 7, where the search printed no line numbers
:rate = 7

Hits that stand below their file already only lose lines.

Source: the GNU grep manual, "Output Line Prefix Control", and `rg --heading`.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence

from headroom.compressors._fold import Item
from headroom.compressors._keep import must_keep, spread
from headroom.compressors._quotes import quoted
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
from headroom.compressors.logs import COLOUR
from headroom.detect.nature import sample
from headroom.protocols import Context
from headroom.types import Compressed, Segment

_LINE = re.compile(
    rb"^(?:((?:[A-Za-z]:[\\/])?[^:\s\"'(){}\[\]<>=,;]{1,4096}+):(\d+:|(?![/\d:])))?[^\n]*+\n?",
    re.MULTILINE,
)
"""A whole line: what may be its path, and the number if there is one."""
_CONTEXT = re.compile(rb"[-=]\d+[-=]")
_BESIDE = re.compile(rb"[-=]?\d+[-=]|--\s*\Z")
_NUMBER = re.compile(rb"\d+[:=-]")
_DATE = re.compile(rb"\d+[-./]\d+[-./]\d")
_LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_WORD = _LETTERS + b"0123456789_"
_PLACE = re.compile(
    rb"[^:\s]+:\d+:(?:\d+:| ?(?:fatal |internal )?(?:error|warning|note|info)\b)", re.I
)
"""What compilers and linters print: a column, or a level, after the line number."""

_BETWEEN = b"--"
_LEAST = 0.6
_DISTINCT = 0.7
"""Share of the lines with a path of their own up to which lines without numbers are hits."""


class SearchResults:
    """Says the path of neighbouring hits once."""

    name = "search_results"

    def priority(self, segment: Segment) -> float:
        """Returns 0.7 where most lines start with a path and a line number or a repeated path."""
        if b":" not in segment.data:
            return -1.0
        sampled = _uncoloured(b"\n".join(sample(segment.data))).split(b"\n")
        lines = [x for x in sampled if x.strip() and x != _BETWEEN]
        if len(lines) < 3:
            return -1.0
        found = paths_of(lines, b"\n".join(lines))
        hits = [(line, path) for line, path in zip(lines, found, strict=True) if path]
        if len(hits) < _LEAST * len(lines):
            return 0.7 if _is_headed(lines) else -1.0
        numbered = any(_NUMBER.match(line, len(path) + 1) for line, path in hits)
        if not numbered and len({path for _, path in hits}) > _DISTINCT * len(hits):
            return -1.0  # something is said of every file once, as `file` and `wc` do
        return 0.7 if sum(map(bool, map(_PLACE.match, lines))) <= len(lines) // 4 else -1.0

    def compress(self, segment: Segment, context: Context) -> Compressed | None:
        """Returns the hits grouped by file, without colours; with `omit`, some of each file."""
        data = _uncoloured(segment.data)
        units = lines_of(data)
        lines = units.texts
        headed = _is_headed(lines)
        found = _headings(lines) if headed else paths_of(lines, data)
        asked = asked_for(units, context, segment.line) | quoted(units, context.intent.request)
        keep = bytearray(b"\1") * len(units)
        if context.omit:
            files = _of_each_file(lines, found, headed=headed)
            pinned = [*asked, *files, *_reports(units, found)]
            # A hit that says "error" is a line of source, not an error.
            keep = choose(units, context, pinned=pinned, line=segment.line, kind="settings")
        items: list[Item] = items_of(units, keep)
        if not headed:
            said = [b"" if n in asked else path for n, path in enumerate(found)]
            grouped = _grouped(items, _of_items(said, keep))
            items = grouped if ungroup(grouped) == items else items
        return written(items, omissions_of(lines_of(segment.data), keep))


def _of_items(found: Sequence[bytes], keep: bytearray) -> list[bytes]:
    """Returns the path of each line that stays, and of each gap where all its lines share one."""
    out: list[bytes] = []
    at = 0
    for first, end in gaps(keep):
        paths = set(found[first:end])
        out += [*found[at:first], paths.pop() if len(paths) == 1 else b""]
        at = end
    return [*out, *found[at:]]


def _of_each_file(lines: Sequence[bytes], found: Sequence[bytes], *, headed: bool) -> Iterator[int]:
    """Yields some hits of each file: the first, the last, and a few between; and where it is said."""
    of_file: dict[bytes, list[int]] = {}
    for n, (line, path) in enumerate(zip(lines, found, strict=True)):
        if headed and line == path:
            yield n
        elif path and line.strip() and not _BESIDE.match(line, 0 if headed else len(path)):
            of_file.setdefault(path, []).append(n)
    for hits in of_file.values():
        yield from spread(hits, 1 + len(hits).bit_length())


def _reports(units: Units, found: Sequence[bytes]) -> Iterator[int]:
    """Returns what the search says about itself: errors that are no hits, and no heading."""
    flags = bytearray(units.flags)
    for n, path in enumerate(found):
        if path and (path != units.text(n) or _is_file(path.rstrip())):
            flags[n] = 0
    return must_keep(flags, units.groups, units.starts)


def _is_headed(lines: Sequence[bytes]) -> bool:
    """Returns whether hits stand below their file already, as `rg --heading` prints them."""
    first = [x.rstrip() for x in lines[:8] if x.strip()][:3]
    numbers = [int(m[0][:-1]) if (m := _NUMBER.match(x)) else -1 for x in first]
    if len(first) < 2 or numbers[0] >= 0 or numbers[1] < 0 or not _is_file(first[0]):
        return False
    if _DATE.match(first[1]) or 0 <= numbers[-1] < numbers[1] or numbers[2:] == numbers[1:2]:
        return False  # times and dates start with a number too, but do not count up
    return sum(map(bool, map(_NUMBER.match, lines))) >= _LEAST * len(lines)


def _headings(lines: Sequence[bytes]) -> list[bytes]:
    """Returns the path that stands above each line; a line without a number is one itself."""
    found: list[bytes] = []
    path = b""
    for line in lines:
        if not _NUMBER.match(line) and line.strip() not in (b"", _BETWEEN):
            path = line
        found.append(path)
    return found


def _uncoloured(data: bytes) -> bytes:
    return COLOUR.sub(b"", data) if b"\x1b" in data else data


def paths_of(lines: Sequence[bytes], data: bytes) -> list[bytes]:
    """Returns the path that each line starts with, or nothing; `data` is all lines."""
    named: dict[tuple[bytes, bytes], bytes] = {}
    found: list[bytes] = []
    hits: set[bytes] = set()
    for path, number in _LINE.findall(data)[: len(lines)]:
        key = (path, number[-1:])
        if key not in named:
            is_file = _has_line(path) if number else _is_file(path)
            named[key] = path if is_file else b""
            if is_file and number:
                hits.add(path)
        found.append(named[key])
    if hits:
        _add_context(lines, found, hits)
    return found


def _has_line(path: bytes) -> bool:
    """Returns whether what stands before a number is a file: not a date, with suffix or folder."""
    place = path[2:] if path[1:2] == b":" else path
    return (
        len(place) > len(place.translate(None, b"./\\"))
        and len(place.translate(None, _LETTERS + b"_")) < len(place)
        and not _DATE.match(path)
    )


def _is_file(path: bytes) -> bool:
    """Returns whether a path ends as a file's does: in a folder or after a dot, with a letter."""
    name = path[len(path.rstrip(_WORD + b".+-")) :]
    end = name[len(name.rstrip(_WORD)) :]
    before = path[: len(path) - len(end)]
    placed = b"." in name[: len(name) - len(end)] or path[: -len(name) or None][-1:] in (
        b"/",
        b"\\",
    )
    return placed and before != b"" and end.translate(None, b"0123456789_") != b""


def _add_context(lines: Sequence[bytes], found: list[bytes], paths: set[bytes]) -> None:
    """Finds the paths of lines of context: they are those of hits."""
    longest = max(map(len, paths))
    last = b""
    for n, line in enumerate(lines):
        if not found[n]:
            if last and line.startswith(last) and _CONTEXT.match(line, len(last)):
                found[n] = last
            else:
                places = _CONTEXT.finditer(line, 0, longest + 12)
                prefixes = (line[: m.start()] for m in places)
                found[n] = next((path for path in prefixes if path in paths), b"")
        last = found[n] or last


def _rest(line: bytes, path: bytes) -> bytes:
    """Returns what follows the path: number and text, or a colon and the text."""
    rest = line[len(path) :]
    return rest[1:] if _NUMBER.match(rest, 1) else rest


def group(lines: Sequence[bytes], asked: Container[int] = ()) -> list[Item]:
    """Returns the lines with the path of neighbours said once, on a line above them.

    Lines in `asked`, given by number, keep their text.
    """
    found = paths_of(lines, b"".join(lines))
    return _grouped(lines, [b"" if n in asked else path for n, path in enumerate(found)])


def _grouped(items: Sequence[Item], found: Sequence[bytes]) -> list[Item]:
    out: list[Item] = []
    heading = b""
    for n, (line, path) in enumerate(zip(items, found, strict=True)):
        if line is None or not path:
            out.append(line)
            heading = heading if _goes_on(line, path, heading) else b""
            continue
        if path != heading:
            heading = path if path == _following(items, found, n) else b""
            if heading:
                out.append(path + b"\n")
        out.append(_rest(line, path) if heading else line)
    return out


def _goes_on(line: Item, path: bytes, heading: bytes) -> bool:
    """Returns whether hits of a file may follow below a gap or a line between hits."""
    return path == heading if line is None else line.rstrip(b"\r\n") == _BETWEEN


def _following(items: Sequence[Item], found: Sequence[bytes], n: int) -> bytes:
    """Returns the path of the next hit, past what may stand between hits of one file."""
    path = found[n]
    n += 1
    while n < len(items) and (items[n] is None or not found[n]):
        if not _goes_on(items[n], found[n], path):
            return b""
        n += 1
    return found[n] if n < len(items) else b""


def ungroup(grouped: Sequence[Item]) -> list[Item]:
    """Returns what `group` was given."""
    out: list[Item] = []
    heading = b""
    for line, after in zip(grouped, [*grouped[1:], None], strict=False):
        numbered = line is not None and _NUMBER.match(line) is not None
        if line is None:
            out.append(line)
        elif heading and (numbered or line.startswith(b":")):
            out.append(heading + _separator(line, numbered=numbered) + line)
        elif line.rstrip(b"\r\n") == _BETWEEN:
            out.append(line)
        elif after is not None and (_NUMBER.match(after) or after.startswith(b":")):
            heading = line[:-1]
        else:
            heading = b""
            out.append(line)
    return out


def _separator(line: bytes, *, numbered: bool) -> bytes:
    """Returns what stood between path and number: the same as after the number."""
    return line.lstrip(b"0123456789")[:1] if numbered else b""
