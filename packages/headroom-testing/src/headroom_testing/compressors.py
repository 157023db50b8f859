"""What every compressor promises, as tests to inherit."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from headroom.ccr.marker import as_counted
from headroom.ccr.retrieve import Selector, select
from headroom.pipeline import run
from headroom.pipeline.run import Engine
from headroom.policy import Policy
from headroom.protocols import Compressor, Context
from headroom.tokenizers import for_model
from headroom.types import (
    JSON,
    Block,
    Compressed,
    Conversation,
    Detection,
    Intent,
    Message,
    Omission,
    Segment,
)
from headroom_testing._examples import for_all
from headroom_testing.strategies import junk, tool_outputs

_COLOUR = re.compile(rb"\x1b\[[0-9;:]*[mK]")
_WORD = re.compile(rb"[A-Za-z]+|\d+")
_ERROR = "ERROR: disk sda9 of host quux is full"
_BETWEEN = re.compile(r"[\s,]*")
_REQUESTS = ("", "What failed?", "See line 7.", "Is web-3 in src/alpha/cart.py:12 slow?")
_PIECES = (
    b"\n", b"\r", b" ", b"a", b"1", b"/", b"-", b":", b"<a>", b"<a ", b"</a>", b"<!--", b"[", b"{",
    b'{"a":', b"[{},", b'"', b"a,b\n", b"a\tb\n", b"| ", b"- a:\n ", b"\x1b[", b"a/b/", b"a:1:x\n",
    b"(", b"```\n", b"at x.y(z)\n", b"10:00:01 ", b"@@ -1 +1 @@\n", b"commit 4c0b40f\n", b"\xff",
)  # fmt: skip
"""What a text is made of by the thousand to make a careless pattern or loop look back each time."""


class CompressorConformance:
    """What every compressor promises. Inherit from it and give the compressor.

    Example:
        >>> class TestMine(CompressorConformance):
        ...     @pytest.fixture
        ...     def compressor(self) -> Compressor:
        ...         return Mine()
        ...     @pytest.fixture
        ...     def texts(self) -> SearchStrategy[str]:
        ...         return tool_outputs("csv")
    """

    @pytest.fixture
    def compressor(self) -> Compressor:
        """The compressor to test."""
        raise NotImplementedError("give the compressor in a fixture of this name")

    @pytest.fixture
    def texts(self) -> SearchStrategy[str]:
        """Texts to test with: many of the kind that the compressor is for. Default: of all kinds."""
        return tool_outputs()

    def words(self, text: bytes) -> set[bytes]:
        """Returns what a reader must still find of a text that was not left out.

        Default: words and numbers. Override it to take out what follows from the rest.
        """
        return set(_WORD.findall(_COLOUR.sub(b"", text)))

    def test_its_name_can_stand_in_a_receipt(self, compressor: Compressor) -> None:
        """A receipt joins names with `+` and tells them from reasons such as `too-small`."""
        assert re.fullmatch(r"[a-z][a-z0-9_]*", compressor.name)

    def test_no_bytes_make_it_fail(
        self, compressor: Compressor, texts: SearchStrategy[str]
    ) -> None:
        """Also bytes that are no UTF-8, and kinds that it is not for."""

        @for_all(texts.map(str.encode) | junk(), _contexts(), examples=40)
        def _(data: bytes, context: Context) -> None:
            assert compressor.priority(_segment(data)) <= 1
            result = compressor.compress(_segment(data), context)
            assert result is None or isinstance(result.data, bytes)

    def test_it_depends_on_segment_and_context_alone(
        self, compressor: Compressor, texts: SearchStrategy[str]
    ) -> None:
        """Not on what it saw before; and lines count from the segment's first."""

        @for_all(texts, texts, _contexts())
        def _(text: str, other: str, context: Context) -> None:
            segment = _segment(text.encode())
            first = compressor.priority(segment), compressor.compress(segment, context)
            compressor.compress(_segment(other.encode()), context)
            assert (compressor.priority(segment), compressor.compress(segment, context)) == first
            dull = replace(context, intent=Intent())
            further_down = replace(segment, line=40)
            assert compressor.compress(further_down, dull) == compressor.compress(segment, dull)

    def test_it_never_grows_a_text(
        self, compressor: Compressor, texts: SearchStrategy[str]
    ) -> None:
        """A segment that grows spoils what the others of its block save."""

        @for_all(texts, _contexts())
        def _(text: str, context: Context) -> None:
            result = compressor.compress(_segment(text.encode()), context)
            shorter = result is None or len(result.data) <= len(text.encode())
            count = context.tokenizer.count
            assert shorter or (result and count(result.data) < count(text))

    def test_without_a_way_back_nothing_is_left_out(
        self, compressor: Compressor, texts: SearchStrategy[str]
    ) -> None:
        """With `omit` false there are no omissions."""

        @for_all(texts, _contexts(omit=False))
        def _(text: str, context: Context) -> None:
            result = compressor.compress(_segment(text.encode()), context)
            assert result is None or result.lossless

    def test_what_is_gone_is_stated(
        self, compressor: Compressor, texts: SearchStrategy[str]
    ) -> None:
        """Every word is in the result, or in the span of an omission."""

        @for_all(texts, _contexts() | _contexts(omit=False), examples=40)
        def _(text: str, context: Context) -> None:
            data = text.encode()
            result = compressor.compress(_segment(data), context)
            if result is not None:
                assert self.words(_left(data, result)) - self.words(result.data) == set()

    def test_omissions_lie_in_order_inside_the_text(
        self, compressor: Compressor, texts: SearchStrategy[str]
    ) -> None:
        """Spans do not overlap, are not empty, and stand where the compressed text says so."""

        @for_all(texts, _contexts())
        def _(text: str, context: Context) -> None:
            data = text.encode()
            result = compressor.compress(_segment(data), context)
            end = at = 0
            for omission in result.omissions if result else ():
                assert end <= omission.span.start < omission.span.end <= len(data)
                assert at <= omission.at <= len(result.data if result else b"")
                assert 1 <= omission.first <= omission.last
                end, at = omission.span.end, omission.at

    def test_what_is_left_out_can_be_retrieved(
        self, compressor: Compressor, texts: SearchStrategy[str]
    ) -> None:
        """The lines or rows that a marker names bring the omitted part back."""

        @for_all(texts, _contexts(), examples=40)
        def _(text: str, context: Context) -> None:
            result = compressor.compress(_segment(text.encode()), context)
            omissions = result.omissions if result else ()
            for omission in as_counted(omissions, text):
                gone = text.encode()[omission.span.start : omission.span.end].decode()
                assert _is_in(gone, _retrieved(text, omission))

    def test_an_error_stays_visible(
        self, compressor: Compressor, texts: SearchStrategy[str]
    ) -> None:
        """A line that reports an error among others is never left out."""

        @for_all(texts, st.integers(0, 300), _contexts(), examples=40)
        def _(text: str, place: int, context: Context) -> None:
            lines = text.split("\n")
            lines.insert(place % len(lines), _ERROR)
            segment = _segment("\n".join(lines).encode())
            if compressor.priority(segment) < 0:
                return  # never asked to
            result = compressor.compress(segment, context)
            assert result is None or _WORD.findall(_ERROR.encode()) == [
                word for word in _WORD.findall(_ERROR.encode()) if word in self.words(result.data)
            ]

    def test_the_pipeline_takes_what_it_makes(
        self, compressor: Compressor, texts: SearchStrategy[str]
    ) -> None:
        """Nothing fails or is rejected, and an edit has fewer tokens and its original."""
        tokenizer = for_model("gpt-4o")

        @for_all(texts, st.sampled_from((Policy(), Policy.lossless())))
        def _(text: str, chosen: Policy) -> None:
            policy = replace(chosen, omit_from=0, min_tokens=0)
            block = Block(("messages", 0, "content"), "tool_result", text)
            outcome = run(
                Conversation((Message("tool", (block,)),)),
                Engine(policy, tokenizer, (compressor,)),
            )
            (decision,) = outcome.receipt.decisions
            assert not self.words(text.encode()) or not decision.outcome.startswith("failed")
            assert [entry.original for entry in outcome.entries] == [text] * len(outcome.edits)
            for edit in outcome.edits:
                assert tokenizer.count(edit.text) < tokenizer.count(text)

    def test_work_grows_with_the_text(self, compressor: Compressor) -> None:
        """Four times the text takes far from sixteen times the calls, whatever it is made of."""
        context = Context(Intent("What failed?"), for_model("gpt-4o"))

        def work(segment: Segment) -> None:
            compressor.priority(segment)
            compressor.compress(segment, context)

        for piece in _PIECES:
            short, long = (_calls(work, _segment(piece * times)) for times in (400, 1_600))
            assert long < 8 * short + 2_000, f"{piece!r}: {short} calls, {long} for four times that"


