"""Exact counts: the two current OpenAI encodings natively, older ones through tiktoken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headroom.errors import TokenizerError

if TYPE_CHECKING:
    from headroom.kernels import Bpe


class NativeTokenizer:
    """Counts o200k_base or cl100k_base exactly as tiktoken does."""

    exact = True

    def __init__(self, name: str, ranks: Bpe) -> None:
        self.name = name
        self._ranks = ranks

    def count(self, text: bytes | str) -> int:
        """Returns the number of tokens; special-token text counts as plain text."""
        try:
            return self._ranks.count(text)
        except UnicodeEncodeError:  # a lone surrogate counts as U+FFFD, as in tiktoken
            pairs = str(text).encode("utf-16", "surrogatepass")
            return self._ranks.count(pairs.decode("utf-16", "replace"))


class TiktokenTokenizer:
    """Counts any other encoding that tiktoken has at hand."""

    exact = True

    def __init__(self, name: str) -> None:
        import tiktoken  # noqa: PLC0415 - slow to import, and few models need it

        self.name = name
        try:
            self._encoding = tiktoken.get_encoding(name)
        except (OSError, ValueError) as error:
            raise TokenizerError(f"tiktoken has no ranks for {name}: {error}") from error

    def count(self, text: bytes | str) -> int:
        """Returns the number of tokens; special-token text counts as plain text."""
        if isinstance(text, bytes):
            text = text.decode("utf-8", "replace")
        return len(self._encoding.encode(text, disallowed_special=()))
