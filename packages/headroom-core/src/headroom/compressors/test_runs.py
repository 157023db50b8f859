"""Test runs, builds, linters and crashes: what failed stays, what went well is said briefly."""

from __future__ import annotations

import re

from headroom.compressors._keep import ERROR, FRAME, SUMMARY, WARNING
from headroom.compressors._select import (
    EDGE,
    Units,
    asked_for,
    bytes_kept,
    choose,
    items_of,
    settle,
)
from headroom.compressors._test_report import (
    CRASH,
    REPORT,
    STEP,
    is_finding,
    is_passed,
    is_routine,
    outcomes,
    quoted_source,
    routine,
    tidy,
)
from headroom.compressors._worth import fewer
from headroom.compressors.logs import folded, leave_out_overwritten, plain_words, states_of
from headroom.detect import nature_of
from headroom.detect.nature import is_numbered, sample
from headroom.protocols import Context
from headroom.types import Compressed, Segment

_HEAD = 300
"""Bytes of a line in which a tool has said where and what."""

_RAN = re.compile(rb"\nRan \d+ tests? in [\d.]+s\r?\n")
"""The last words of unittest; what the program prints when it ends follows in any amount."""

_TELLING = ERROR | WARNING | SUMMARY | FRAME


class TestRuns:
    """Keeps failures, warnings, tracebacks and totals; leaves out routine and quoted source."""

    __test__ = False  # not a test, whatever pytest makes of the name
    name = "test_runs"

    def priority(self, segment: Segment) -> float:
        """Returns 0.88 for what only test runners and builds print, 0.72 for steps, 0.65 for findings."""
        lines = [line[:_HEAD] for line in sample(segment.data) if line.strip()]
        if not lines or is_numbered(lines) or _is_markup(lines[0], segment.data):
            return -1.0
        if any(map(REPORT.match, lines)) or _RAN.search(segment.data) or _is_crash(segment.data):
            return 0.88
        if sum(map(is_finding, lines)) >= max(3, 0.25 * len(lines)):
            return 0.65
        if nature_of(segment.data) != "output":
            return -1.0
        if sum(map(is_routine, lines)) >= max(5, 0.3 * len(lines)):
            return 0.72
        return 0.65 if any(map(STEP.match, lines)) else -1.0

    def compress(self, segment: Segment, context: Context) -> Compressed | None:
        """Returns the report, tighter."""
        units = states_of(segment.data)
        keep = bytearray(b"\1") * len(units)
        if context.omit:
            keep = choose(units, context, line=segment.line)
            leave_out_overwritten(units, keep)
            _leave_out(units, keep, asked_for(units, context, segment.line))
            if units.lines:
                keep = fewer(units, bytes_kept(units, keep), context, segment.line) or keep
        verbatim = plain_words(units, context, segment.line)
        return folded(units, items_of(units, keep), keep, verbatim, tidy)


def _is_markup(first: bytes, data: bytes) -> bool:
    return first.lstrip()[:1] == b"<" and nature_of(data) == "markup"


def _is_crash(data: bytes) -> bool:
    """Returns whether a good part of the lines are frames of Python, however much source they quote."""
    frames = data.count(b'\n  File "') if CRASH in data else 0
    return frames >= 2 and frames * 8 >= data.count(b"\n")


def _tells(flags: int, line: bytes) -> bool:
    """Returns whether a line says more than that all is well; "3 passed" and the like do."""
    return bool(flags & _TELLING) and (bool(flags & (ERROR | FRAME)) or not is_passed(line))


def _leave_out(units: Units, keep: bytearray, asked: frozenset[int]) -> None:
    """Takes routine lines and quoted source out of `keep`."""
    lines = [units.text(n) for n in range(len(units))]
    kept = [n for n in range(EDGE, len(units) - EDGE) if keep[n]]
    plain = {n for n in kept if n not in asked and not _tells(units.flags[n], lines[n])}
    for at in routine([lines[n] for n in kept]):
        if kept[at] in plain:
            keep[kept[at]] = 0
    for n in sorted(plain):
        if not keep[n - 1] and not keep[n + 1] and is_routine(lines[n]):
            keep[n] = 0
    for start, end in quoted_source(lines):
        for n in range(start, end):
            if n not in asked:  # errors that source code speaks of have not happened
                keep[n] = 0
    for n in outcomes(lines):  # they are joined instead
        keep[n] = 1
    settle(units, keep)
