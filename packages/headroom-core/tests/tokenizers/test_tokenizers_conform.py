"""Every built-in tokenizer keeps what tokenizers promise."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import tiktoken

from headroom.protocols import Tokenizer
from headroom.tokenizers import for_model
from headroom.tokenizers.estimates import FACTORS, Characters
from headroom.tokenizers.exact import TiktokenTokenizer
from headroom_testing import TokenizerConformance

PUBLISHED = {
    "hello world": 2,
    "tiktoken is great!": 6,
    "2 + 2 = 4": 7,
    "antidisestablishmentarianism": 6,
}
"""Source: "How to count tokens with tiktoken", OpenAI Cookbook."""


class TestNative(TokenizerConformance):
    @pytest.fixture(params=["gpt-4o", "gpt-4"])
    def tokenizer(self, request: pytest.FixtureRequest) -> Tokenizer:
        return for_model(request.param)

    @pytest.fixture
    def published(self) -> Mapping[str, int]:
        return PUBLISHED


class TestEstimates(TokenizerConformance):
    @pytest.fixture(params=[*FACTORS, "some new model"])
    def tokenizer(self, request: pytest.FixtureRequest) -> Tokenizer:
        return for_model(request.param)


class TestCharacters(TokenizerConformance):
    @pytest.fixture
    def tokenizer(self) -> Tokenizer:
        return Characters()


class TestTiktoken(TokenizerConformance):
    """With an encoding of one token a byte, since the older ones would have to be fetched."""

    @pytest.fixture
    def tokenizer(self, monkeypatch: pytest.MonkeyPatch) -> Tokenizer:
        ranks = {bytes([n]): n for n in range(256)}
        encoding = tiktoken.Encoding(
            "bytes", pat_str=r"(?s).", mergeable_ranks=ranks, special_tokens={"<|endoftext|>": 256}
        )
        monkeypatch.setattr(tiktoken, "get_encoding", lambda _: encoding)
        return TiktokenTokenizer("bytes")

    @pytest.fixture
    def published(self) -> Mapping[str, int]:
        return {"hello": 5, "é": 2, "<|endoftext|>": 13}
