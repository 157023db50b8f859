"""Search results: hits grouped by file, as `rg --heading` prints them; nothing is left out.

src/cart.py                 from src/cart.py:12:total = 0
12:total = 0
14-total += price           from src/cart.py-14-total += price, a line of context
src/tax.py                  from src/tax.py:rate = 7, where the search printed no line numbers
:rate = 7

Source: the GNU grep manual, "Output Line Prefix Control", and `rg --heading`.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence

from headroom.compressors._keep import spread
from headroom.compressors._quotes import quoted
from headroom.compressors._select import asked_for, choose, gaps, lines_of, omissions_of, written
from headroom.compressors.logs import COLOUR
from headroom.detect.nature import sample
from headroom.protocols import Context
from headroom.types import Compressed, Segment

_PATH = (
    rb"(?!\d+[-./]\d+[-./]\d)(?:[A-Za-z]:[\\/])?(?=[^:\s]*[./\\])(?=[^:\s]*[A-Za-z_])"
    rb"[^:\s\"'(){}\[\]<>=,;]+"
)
"""A file: it has a suffix or a folder, and is no date."""
_HIT = re.compile(rb"(" + _PATH + rb"):\d+:")
_PLAIN = re.compile(
    rb"(?=[^\s\"'(){}\[\]<>=,;]*:)((?:[A-Za-z]:[\\/])?(?>[^:\s\"'(){}\[\]<>=,;]*[./\\])"
    rb"(?:\w*+[+-])*+(?=[\d_]*[A-Za-z])\w++):(?![/\d:])"
)
_CONTEXT = re.compile(rb"-\d+-")
_NUMBER = re.compile(rb"\d+[:-]")
_PLACE = re.compile(
    rb"[^:\s]+:\d+:(?:\d+:| ?(?:fatal |internal )?(?:error|warning|note|info)\b)", re.I
)
"""What compilers and linters print: a column, or a level, after the line number."""

_BETWEEN = b"--"
_LEAST = 0.6
_LONGEST_PATH = 400


class SearchResults:
    """Says the path of neighbouring hits once."""

    name = "search_results"

    def priority(self, segment: Segment) -> float:
        """Returns 0.7 where most lines start with a path and a line number or a repeated path."""
        lines = [x for x in _uncoloured(sample(segment.data)) if x.strip() and x != _BETWEEN]
        if len(lines) < 3 or sum(map(bool, map(_PLACE.match, lines))) > len(lines) // 4:
            return -1.0
        hits = sum(bool(_HIT.match(line) or _PLAIN.match(line)) for line in lines)
        if not hits:
            return -1.0
        paths = {m[1] for m in map(_HIT.match, lines) if m}
        context = sum(_prefix(x, paths, b"") != b"" for x in lines) - hits
        return 0.7 if hits + context >= _LEAST * len(lines) else -1.0

    def compress(self, segment: Segment, context: Context) -> Compressed | None:
        """Returns the hits grouped by file, without colours; with `omit`, some of each file."""
        data = COLOUR.sub(b"", segment.data) if b"\x1b" in segment.data else segment.data
        units = lines_of(data)
        lines = [units.text(n) for n in range(len(units))]
        asked = asked_for(units, context, segment.line) | quoted(units, context.intent.request)
        keep = bytearray(b"\1") * len(units)
        if context.omit:
            pinned = [*asked, *_of_each_file(lines)]
            # A hit that says "error" is a line of source, not an error.
            keep = choose(units, context, pinned=pinned, line=segment.line, kind="settings")
        items: list[bytes | None] = []
        for start, end in _runs(keep):
            run = lines[start:end]
            grouped = group(run, {n - start for n in asked})
            if ungroup(grouped) != run:
                grouped = run
            items += [None, b"".join(grouped)] if start else [b"".join(grouped)]
        return written(items, omissions_of(units, keep))


def _runs(keep: bytearray) -> Iterator[tuple[int, int]]:
    """Yields the runs of units that stay, as half-open ranges; the first and last unit always do."""
    start = 0
    for first, end in gaps(keep):
        yield start, first
        start = end
    if start < len(keep):
        yield start, len(keep)


def _of_each_file(lines: Sequence[bytes]) -> Iterator[int]:
    """Yields some hits of each file: the first, the last, and a few between."""
    paths = {m[1] for m in map(_HIT.match, lines) if m}
    of_file: dict[bytes, list[int]] = {}
    last = b""
    for n, line in enumerate(lines):
        last = _prefix(line, paths, last) or last
        of_file.setdefault(last, []).append(n)
    for hits in of_file.values():
        yield from spread(hits, 1 + len(hits).bit_length())


def _uncoloured(lines: Sequence[bytes]) -> list[bytes]:
    return [COLOUR.sub(b"", line) if b"\x1b" in line else line for line in lines]


def _prefix(line: bytes, paths: frozenset[bytes] | set[bytes], last: bytes) -> bytes:
    """Returns the path that a line starts with, or nothing."""
    match = _HIT.match(line) or _PLAIN.match(line)
    if match:
        return match[1]
    if last and line.startswith(last) and _CONTEXT.match(line, len(last)):
        return last
    for found in _CONTEXT.finditer(line, 0, _LONGEST_PATH) if paths else ():
        if line[: found.start()] in paths:
            return line[: found.start()]
    return b""


def _rest(line: bytes, path: bytes) -> bytes:
    """Returns what follows the path: number and text, or a colon and the text."""
    rest = line[len(path) :]
    return rest[1:] if _NUMBER.match(rest, 1) else rest


def group(lines: Sequence[bytes], asked: Container[int] = ()) -> list[bytes]:
    """Returns the lines with the path of neighbours said once, on a line above them.

    Lines in `asked`, given by number, keep their text.
    """
    paths = {m[1] for m in map(_HIT.match, lines) if m}
    found: list[bytes] = []
    last = b""
    for line in lines:
        path = _prefix(line, paths, last)
        last = path or last
        found.append(path if len(found) not in asked else b"")
    out: list[bytes] = []
    heading = b""
    for n, (line, path) in enumerate(zip(lines, found, strict=True)):
        if not path:
            out.append(line)
            heading = heading if line.rstrip(b"\r\n") == _BETWEEN else b""
            continue
        if path != heading:
            heading = path if path in _following(lines, found, n) else b""
            if heading:
                out.append(path + b"\n")
        out.append(_rest(line, path) if heading else line)
    return out


def _following(lines: Sequence[bytes], found: Sequence[bytes], n: int) -> Iterator[bytes]:
    """Yields the path of the next line, past separators."""
    n += 1
    while n < len(lines) and lines[n].rstrip(b"\r\n") == _BETWEEN:
        n += 1
    if n < len(lines):
        yield found[n]


def ungroup(grouped: Sequence[bytes]) -> list[bytes]:
    """Returns what `group` was given."""
    out: list[bytes] = []
    heading = b""
    for line, after in zip(grouped, [*grouped[1:], b""], strict=False):
        numbered = _NUMBER.match(line) is not None
        if heading and (numbered or line.startswith(b":")):
            out.append(heading + _separator(line, numbered=numbered) + line)
        elif line.rstrip(b"\r\n") == _BETWEEN:
            out.append(line)
        elif _NUMBER.match(after) or after.startswith(b":"):
            heading = line[:-1]
        else:
            heading = b""
            out.append(line)
    return out


def _separator(line: bytes, *, numbered: bool) -> bytes:
    """Returns what stood between path and number: the same as after the number."""
    return line.lstrip(b"0123456789")[:1] if numbered else b""
