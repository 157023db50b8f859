"""Tokenizers: exact counts for OpenAI encodings, labelled estimates for the rest.

May import: protocols, types, errors, kernels.
"""

from headroom.tokenizers.registry import for_model

__all__ = ["for_model"]
