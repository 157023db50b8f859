"""What this machine offers to whoever composes: the store and the tokenizers' files."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from headroom.ccr.open import open_store
from headroom.home import home, store_url, tiktoken_cache
from headroom.protocols import Store, Tokenizer
from headroom.tokenizers import for_model


def store_of(store: Store | str | None) -> Store:
    """Returns a store: itself, the one at a URL, or the user's."""
    if isinstance(store, str) or store is None:
        return open_store(store or store_url())
    return store


def tokenizers() -> Callable[[str], Tokenizer]:
    """Returns what gives a model's tokenizer, with its files where they are now."""
    return partial(for_model, cache_dir=home() / "cache", tiktoken_cache=tiktoken_cache())
