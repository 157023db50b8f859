"""Twin of `fold`: lines that repeat are said once, and how to get them back, spelled out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from headroom.kernels.reference.fold_folder import fold_folder, unfold_folder
from headroom.kernels.reference.fold_paths import fold_paths, has_path, unfold_paths

Item: TypeAlias = bytes | None
Line: TypeAlias = tuple[Item, bool]
"""An item, and whether its text stays as it is."""

PATH = rb"[^\"<>:\s]*[./][^\"<>:\s]*"
FRAME = re.compile(rb"  File \"(" + PATH + rb")\", line (\d++), in (\S++\n)")
SHORT_FRAME = re.compile(rb"(" + PATH + rb"):(\d++) in (\S++\n)")
TIMES = re.compile(rb"(.*) \[x(\d+)\](\r?\n?)", re.DOTALL)
ABOVE = re.compile(rb"\[\+(\d+) lines? as above\]\n")
DATE = re.compile(rb"\[date ([^\]]+)\]\n")
DATED = re.compile(
    rb"(\[?(?:\d{4}[-/.]\d\d[-/.]\d\d|\d\d[-/.]\d\d(?:[-/.]\d{4})?|[A-Z][a-z]{2} [ \d]\d))( |T)"
    rb"(?=\d\d:\d\d:\d\d)"
)
TIMED = re.compile(rb"\d\d:\d\d:\d\d")
NOTHING = range(0)


def fold_lines(items: Sequence[Item], verbatim: Sequence[bool]) -> list[Item]:
    """Returns the lines with what repeats folded; gaps stay where they are."""
    lines = list(fold_dates(fold_frames(list(zip(items, verbatim, strict=True)))))
    pairs = list(repeats(lines, 40, count=True))
    unclear = [any(has_path(lines[k][0]) for k in behind) for _, behind in pairs]
    folded = fold_folder(fold_paths([line for line, _ in pairs], unclear))
    return [item for item, _ in folded]


def unfold(items: Sequence[Item]) -> list[Item]:
    """Returns what `fold_lines` was given."""
    return unfold_frames(unfold_dates(unfold_repeats(unfold_paths(unfold_folder(items)))))


def fold_frames(lines: Iterable[Line]) -> list[Line]:
    """Returns the lines with frames of stack traces written briefly."""
    out: list[Line] = []
    for item, stays in lines:
        match = FRAME.fullmatch(item) if item and not stays else None
        out.append((b"%s:%s in %s" % match.groups(), False) if match else (item, stays))
    return out


def unfold_frames(items: Iterable[Item]) -> list[Item]:
    """Returns what `fold_frames` was given."""
    out = list(items)
    for n, item in enumerate(out):
        match = SHORT_FRAME.fullmatch(item) if item is not None else None
        if match:
            out[n] = b'  File "%s", line %s, in %s' % match.groups()
    return out


def fold_dates(lines: Sequence[Line]) -> Iterator[Line]:
    """Yields the lines with a date that many share said once, above them."""
    dates = [DATED.match(item) if item else None for item, _ in lines]
    found = [match[0] for match in dates if match]
    # a time without a date would be taken for one of those below
    if len(set(found)) * 4 > len(found) or any(item and TIMED.match(item) for item, _ in lines):
        found = []
    current = b""
    for (item, stays), match in zip(lines, dates, strict=True):
        if not found or not item or not match or stays:
            yield item, stays
            continue
        if match[0] != current:
            current = match[0]
            yield b"[date %s]\n" % current.rstrip(b" "), False
        yield item[match.end() :], False


def unfold_dates(items: Iterable[Item]) -> list[Item]:
    """Returns what `fold_dates` was given."""
    out: list[Item] = []
    current = b""
    for item in items:
        if item is not None and (match := DATE.fullmatch(item)):
            current = match[1] if match[1].endswith(b"T") else match[1] + b" "
        elif item is not None and current and TIMED.match(item):
            out.append(current + item)
        else:
            out.append(item)
    return out


def fold_repeats(items: Sequence[Item], least: int) -> list[Item]:
    """Returns the lines with pointers to those above in place of at least so many bytes."""
    lines = [(item, False) for item in items]
    return [item for (item, _), _ in repeats(lines, least, count=False)]


def repeats(lines: Sequence[Line], least: int, *, count: bool) -> Iterator[tuple[Line, range]]:
    """Yields each line to write, and for a pointer, the lines that it stands for."""
    items = [item for item, _ in lines]
    seen: dict[bytes, int] = {}
    at = 0
    while at < len(lines):
        line, stays = lines[at]
        if line is None:
            yield (None, stays), NOTHING
            at += 1
            continue
        times = times_of(items, at) if count else 1
        source = seen.get(line, -1)
        seen[line] = at + times - 1
        at += times
        said = len(line.strip())
        if times > 1 and said * (times - 1) >= 8:
            text = line.rstrip(b"\r\n")
            yield (b"%s [x%d]%s" % (text, times, line[len(text) :]), stays), NOTHING
        else:
            yield from [(equal, NOTHING) for equal in lines[at - times : at]]
        if source < 0 or times > 1 or said < 10:
            continue
        above, size = as_above(items, source + 1, at)
        if above and size >= least:
            pointer = b"[+%d line%s as above]\n" % (above, b"s" if above > 1 else b"")
            yield (pointer, False), range(at, at + above)
            seen |= {items[n] or b"": n for n in range(at, at + above)}
            at += above


def unfold_repeats(items: Iterable[Item]) -> list[Item]:
    """Returns what `repeats` was given."""
    lines: list[Item] = []
    for item in items:
        if item is None:
            lines.append(None)
        elif match := ABOVE.fullmatch(item):
            anchor = len(lines) - 1
            source = next(n for n in range(anchor - 1, -1, -1) if lines[n] == lines[anchor]) + 1
            lines += lines[source : source + int(match[1])]
        elif match := TIMES.fullmatch(item):
            lines += [match[1] + match[3]] * int(match[2])
        else:
            lines.append(item)
    return lines


def times_of(items: Sequence[Item], at: int) -> int:
    """Returns how many equal lines start here."""
    end = at + 1
    while end < len(items) and items[end] == items[at]:
        end += 1
    return end - at


def as_above(items: Sequence[Item], source: int, at: int) -> tuple[int, int]:
    """Returns how many lines from `at` on repeat those from `source` on, and their bytes."""
    length = size = 0
    while at + length < len(items) and source + length < at:
        line = items[at + length]
        if line is None or line != items[source + length] or not line.endswith(b"\n"):
            break
        size += len(line)
        length += 1
    return length, size
