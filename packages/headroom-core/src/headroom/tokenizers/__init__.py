"""Tokenizers: exact counts for OpenAI encodings, labelled estimates for the rest and for images.

May import: protocols, types, errors, kernels.
"""

from headroom.tokenizers.images import image_rule
from headroom.tokenizers.registry import for_model

__all__ = ["for_model", "image_rule"]
