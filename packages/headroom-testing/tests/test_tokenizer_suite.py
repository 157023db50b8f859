"""The suite for tokenizers finds every mutant, and nothing wrong with an honest tokenizer."""

from __future__ import annotations

import pytest

from headroom.tokenizers.estimates import Characters
from headroom_testing import TokenizerConformance
from headroom_testing._failing import failing

PUBLISHED = {"hello": 5}


class Honest:
    """A token is a byte."""

    name = "bytes"
    exact = True

    def count(self, text: bytes | str) -> int:
        return len(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))


class Nameless(Honest):
    name = " "


class OffByOne(Honest):
    def count(self, text: bytes | str) -> int:
        return super().count(text) + 1


class Strict(Honest):
    def count(self, text: bytes | str) -> int:
        return super().count(text.decode() if isinstance(text, bytes) else text)


class Letters(Honest):
    def count(self, text: bytes | str) -> int:
        return len(text)


class Drifting(Honest):
    calls = 0

    def count(self, text: bytes | str) -> int:
        self.calls += 1
        return super().count(text) + self.calls % 2


class Squared(Honest):
    def count(self, text: bytes | str) -> int:
        return super().count(text) ** 2


class Flat(Honest):
    def count(self, text: bytes | str) -> int:
        return min(super().count(text), 100)


class Boasting(Characters):
    exact = True


MUTANTS = [
    (Nameless(), "test_it_has_a_name_for_the_receipt"),
    (OffByOne(), "test_nothing_is_no_token"),
    (Strict(), "test_no_bytes_make_it_fail"),
    (Letters(), "test_it_counts_the_same_each_time"),
    (Drifting(), "test_it_counts_the_same_each_time"),
    (Squared(), "test_two_texts_count_as_both"),
    (Flat(), "test_more_text_is_more_tokens"),
    (Boasting(), "test_exact_means_exact"),
    (OffByOne(), "test_exact_means_exact"),
]


def test_an_honest_tokenizer_passes() -> None:
    assert failing(TokenizerConformance(), tokenizer=Honest(), published=PUBLISHED) == set()


@pytest.mark.parametrize(("mutant", "test"), MUTANTS)
def test_mutants_are_found(mutant: Honest, test: str) -> None:
    suite = TokenizerConformance()
    assert failing(suite, test, tokenizer=mutant, published=PUBLISHED) == {test}


def test_exact_without_published_counts_is_a_claim() -> None:
    test = "test_exact_means_exact"
    assert failing(TokenizerConformance(), test, tokenizer=Honest(), published={}) == {test}
    assert not failing(TokenizerConformance(), test, tokenizer=Characters(), published={})
