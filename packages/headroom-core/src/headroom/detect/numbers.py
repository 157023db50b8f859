"""Line numbers that a text prints itself: whoever speaks of its lines means these."""

from __future__ import annotations

import re

_NUMBER = re.compile(r" *(\d{1,7})(?:\t|→|\|)")
_FEWEST = 5
_HEAD = 3
"""Lines above the first number at the most: they cannot be asked for by number."""

_LEAST = 0.7
"""Share of the lines that must print a number."""


def printed_numbers(lines: list[str]) -> list[int] | None:
    """Returns for each line its number, or that of the line before if it prints none.

    Lines above the first number have the one before it.

    None: too few lines print one, the first comes late, or they do not go up throughout.
    """
    numbers: list[int] = []
    printed = before = 0
    for n, line in enumerate(lines):
        if n > _HEAD and not printed:
            return None
        if match := _NUMBER.match(line):
            number = int(match[1])
            if number <= before:
                return None
            before = number
            printed += 1
        numbers.append(before)
    if printed < max(_FEWEST, _LEAST * len(lines)):
        return None
    head = numbers.count(0)
    return [max(numbers[head] - 1, 0)] * head + numbers[head:]
