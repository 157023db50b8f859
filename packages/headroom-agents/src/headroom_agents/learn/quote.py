"""What may be quoted in advice that a model is going to read.

Outputs of tools come from anywhere, and what an agent types may repeat them. Only single words of
commands and paths are quoted, of characters that neither end a code span nor make a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_PLAIN = re.compile(r"[A-Za-z0-9_./:=@%+,~^*\[\]-]+")
_WORD, _WORDS, _LINE = 64, 7, 96
_LEFT_OUT = "…"


def command(words: Sequence[str]) -> str:
    """Returns a command as Markdown code; words that may not be quoted are left out."""
    shown: list[str] = []
    for word in words[:_WORDS]:
        plain = word if len(word) <= _WORD and _PLAIN.fullmatch(word) else _LEFT_OUT
        if plain != _LEFT_OUT or shown[-1:] != [_LEFT_OUT]:
            shown.append(plain)
    if len(words) > _WORDS and shown[-1:] != [_LEFT_OUT]:
        shown.append(_LEFT_OUT)
    while len(shown) > 1 and len(" ".join(shown)) > _LINE:
        shown = [*shown[:-2], _LEFT_OUT]
    return f"`{' '.join(shown)}`"


def may_be_quoted(word: str) -> bool:
    """Returns whether a word can stand in advice as it is."""
    return len(word) <= 2 * _WORD and _PLAIN.fullmatch(word) is not None


def path(name: str) -> str:
    """Returns a path as Markdown code."""
    return f"`{name}`" if may_be_quoted(name) else f"`{_LEFT_OUT}`"


def times(count: int) -> str:
    """Returns how often."""
    return "once" if count == 1 else f"{count:,} times"


def sessions(count: int) -> str:
    """Returns in how many sessions."""
    return "one session" if count == 1 else f"{count:,} sessions"