def _segment(data: bytes) -> Segment:
    return Segment(data, Detection("text", 0.0))


def _contexts(*, omit: bool = True) -> SearchStrategy[Context]:
    return st.sampled_from(_REQUESTS).map(
        lambda request: Context(Intent(request), for_model("gpt-4o"), omit)
    )


def _left(data: bytes, result: Compressed) -> bytes:
    """Returns a text without what was left out of it."""
    pieces, position = [], 0
    for omission in result.omissions:
        pieces.append(data[position : omission.span.start])
        position = omission.span.end
    return b"\n".join([*pieces, data[position:]])


def _retrieved(text: str, omission: Omission) -> str:
    wanted = f"{omission.first}-{omission.last}"
    if omission.unit == "lines":
        return select(text, Selector(lines=wanted))
    return select(text, Selector(rows=wanted, path=omission.array or None))


def _is_in(gone: str, retrieved: str) -> bool:
    """Returns whether a part of a text was retrieved, as it is or as JSON values."""
    return gone.strip() in retrieved or list(_values(gone)) == json.loads(retrieved)


def _values(text: str) -> Iterator[JSON]:
    """Yields the JSON values that stand in a text one after the other."""
    decoder, at = json.JSONDecoder(), 0
    while True:
        at = (_BETWEEN.match(text, at) or re.match("", text)).end()  # type: ignore[union-attr]
        if at == len(text):
            return
        value, at = decoder.raw_decode(text, at)
        yield value


def _calls(work: Callable[[Segment], object], segment: Segment) -> int:
    """Returns how many functions `work` calls: the same number on every machine."""
    count = 0

    def see(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(see)
    try:
        work(segment)
    finally:
        sys.setprofile(None)
    return count
