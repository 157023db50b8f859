"""Labelled estimates for models whose tokenizer is not public: an exact count times a factor.

A factor is one number per model family, so a comparison before and after is one of exact counts:
what is fewer tokens here is fewer tokens there up to how the families differ on a text.
"""

from __future__ import annotations

from headroom.protocols import Tokenizer

FACTORS: dict[str, float] = {
    "claude": 1.20,
    "gemini": 1.05,
    "llama": 1.05,
    "mistral": 1.15,
    "mixtral": 1.15,
    "deepseek": 1.05,
    "qwen": 1.05,
    "grok": 1.00,
    "command": 1.10,
}
"""Tokens per o200k_base token on a mix of prose, code and data, rounded to 0.05 (November 2026).

Source: vendors' statements and public comparisons; none is exact, which is why the receipt says so.
"""


class Estimate:
    """Counts with another tokenizer and scales."""

    exact = False

    def __init__(self, base: Tokenizer, family: str) -> None:
        self._base = base
        self._factor = FACTORS.get(family, 1.0)
        self.name = f"{base.name}×{self._factor:g}"

    def count(self, text: bytes | str) -> int:
        """Returns an estimate of the number of tokens."""
        return round(self._base.count(text) * self._factor)


class Characters:
    """The last resort where no ranks are at hand: a token is about 3.5 bytes."""

    exact = False
    name = "bytes÷3.5"

    def count(self, text: bytes | str) -> int:
        """Returns an estimate of the number of tokens."""
        size = len(text) if isinstance(text, bytes) else len(text.encode("utf-8", "surrogatepass"))
        return round(size / 3.5)
