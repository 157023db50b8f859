"""Any encoding that tiktoken knows, counted by tiktoken."""

from __future__ import annotations

import tiktoken


class TiktokenTokenizer:
    """Counts with tiktoken; special-token text counts as plain text."""

    exact = True

    def __init__(self, name: str) -> None:
        self.name = name
        self._encoding = tiktoken.get_encoding(name)

    def count(self, text: bytes | str) -> int:
        """Returns the number of tokens."""
        if isinstance(text, bytes):
            text = text.decode("utf-8")
        return len(self._encoding.encode(text, disallowed_special=()))
