"""What passages are worth: how likely their lines are used later, by trees learned from sessions.

The trees look at how much of a line is new to the model and how it stands in its text, never at
what it means; see docs/scorers.md for what they were trained on and how well they do. They judge
passages rather than lines: a text with every third line missing is no good to read.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from itertools import islice

from headroom.compressors._evidence import is_question
from headroom.compressors._keep import must_keep, stack_traces
from headroom.compressors._select import Units, bytes_kept, gaps, named_in, settle
from headroom.kernels import Trees, line_features
from headroom.protocols import Context

TREES = "line_worth.trees"

SHORTEST, LONGEST = 6, 24
"""Lines of a passage: from the first on it ends at a blank line or a declaration, at the last anyway."""

LEAST_WORTH = 0.006
"""Lines used later per byte, below which a passage is left out: see docs/scorers.md."""

_LINE_BYTES = 4
"""What a line costs besides its text, in bytes: newline and indentation."""

_MARGIN = 36
"""Bytes added to every passage, so that a short one is not judged by a single line."""

_FEWEST = 8
"""Lines of a text below which there is nothing to choose from."""

_LITTLE = 1_600
"""Bytes of which there is nothing to save any more, about 400 tokens."""

_GAP = 3
"""Lines of a gap below which it is closed: a reader is better off without the marker."""

_MUCH_LESS = 0.85
"""Share of a compressor's own result that passages must stay below to be preferred."""

_DECLARES = re.compile(
    rb"\s*(?:\d+(?:[\t:|-]|\xe2\x86\x92|  )\s*)?(?:def|class|function|fn|func|pub|impl|struct|enum"
    rb"|interface|trait|module|defmodule|defp|export|async|type|import|from|use|#\s*include)\b"
)


def fewer(
    units: Units, size: int, context: Context, line: int, heads: Iterable[int] = ()
) -> bytearray | None:
    """Returns which lines to keep, one byte a line, or None if that is not much less than `size`.

    Who asks a question needs what answers it, new or not: None as well.

    Args:
        units: The lines of a text.
        size: Bytes that the compressor would keep.
        context: Who reads it.
        line: The block's line on which the text starts.
        heads: Lines that stay whatever they are worth.
    """
    if not context.omit or len(units) < _FEWEST or size < _LITTLE:
        return None
    if is_question(context.intent.request):
        return None
    keep = _worthy(units, context, line, heads)
    return keep if bytes_kept(units, keep) < _MUCH_LESS * size else None


def worth(units: Units, context: Context) -> tuple[Sequence[float], Sequence[int]]:
    """Returns how likely each line is used later, and its size in bytes, white space apart."""
    rows = rows_of(units, context)
    columns = _trees().columns
    sizes = memoryview(rows).cast("f")[::columns].tolist()
    return memoryview(_trees().predict(rows)).cast("f").tolist(), [int(size) for size in sizes]


def rows_of(units: Units, context: Context) -> bytes:
    """Returns what the trees look at: one row of floats a line."""
    return line_features(units.data, units.offsets, units.templates, context.met, context.turn)


def passages(units: Units, sizes: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yields the passages of a text, as half-open ranges of lines."""
    start = 0
    for n in range(1, len(units)):
        lines = n - start
        ends = lines >= SHORTEST and (not sizes[n - 1] or _declares(units.text(n)))
        if ends or lines >= LONGEST:
            yield start, n
            start = n
    yield start, len(units)


def density(scores: Sequence[float], sizes: Sequence[int], start: int, end: int) -> float:
    """Returns the lines used later per byte of a passage."""
    size = sum(size + _LINE_BYTES for size in islice(sizes, start, end) if size)
    return sum(islice(scores, start, end)) / (size + _MARGIN)


def _worthy(units: Units, context: Context, line: int, heads: Iterable[int]) -> bytearray:
    keep = bytearray(len(units))
    scores, sizes = worth(units, context)
    named = sorted(set(named_in(units, context.intent.text, line)))
    for start, end in passages(units, sizes):
        asked = bisect_left(named, start) < bisect_left(named, end)
        if asked or density(scores, sizes, start, end) >= LEAST_WORTH:
            keep[start:end] = b"\1" * (end - start)
    for n in (0, 1, len(units) - 1, *heads, *must_keep(units.flags, units.groups, units.starts)):
        keep[n] = 1
    for start, end in stack_traces(units.flags, units.templates.tolist()):
        keep[start:end] = b"\1" * (end - start)
    for n, text in enumerate(units.texts):
        keep[n] |= _declares(text)
    for start, end in gaps(bytes(keep)):
        if end - start < _GAP:
            keep[start:end] = b"\1" * (end - start)
    settle(units, keep)
    return keep


def _declares(line: bytes) -> bool:
    return _DECLARES.match(line) is not None


@cache
def _trees() -> Trees:
    file = files("headroom.compressors").joinpath(TREES)
    trees = Trees.parse(file.read_bytes())
    if trees is None:
        raise RuntimeError(f"{file}: expected trees, got damaged data; reinstall headroom-core")
    return trees
