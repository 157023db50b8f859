"""What must survive an omission: errors, stack traces, summaries. The rule is here and nowhere else.

Every distinct error stays; of an error that repeats, the first, the last and some in between. A
stack trace stays whole with the lines that it belongs to; of equal ones, the first and the last.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

ERROR, WARNING, FRAME, BLANK, SUMMARY = 1, 2, 4, 8, 16
"""Bits of a unit's flags, as the kernel `unit_flags` gives them."""

FEW = 4
"""Errors of one template up to which all of them stay."""

MANY = 30
"""The same where there are few errors in all, or they are a small share of the text."""

_SMALL_SHARE = 0.12
"""Share of the text up to which errors stay all, also those that differ in a name only."""

_BETWEEN = 2
"""Other lines that a stack trace may hold in a row: a message, a source line."""


def having(flags: bytes | bytearray, bit: int, without: int = 0) -> list[int]:
    """Returns the units that have a flag, and not another one."""
    return [match.start() for match in _pattern(bit, without).finditer(flags)]


@cache
def _pattern(bit: int, without: int) -> re.Pattern[bytes]:
    wanted = (re.escape(bytes([f])) for f in range(256) if f & bit and not f & without)
    return re.compile(b"[%s]" % b"".join(wanted))


def must_keep(
    flags: bytes | bytearray, groups: Mapping[int, Sequence[int]], starts: Sequence[int]
) -> Iterator[int]:
    """Yields the units that must stay.

    Args:
        flags: The flags of each unit.
        groups: The units of each template, in order. They agree on being errors.
        starts: Where each unit starts, and the end of the last.
    """
    errors = having(flags, ERROR)
    size = sum(starts[n + 1] - starts[n] for n in errors)
    small = len(errors) <= 2 * MANY or size <= _SMALL_SHARE * starts[len(flags)]
    few = MANY if small else FEW
    for units in groups.values():
        kinds = flags[units[0]]
        if kinds & (ERROR | SUMMARY):
            yield from units if len(units) <= few else spread(units, 2 + len(units).bit_length())
        elif kinds & WARNING:
            yield from units if len(units) <= 2 else spread(units, 1 + len(units).bit_length() // 2)


def stack_traces(flags: bytes, templates: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yields the stack traces that must stay, as half-open ranges of units."""
    found: dict[tuple[int, ...], list[tuple[int, int]]] = {}
    for start, end in _runs(flags):
        found.setdefault(tuple(templates[start:end]), []).append((start, end))
    for ranges in found.values():
        yield ranges[0]
        if len(ranges) > 1:
            yield ranges[-1]


def _runs(flags: bytes) -> Iterator[tuple[int, int]]:
    """Yields each run of frames with the line before and, for Python, the exception after it."""
    frame = having(flags, FRAME)
    at = 0
    while at < len(frame):
        last = at
        while last + 1 < len(frame) and frame[last + 1] - frame[last] <= _BETWEEN + 1:
            last += 1
        yield max(frame[at] - 1, 0), min(frame[last] + 2, len(flags))
        at = last + 1


def spread(units: Sequence[int], count: int) -> list[int]:
    """Returns about `count` of the units, evenly spread, the first and the last among them."""
    if count >= len(units):
        return list(units)
    last = len(units) - 1
    return (
        sorted({units[n * last // (count - 1)] for n in range(count)}) if count > 1 else [units[0]]
    )
