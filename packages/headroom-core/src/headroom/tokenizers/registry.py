"""From a model's name to its tokenizer."""

from __future__ import annotations

import warnings
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock

from headroom.errors import TokenizerError
from headroom.protocols import Tokenizer
from headroom.tokenizers.estimates import Characters, Estimate
from headroom.tokenizers.exact import NativeTokenizer, TiktokenTokenizer
from headroom.tokenizers.models import encoding_of, family_of
from headroom.tokenizers.ranks import SHA256, load_ranks

_LOADING = Lock()
"""Ranks are tens of megabytes: of two threads that ask at once, one waits for the other's."""


@lru_cache(maxsize=256)
def for_model(
    model: str, *, cache_dir: Path | None = None, tiktoken_cache: Path | None = None
) -> Tokenizer:
    """Returns the tokenizer of a model, or an estimate labelled as such.

    Args:
        model: A model's name, with or without a provider's prefix.
        cache_dir: Where the compact form of ranks is kept; None: nowhere.
        tiktoken_cache: Where tiktoken keeps its downloads, if it does.
    """
    encoding = encoding_of(model)
    if encoding is not None and encoding not in SHA256:
        try:
            return TiktokenTokenizer(encoding)
        except TokenizerError:
            encoding = None
    base = _native(encoding or "o200k_base", cache_dir, tiktoken_cache)
    return base if encoding else Estimate(base, family_of(model))


def _native(name: str, cache_dir: Path | None, tiktoken_cache: Path | None) -> Tokenizer:
    with _LOADING:
        return _loaded(name, cache_dir, tiktoken_cache)


@cache
def _loaded(name: str, cache_dir: Path | None, tiktoken_cache: Path | None) -> Tokenizer:
    try:
        return NativeTokenizer(name, load_ranks(name, cache_dir, tiktoken_cache))
    except TokenizerError as error:
        warnings.warn(f"{error}; counts are estimates", RuntimeWarning, stacklevel=4)
        return Characters()
