"""Folds lines that repeat, without loss: what is folded stands in full just above.

Cloning test database for alias 'default'... [x9]     nine equal lines in a row
Traceback (most recent call last):                    a line that stood above,
[+4 lines as above]                                   and the four that followed it there
[date 2026-11-21]                                     the lines below, until the next such line,
10:00:01 INFO started                                 start with this date and a space
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence

from headroom.compressors._folders import Item, fold_folder, unfold_folder
from headroom.compressors._frames import fold_frames, says_frames, unfold_frames
from headroom.compressors._paths import fold_paths, has_path, says_paths, unfold_paths

_NOTATION = re.compile(
    rb"(?: \[x\d+\]|^\[\+\d+ lines? as above\]|^\[date [^\]]+\]|^\[\.\.\./ = \S+\])(?=[\r\n]|\Z)",
    re.MULTILINE,
)
_SIGNS = (b" [x", b"[+", b"[date ", b"[.../")
_TIMES = re.compile(rb"(.*) \[x(\d+)\](\r?\n?)", re.DOTALL)
_ABOVE = re.compile(rb"\[\+(\d+) lines? as above\]\n")
_DATE = re.compile(rb"\[date ([^\]]+)\]\n")
_DATED = re.compile(
    rb"(\[?(?:\d{4}[-/.]\d\d[-/.]\d\d|\d\d[-/.]\d\d(?:[-/.]\d{4})?|[A-Z][a-z]{2} [ \d]\d))( |T)"
    rb"(?=\d\d:\d\d:\d\d)"
)
_TIMED = re.compile(rb"\d\d:\d\d:\d\d")

_NOTHING = range(0)

_LEAST_ABOVE = 40
"""Bytes of lines that a pointer to lines above must replace; the pointer costs about 20."""

_LEAST_TIMES = 8
"""Bytes of equal lines that a count must replace."""

_LEAST_ANCHOR = 10
"""Bytes of a line that can stand for those that followed it; a rule or a brace says too little."""


def can_fold(items: Iterable[Item]) -> bool:
    """Returns whether the lines hold nothing that looks like our own notation."""
    data = b"".join(item for item in items if item is not None)
    if any(sign in data for sign in _SIGNS) and _NOTATION.search(data):
        return False
    return not says_paths(data) and not says_frames(data)


def fold(items: Sequence[Item], verbatim: Container[bytes] = ()) -> list[Item]:
    """Returns the lines with what repeats folded; gaps stay where they are.

    Lines in `verbatim` keep their text. Of the others, dates and paths may be said once.
    """
    lines = _fold_dates(fold_frames(items, verbatim), verbatim)
    pairs = list(_repeats(lines))
    # Where a pointer stands for lines with paths, it is unclear which path is the one above.
    unclear = {
        n
        for n, (_, behind) in enumerate(pairs)
        if behind and any(has_path(lines[k]) for k in behind)
    }
    folded = fold_paths([line for line, _ in pairs], verbatim, unclear)
    return fold_folder(folded, verbatim)


def unfold(items: Sequence[Item]) -> list[Item]:
    """Returns what `fold` was given."""
    return unfold_frames(_unfold_dates(unfold_repeats(unfold_paths(unfold_folder(items)))))


def unfold_repeats(items: Iterable[Item]) -> list[Item]:
    """Returns what `fold_repeats` was given."""
    lines: list[Item] = []
    for item in items:
        if item is None:
            lines.append(None)
        elif match := _ABOVE.fullmatch(item):
            source = _before(lines, len(lines) - 1) + 1
            lines += lines[source : source + int(match[1])]
        elif match := _TIMES.fullmatch(item):
            lines += [match[1] + match[3]] * int(match[2])
        else:
            lines.append(item)
    return lines


def _before(lines: Sequence[Item], at: int) -> int:
    """Returns where line `at` stood last before."""
    return next(n for n in range(at - 1, -1, -1) if lines[n] == lines[at])


def fold_repeats(items: Sequence[Item], *, least: int) -> list[Item]:
    """Returns the lines with pointers to those above in place of at least so many bytes."""
    return [line for line, _ in _repeats(items, least, count=False)]


def _repeats(
    items: Sequence[Item], least: int = _LEAST_ABOVE, *, count: bool = True
) -> Iterator[tuple[Item, range]]:
    """Yields each line to write, and for a pointer, the lines that it stands for.

    With `count`, equal lines in a row are counted.
    """
    seen: dict[bytes, int] = {}
    at = 0
    while at < len(items):
        line = items[at]
        if line is None:
            yield None, _NOTHING
            at += 1
            continue
        following = items[at + 1] if at + 1 < len(items) else None
        times = _times(items, at) if count and following == line else 1
        source = seen.get(line, -1)
        seen[line] = at + times - 1
        at += times
        if times == 1 and source < 0:
            yield line, _NOTHING
            continue
        if len(line.strip()) * (times - 1) >= _LEAST_TIMES:
            yield _with_times(line, times), _NOTHING
        else:
            yield from [(line, _NOTHING)] * times
        anchors = source >= 0 and times == 1 and len(line.strip()) >= _LEAST_ANCHOR
        above, size = _as_above(items, source + 1, at) if anchors else (0, 0)
        if above and size >= least:
            yield (
                b"[+%d line%s as above]\n" % (above, b"s" if above > 1 else b""),
                range(at, at + above),
            )
            for n in range(at, at + above):
                seen[items[n] or b""] = n
            at += above


def _times(items: Sequence[Item], at: int) -> int:
    """Returns how many equal lines start here."""
    end = at + 1
    while end < len(items) and items[end] == items[at]:
        end += 1
    return end - at


def _with_times(line: bytes, times: int) -> bytes:
    text = line.rstrip(b"\r\n")
    return b"%s [x%d]%s" % (text, times, line[len(text) :])


def _as_above(items: Sequence[Item], source: int, at: int) -> tuple[int, int]:
    """Returns how many lines from `at` on repeat those from `source` on, and their bytes."""
    length = size = 0
    while at + length < len(items) and source + length < at:
        line = items[at + length]
        if line is None or line != items[source + length] or not line.endswith(b"\n"):
            break
        size += len(line)
        length += 1
    return length, size


def _fold_dates(items: Sequence[Item], verbatim: Container[bytes]) -> list[Item]:
    """Returns the lines with a date that many share said once, above them."""
    dates = [line and _DATED.match(line) for line in items]
    found = [match[0] for match in dates if match]
    if not found or len(set(found)) * 4 > len(found):
        return list(items)
    if any(line is not None and _TIMED.match(line) for line in items):
        return list(items)  # a time without a date would be taken for one of those below
    out: list[Item] = []
    current = b""
    for line, match in zip(items, dates, strict=True):
        if line is None or not match or line in verbatim:
            out.append(line)
            continue
        if match[0] != current:
            current = match[0]
            out.append(b"[date %s]\n" % current.rstrip(b" "))
        out.append(line[match.end() :])
    return out


def _unfold_dates(items: Iterable[Item]) -> list[Item]:
    out: list[Item] = []
    current = b""
    for item in items:
        if item is not None and (match := _DATE.fullmatch(item)):
            current = match[1] if match[1].endswith(b"T") else match[1] + b" "
        elif item is not None and current and _TIMED.match(item):
            out.append(current + item)
        else:
            out.append(item)
    return out
