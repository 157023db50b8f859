"""The suite for compressors finds every mutant, and nothing wrong with an honest compressor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from headroom.protocols import Compressor, Context
from headroom.types import Compressed, Omission, Segment, Span
from headroom_testing import CompressorConformance
from headroom_testing._failing import failing
from headroom_testing.strategies import tool_outputs

TEXTS = tool_outputs("service log", "chatter")


class Honest:
    """Leaves out what lies between the first five lines and the last five, or the first error."""

    name = "honest"
    spared = b"ERROR"

    def priority(self, segment: Segment) -> float:
        return 0.5

    def compress(self, segment: Segment, context: Context) -> Compressed | None:
        lines = segment.data.splitlines(keepends=True) if b"\r" not in segment.data else []
        errors = (n for n, line in enumerate(lines) if n >= 5 and self.spared in line)
        end = next(errors, len(lines) - 5)
        if end <= 5 or not context.omit:
            return Compressed(segment.data)
        start, stop = (len(b"".join(lines[:n])) for n in (5, end))
        gone = Omission(start, Span(start, stop), "lines", 6, end)
        return Compressed(segment.data[:start] + segment.data[stop:], (gone,))


class BadName(Honest):
    name = "too-small"


class Picky(Honest):
    def priority(self, segment: Segment) -> float:
        return 0.5 if segment.data.decode() else 0.0


class Stateful(Honest):
    turns = 0

    def compress(self, segment: Segment, context: Context) -> Compressed | None:
        self.turns += 1
        return super().compress(segment, context) if self.turns % 2 else None


class Chatty(Honest):
    def compress(self, segment: Segment, context: Context) -> Compressed | None:
        return Compressed(b"[shortened with care]\n" + segment.data)


class Careless(Honest):
    def compress(self, segment: Segment, context: Context) -> Compressed | None:
        return super().compress(segment, replace(context, omit=True))


class Silent(Honest):
    def compress(self, segment: Segment, context: Context) -> Compressed | None:
        return Compressed(segment.data[: len(segment.data) // 2])


class Rewriter(Honest):
    def compress(self, segment: Segment, context: Context) -> Compressed | None:
        return Compressed(segment.data.replace(b"7", b"1"))


class Cynic(Honest):
    spared = b"\xff"


class Empty(Honest):
    def compress(self, segment: Segment, context: Context) -> Compressed | None:
        return Compressed(b"\n")


class Quadratic(Honest):
    def compress(self, segment: Segment, context: Context) -> Compressed | None:
        for n in range(len(segment.data)):
            [len(b"") for _ in range(n // 64)]
        return Compressed(segment.data)


def changing(change: Callable[[Omission, Segment], Omission]) -> Compressor:
    """Returns a compressor that is honest but for what it says it left out."""

    class Liar(Honest):
        def compress(self, segment: Segment, context: Context) -> Compressed | None:
            result = super().compress(segment, context)
            changed = tuple(change(o, segment) for o in result.omissions) if result else ()
            return replace(result, omissions=changed) if result else None

    return Liar()


MUTANTS: list[tuple[Compressor, str]] = [
    (BadName(), "test_its_name_can_stand_in_a_receipt"),
    (Picky(), "test_no_bytes_make_it_fail"),
    (Stateful(), "test_it_depends_on_segment_and_context_alone"),
    (Chatty(), "test_it_never_grows_a_text"),
    (Careless(), "test_without_a_way_back_nothing_is_left_out"),
    (Silent(), "test_what_is_gone_is_stated"),
    (Rewriter(), "test_what_is_gone_is_stated"),
    (Cynic(), "test_an_error_stays_visible"),
    (Empty(), "test_the_pipeline_takes_what_it_makes"),
    (Quadratic(), "test_work_grows_with_the_text"),
    (
        changing(lambda o, s: replace(o, span=Span(o.span.start, len(s.data) + 1))),
        "test_omissions_lie_in_order_inside_the_text",
    ),
    (
        changing(lambda o, _: replace(o, span=Span(o.span.end, o.span.start))),
        "test_omissions_lie_in_order_inside_the_text",
    ),
    (
        changing(lambda o, _: replace(o, first=o.first + 1, last=o.last + 1)),
        "test_what_is_left_out_can_be_retrieved",
    ),
    (
        changing(lambda o, s: replace(o, first=o.first + s.line, last=o.last + s.line)),
        "test_it_depends_on_segment_and_context_alone",
    ),
]


def test_an_honest_compressor_passes() -> None:
    assert failing(CompressorConformance(), compressor=Honest(), texts=TEXTS) == set()


@pytest.mark.parametrize(("mutant", "test"), MUTANTS)
def test_mutants_are_found(mutant: Compressor, test: str) -> None:
    assert failing(CompressorConformance(), test, compressor=mutant, texts=TEXTS) == {test}
