"""What a diff may lose: context, the middle of long runs of changed lines, and generated files.

The more lines change, the fewer of a run stay. Headers of files and hunks always do.

Source: git-diff, "Generating patch text with -p".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_RUNS = re.compile(
    rb"^(?:(?P<added>(?:\+[^\n]*(?:\n|\Z))+)|(?P<gone>(?:-[^\n]*(?:\n|\Z))+)"
    rb"|(?P<same>(?: [^\n]*(?:\n|\Z)|\n)+)|(?P<head>[^\n]+(?:\n|\Z)))",
    re.MULTILINE,
)
_ENDS_HUNK = (b"diff ", b"commit ", b"index ")
_DEFINES = re.compile(
    rb"^[+-]\s*(?:(?:export|default|public|private|protected|internal|static|final|abstract|async|pub"
    rb"(?:\([^)\n]*\))?|unsafe|extern|inline|virtual|override)\s+)*"
    rb"(?:def|class|func|fn|function|interface|struct|enum|trait|impl|type|mod|module|namespace)\b[^\n]*$",
    re.MULTILINE,
)
_GENERATED = re.compile(
    rb"diff --git .*(?:/|\b)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|Cargo\.lock"
    rb"|go\.sum|poetry\.lock|uv\.lock|Pipfile\.lock|Gemfile\.lock|composer\.lock|flake\.lock"
    rb"|\S+\.(?:min\.js|min\.css|js\.map|css\.map|snap|svg|pb\.go)|\S+_pb2\.pyi?)\s*\Z"
)
"""Files that a tool writes from others; their names are those that the tools document."""

_LINES = 6_000
"""Of a run of changed lines stay this many divided by all changed lines: 60 of 100, 15 of 400."""

_LEAST = 12
"""Lines of a run that stay, however many lines change."""

_OF_GENERATED = 4
"""The same in generated files."""

_FEW = 300
"""Changed lines up to which the line of context next to a change stays."""


class _Run(NamedTuple):
    """Lines of one kind in a row: the first one's number, how many, and where they stand."""

    kind: str
    line: int
    size: int
    start: int
    end: int


def aside(data: bytes) -> Iterator[range]:
    """Yields the lines, counted from 0, that are far from what matters in a diff."""
    runs = list(_runs(data))
    changed = sum(run.size for run in runs if run.kind in ("added", "gone"))
    least = max(_LEAST, _LINES // max(changed, 1))
    near = 1 if changed <= _FEW else 0
    hunk, most = False, least
    for n, run in enumerate(runs):
        if run.kind == "head":
            line = data[run.start : run.end]
            hunk = line.startswith(b"@@ ") or (hunk and not line.startswith(_ENDS_HUNK))
            if line.startswith(b"diff "):
                most = _OF_GENERATED if _GENERATED.match(line) else least
        elif hunk and run.kind == "same":
            lines = _context(runs, n, near)
            if len(lines) > 1:  # a line alone is as cheap as the word that it is gone
                yield lines
        elif hunk and run.size > most:
            yield from _middle(data, run, most)


def _runs(data: bytes) -> Iterator[_Run]:
    line = 0
    for match in _RUNS.finditer(data):
        start, end = match.span()
        size = data.count(b"\n", start, end) or 1
        yield _Run(match.lastgroup or "", line, size, start, end)
        line += size


def _context(runs: Sequence[_Run], n: int, near: int) -> range:
    """Returns the lines of context that are not next to a change."""
    run = runs[n]
    above = near if n and runs[n - 1].kind != "head" else 0
    below = near if n + 1 < len(runs) and runs[n + 1].kind != "head" else 0
    return range(run.line + above, run.line + run.size - below)


def _middle(data: bytes, run: _Run, most: int) -> Iterator[range]:
    """Yields the middle of a long run but for what it defines; of removed lines fewer stay."""
    first = most * 2 // 3 if run.kind == "added" else most // 2
    start, end = run.line + first, run.line + run.size - most // 4
    if most > _OF_GENERATED:
        at, line = run.start, run.line
        for match in _DEFINES.finditer(data, run.start, run.end):
            line += data.count(b"\n", at, match.start())
            at = match.start()
            if start <= line < end:
                yield range(start, line)
                start = line + 1
    yield range(start, end)
