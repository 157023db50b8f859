"""Which model counts with which encoding.

Source: `MODEL_TO_ENCODING` and `MODEL_PREFIX_TO_ENCODING` in tiktoken/model.py of tiktoken.
"""

from __future__ import annotations

import re

from headroom.tokenizers.estimates import FACTORS

_ENCODINGS = (
    (
        re.compile(r"gpt-?(3\.5|35)|gpt-4(?![\w.])|gpt-4-|text-embedding|davinci-002|babbage-002"),
        "cl100k_base",
    ),
    (
        re.compile(r"gpt-(4o|4\.\d|[5-9])|chatgpt|gpt-oss|codex|computer-use|(^|[/.])o\d"),
        "o200k_base",
    ),
    (re.compile(r"text-davinci-00[23]|code-davinci|code-cushman"), "p50k_base"),
    (
        re.compile(r"^(davinci|curie|babbage|ada)$|text-(davinci|curie|babbage|ada)-001"),
        "r50k_base",
    ),
    (re.compile(r"^gpt-?2$"), "gpt2"),
)


def encoding_of(model: str) -> str | None:
    """Returns the encoding of an OpenAI model, also behind a provider prefix; else None."""
    model = model.lower()
    if family_of(model):
        return None
    return next((name for pattern, name in _ENCODINGS if pattern.search(model)), None)


def family_of(model: str) -> str:
    """Returns the family of a model without a public tokenizer, or an empty string."""
    model = model.lower()
    return next((family for family in FACTORS if family in model), "")
