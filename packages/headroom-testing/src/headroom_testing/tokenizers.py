"""What every tokenizer promises, as tests to inherit."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import strategies as st

from headroom.protocols import Tokenizer
from headroom_testing._examples import for_all
from headroom_testing.strategies import junk, plain_outputs

_SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|fim_prefix|>")
_TEXTS = (
    plain_outputs() | st.text(max_size=60) | st.sampled_from((*_SPECIAL, "\ud800", "a" * 5_000))
)


class TokenizerConformance:
    """What every tokenizer promises. Inherit from it and give the tokenizer.

    Attributes:
        join: How many tokens more or less two texts may count together than each by itself.

    Example:
        >>> class TestMine(TokenizerConformance):
        ...     @pytest.fixture
        ...     def tokenizer(self) -> Tokenizer:
        ...         return Mine()
        ...     @pytest.fixture
        ...     def published(self) -> Mapping[str, int]:
        ...         return {"hello world": 2}
    """

    join = 3

    @pytest.fixture
    def tokenizer(self) -> Tokenizer:
        """The tokenizer to test."""
        raise NotImplementedError("give the tokenizer in a fixture of this name")

    @pytest.fixture
    def published(self) -> Mapping[str, int]:
        """Counts by the model's own tokenizer. An exact one has to show some."""
        return {}

    def test_it_has_a_name_for_the_receipt(self, tokenizer: Tokenizer) -> None:
        """And says whether its counts are exact."""
        assert tokenizer.name.strip()
        assert tokenizer.exact in (True, False)

    def test_nothing_is_no_token(self, tokenizer: Tokenizer) -> None:
        """As bytes and as text."""
        assert tokenizer.count(b"") == 0
        assert tokenizer.count("") == 0

    def test_no_bytes_make_it_fail(self, tokenizer: Tokenizer) -> None:
        """Also those that are no UTF-8; no count is negative or above one for each byte, twice."""

        @for_all(junk(), examples=60)
        def _(data: bytes) -> None:
            assert 0 <= tokenizer.count(data) <= 6 * len(data)

    def test_it_counts_the_same_each_time(self, tokenizer: Tokenizer) -> None:
        """As bytes and as text, whatever it counted before; special tokens are plain text."""

        @for_all(_TEXTS, _TEXTS)
        def _(text: str, other: str) -> None:
            first = tokenizer.count(text)
            tokenizer.count(other)
            assert tokenizer.count(text) == first
            if "\ud800" not in text:
                assert tokenizer.count(text.encode()) == first

    def test_two_texts_count_as_both(self, tokenizer: Tokenizer) -> None:
        """But for what merges, or no longer merges, where they meet."""

        @for_all(plain_outputs(), plain_outputs())
        def _(text: str, other: str) -> None:
            apart = tokenizer.count(text + "\n") + tokenizer.count("\nx" + other)
            together = tokenizer.count(text + "\n" + "\nx" + other)
            assert abs(together - apart) <= self.join

    def test_more_text_is_more_tokens(self, tokenizer: Tokenizer) -> None:
        """A count says something about the text: lines that are no repetition add to it."""
        lines = [f"{n}: word {n * 7919 % 1009}\n" for n in range(400)]
        counts = [tokenizer.count("".join(lines[:n])) for n in range(0, 401, 40)]
        assert counts == sorted(set(counts))

    def test_exact_means_exact(self, tokenizer: Tokenizer, published: Mapping[str, int]) -> None:
        """A tokenizer that calls itself exact shows counts of the model's own, and has the same."""
        assert published or not tokenizer.exact, "an exact tokenizer has to show published counts"
        if tokenizer.exact:
            counts = {text: tokenizer.count(text) for text in published}
            assert counts == dict(published)
