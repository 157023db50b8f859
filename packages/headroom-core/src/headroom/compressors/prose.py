"""Prose: Markdown, documentation, retrieved chunks, transcripts.

    ## Retries                            stays: headings, links
    A call is tried three times. Each     stays: the first sentence of a paragraph
    […14-19]
    The default wait is 200 ms.           stays: what was asked for, numbers, warnings

Whole sentences, items and rows go, never words; what stays is verbatim. To a question that passages
answer these stay whole, and of the others their headings. Without leave to omit nothing changes.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from headroom.compressors._alike import alike
from headroom.compressors._evidence import answers
from headroom.compressors._keep import spread, stack_traces
from headroom.compressors._listing import is_listing, thin, without_numbers
from headroom.compressors._passages import ENDED, Passage, passages_of, pieces_of
from headroom.compressors._select import (
    Units,
    asked_for,
    items_of,
    lines_of,
    named_in,
    names_lines,
    omissions_of,
    settle,
    written,
)
from headroom.detect import nature_of
from headroom.protocols import Context
from headroom.types import Compressed, Segment

_REPORT = re.compile(
    rb"[\s>*#`|\[(-]*(?:error|fatal|critical|panic|traceback|exception|failed|failure|warning|caution"
    rb"|danger|important)\b|[\w.]+(?:Error|Exception)\b:|\S+ (?:ERROR|FATAL)\b",
    re.IGNORECASE,
)
"""A sentence that reports or warns, rather than one about errors."""

_TELLING = re.compile(
    rb"\b(?:must|never|always|default(?:s|ed)? |required|deprecated|at (?:most|least)|only if"
    rb"|is (?:called|defined)|means)\b"
    rb"|\b\d+(?:\.\d+)?(?:%| ?(?:ms|s|min|seconds|minutes|hours|days|bytes|[KMG]i?B|times)\b)"
)
"""A sentence that holds a rule, a definition or a quantity."""

_LIKE = "like a passage above"

_PARAGRAPHS = 6
"""Paragraphs of a section up to which all of them stay in an outline."""

_ITEMS = 24
"""Items or rows up to which a list stays whole in an outline: short lists are what a text demands."""


class Prose:
    """Keeps headings, first sentences and what was asked for."""

    name = "prose"

    def priority(self, segment: Segment) -> float:
        """Returns 0.4 for text that people write, 0.82 where it is a numbered listing."""
        if nature_of(segment.data) != "prose":
            return -1.0
        return 0.82 if is_listing(segment.data) else 0.4

    def compress(self, segment: Segment, context: Context) -> Compressed | None:
        """Returns the text without the sentences that matter least."""
        listing = is_listing(segment.data)
        units = lines_of(segment.data) if listing else pieces_of(segment.data)
        keep = bytearray(b"\1") * len(units)
        note: Callable[[int, int], str] | None = None
        asked: frozenset[bytes] = frozenset()
        if context.omit and not context.again and not names_lines(context):
            choice = _Choice(units, segment, context)
            keep, note = choice.keep, choice.note
            asked = frozenset(map(units.text, choice.asked_pieces()))
        items: Sequence[bytes | None] = items_of(units, keep)
        if listing:
            items = thin(items, asked) or items
        return written(items, omissions_of(units, keep, note))


class _Twin(NamedTuple):
    """The pieces of an earlier passage that is like another, and where blank lines after that end."""

    first: int
    end: int
    after: int


class _Choice:
    """Which pieces of a text stay, and why others went."""

    def __init__(self, units: Units, segment: Segment, context: Context) -> None:
        self._units = units
        plain = without_numbers(units.data) if is_listing(units.data) else None
        self._texts = units.texts if plain is None else lines_of(plain).texts
        self._passages = passages_of(self._texts)
        whole = _whole(units, self._passages)
        self._alike = alike(whole.texts)
        answering = answers(whole, _above(self._passages), context.intent.request)
        if answering.whole:
            self._asked = answering.whole | frozenset(
                named_in(whole, context.intent.text, segment.line)
            )
        else:
            self._asked = asked_for(whole, context, segment.line)
        self._asked = frozenset(self._alike.get(n, n) for n in self._asked)
        self._twins = {
            self._passages[n].first: _Twin(
                self._passages[other].first, self._passages[other].end, self._passages[n].end + 1
            )
            for n, other in self._alike.items()
        }
        self.keep = bytearray(len(units))
        self._keep_headings()
        self._keep_outline(answering.start if answering.whole else self._outlined())
        self._keep_asked()
        self._keep_reports()
        self._keep_between()
        settle(units, self.keep)

    def asked_pieces(self) -> Iterator[int]:
        """Yields the pieces of what was asked for."""
        for n in sorted(self._asked):
            yield from range(self._passages[n].first, self._passages[n].end)

    def note(self, first: int, end: int) -> str:
        """Returns what to say about a gap: whether the model has read nearly the same."""
        twin = self._twins.get(first)
        if twin is None or not first < end <= twin.after:
            return ""
        return _LIKE if all(self.keep[twin.first : twin.end]) else ""

    def _stay(self, first: int, end: int) -> None:
        self.keep[first:end] = b"\1" * (end - first)

    def _keep_headings(self) -> None:
        for passage in self._passages:
            if passage.kind == "heading":
                self._stay(passage.first, passage.end)

    def _keep_outline(self, outlined: Iterable[int]) -> None:
        """Keeps what passages start with, and sentences that hold a rule or a quantity."""
        for n in outlined:
            passage = self._passages[n]
            self._stay(passage.first, passage.first + passage.head)
            if passage.kind == "code":
                self._stay(passage.end - 1, passage.end)
                continue
            for piece in range(passage.first + passage.head, passage.end):
                if ENDED.search(self._texts[piece - 1]) and _TELLING.search(self._texts[piece]):
                    self.keep[piece] = 1

    def _outlined(self) -> Iterator[int]:
        """Yields the passages of an outline: of lists some items, of chunks that are alike one.

        Of the paragraphs of a section those above a few go every other.
        """
        items: list[int] = []
        paragraphs: list[int] = []
        for n, passage in enumerate(self._passages):
            if n in self._alike:
                continue
            if passage.kind in ("item", "row"):
                items.append(n)
            elif passage.kind in ("text", "code", "heading"):
                yield from _first_and_last(items)
                items = []
                if passage.kind == "heading":
                    yield from _every_other(paragraphs)
                    paragraphs = []
                else:
                    paragraphs.append(n)
        yield from _first_and_last(items)
        yield from _every_other(paragraphs)

    def _keep_asked(self) -> None:
        """Keeps what was asked for, and what leads to it."""
        for n in self._asked:
            passage = self._passages[n]
            self._stay(passage.first, passage.end)
            leads = self._before(n)
            if leads is not None and self._texts[leads.end - 1].rstrip().endswith(b":"):
                self._stay(leads.first, leads.end)

    def _before(self, n: int) -> Passage | None:
        """Returns the passage before one, items and blank lines skipped."""
        while n > 0:
            n -= 1
            if self._passages[n].kind == "text":
                return self._passages[n]
            if self._passages[n].kind not in ("blank", "item", "row"):
                return None
        return None

    def _keep_reports(self) -> None:
        for n, text in enumerate(self._texts):
            if _REPORT.match(text):
                self.keep[n] = 1
        for start, end in stack_traces(self._units.flags, self._units.templates.tolist()):
            self._stay(start, end)

    def _keep_between(self) -> None:
        """Keeps blank lines and tags where both neighbours stay."""
        keep = self.keep
        loose = [p for p in self._passages if p.kind in ("blank", "mark")]
        at = 0
        while at < len(loose):
            last = at
            while last + 1 < len(loose) and loose[last + 1].first == loose[last].end:
                last += 1
            first, end = loose[at].first, loose[last].end
            if (first == 0 or keep[first - 1]) and (end == len(keep) or keep[end]):
                self._stay(first, end)
            at = last + 1


def _first_and_last(run: Sequence[int]) -> Sequence[int]:
    return [*run[: 1 + len(run).bit_length()], run[-1]] if len(run) > _ITEMS else run


def _every_other(run: Sequence[int]) -> list[int]:
    return spread(run, _PARAGRAPHS + max(len(run) - _PARAGRAPHS, 0) // 2)


def _above(passages: Sequence[Passage]) -> list[int]:
    """Returns the number of the heading over each passage, or its own."""
    out: list[int] = []
    heading = -1
    for n, passage in enumerate(passages):
        if passage.kind == "heading":
            heading = n
        out.append(heading if heading >= 0 else n)
    return out


def _whole(units: Units, passages: Sequence[Passage]) -> Units:
    """Returns the text cut into passages."""
    starts = array("i", (units.starts[p.first] for p in passages))
    starts.append(len(units.data))
    return Units(units.data, starts.tobytes())
