"""Twin of `cpp/src/diff.cpp`: which lines of a text were seen before."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

SHINGLE = 3
LONG = 160
CANDIDATES = 8
_NUMBER = re.compile(rb" *([0-9]{1,7})(?:[\t|:]|\xe2\x86\x92)")

Line = tuple[int, bytes, bytes]
"""The printed number or -1, the text after it, and the whole line."""


@dataclass
class SeenLinesReference:
    """An append-only list of sources; matching tries every place with the same key, newest first."""

    texts: list[list[Line]] = field(default_factory=list)

    def add(self, text: bytes) -> int:
        """Adds a text and returns its number."""
        self.texts.append(split(text))
        return len(self.texts) - 1

    def match(self, text: bytes, min_bytes: int) -> list[tuple[int, int, int, int, int]]:
        """Returns (first, last, source, source_first, numbered) of every run."""
        lines, runs, at = split(text), [], 0
        while at < len(lines):
            best, where = 0, (0, 0)
            for source, line in self._places(key(lines, at))[:CANDIDATES]:
                length = extend(lines[at:], self.texts[source][line:])
                if length > best:
                    best, where = length, (source, line)
            number = lines[at][0]
            renumbered = best and 0 <= number != self.texts[where[0]][where[1]][0]
            size = len(b"\n".join(whole for _, _, whole in lines[at : at + best]))
            if best < (SHINGLE if renumbered else 1) or size < min_bytes:
                at += 1
                continue
            numbered = number if renumbered else -1
            runs.append((at + 1, at + best, where[0], where[1] + 1, numbered))
            at += best
        return runs

    def _places(self, wanted: tuple[bytes, ...] | None) -> list[tuple[int, int]]:
        places = [
            (source, line)
            for source, lines in enumerate(self.texts)
            for line in range(len(lines))
            if wanted is not None and key(lines, line) == wanted
            if line == 0 or key(lines, line - 1) != wanted  # only the first of equal lines
        ]
        return places[::-1]


def split(text: bytes) -> list[Line]:
    """Returns the lines of a text; a newline at the end does not start another."""
    lines = text.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    out = []
    for line in lines:
        found = _NUMBER.match(line)
        out.append((int(found[1]), line[found.end() :], line) if found else (-1, line, line))
    return out


def key(lines: list[Line], at: int) -> tuple[bytes, ...] | None:
    """Returns what must agree for a run to start here."""
    if len(lines[at][1]) >= LONG:
        return (lines[at][1],)
    if at + SHINGLE > len(lines):
        return None
    return tuple(content for _, content, _ in lines[at : at + SHINGLE])


def extend(ours: list[Line], theirs: list[Line]) -> int:
    """Returns how many lines agree; renumbered listings must count up by one throughout."""
    renumbered = False
    for n, ((number, content, _), (other, there, _)) in enumerate(zip(ours, theirs, strict=False)):
        if content != there:
            return n
        if number != other:
            if number >= 0 and n > 0 and not renumbered:
                return n
            renumbered = renumbered or number >= 0
        elif renumbered:
            return n
        if renumbered and n > 0 and number != ours[n - 1][0] + 1:
            return n
    return min(len(ours), len(theirs))
