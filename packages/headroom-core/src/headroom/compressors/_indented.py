"""The outline of a source file by its indentation, for languages without a grammar.

What stands deeper than the line that declares a function is its body. That is how people write
Ruby, Elixir, Kotlin, Swift, PHP, C#, Scala, Lua, shell and the like, though nothing enforces it.
"""

from __future__ import annotations

import re

from headroom.compressors._outline import Part

_DECLARES = re.compile(
    rb"[ \t]*+(?:(?:public|private|protected|internal|static|async|override|open|final|virtual|suspend"
    rb"|abstract|inline|local|export|pub)\s+)*+"
    rb"(?:(?:def|defp|defmacrop?|fun|func|function|fn|sub|proc|procedure|method|test|it|setup)\b[\s(\"'][^\n]*"
    rb"|[\w.<>\[\]?, ]+[\w>\]?] \w+\([^;\n]*\)\s*\{?|\w+\(\)\s*\{?)\s*"
)
_OPENS = re.compile(rb"[ \t]*[{(]?[ \t]*")
_WIDEST = 300
"""Bytes of a line up to which it may declare something."""

_FEWEST = 3
"""Functions from which a text counts as source code of some language."""


def outline_by_indentation(lines: list[bytes]) -> tuple[Part, ...]:
    """Returns the bodies of functions, in order; none if there are too few of them."""
    found: list[Part] = []
    at = 0
    while at < len(lines):
        declares = len(lines[at]) <= _WIDEST and _DECLARES.fullmatch(lines[at])
        body = _body(lines, at) if declares else None
        if body is None:
            at += 1
            continue
        found.append(body)
        at = body.end
    return tuple(found) if len(found) >= _FEWEST else ()


def _body(lines: list[bytes], declared: int) -> Part | None:
    """Returns the lines below a declaration that stand deeper than it."""
    depth = _depth(lines[declared])
    start = declared + 1
    while start < len(lines) and _OPENS.fullmatch(lines[start].rstrip()) and lines[start].strip():
        start += 1  # a brace on a line of its own
    end = start
    for n in range(start, len(lines)):
        if lines[n].strip():
            if _depth(lines[n]) <= depth:
                break
            end = n + 1
    return Part(declared, start, end) if end > start else None


def _depth(line: bytes) -> int:
    expanded = line.expandtabs(4)
    return len(expanded) - len(expanded.lstrip())
