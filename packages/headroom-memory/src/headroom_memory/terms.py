"""What a text is found by: words, parts of identifiers, pairs of characters where no spaces are.

Texts and queries go through the same function, so that an index needs no rules of its own: it gets
terms with spaces between. None of its syntax can come out of here.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

_WORD = re.compile(r"\d+(?:\.\d+)+|[^\W_]+(?:_+[^\W_]+)*")
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f]+"
)
"""Runs of scripts without spaces: Thai, Lao, Burmese, Khmer, Kana, Han; and Hangul, whose words carry
endings.
"""

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_ACCENT = re.compile("[\u0300-\u036f]")
_ENDINGS = (
    "ations", "ation", "ments", "ment", "ings", "ions", "ing", "ion", "ers", "ies", "er", "es", "ed",
    "s", "y", "e",
)  # fmt: skip
_LEAST_STEM = 3
_LONGEST = 64
_MOST = 64

_STOP = frozenset(
    word
    for line in (
        "a about all an and any are as at be by can did do does for from had has have how i if in",
        "into is it its me my no not of on or our should so that the their them then there these",
        "they this to us was we were what when where which who why will with you your",
    )
    for word in line.split()
)


def terms(text: str) -> list[str]:
    """Returns the terms of a text in order, with repetitions.

    Example:
        >>> terms("getUserName() 保存する")
        ['getusername', 'get', 'user', 'name', 'getuser', 'username', '保存', '存す', 'する', 'る']
    """
    plain = _ACCENT.sub("", unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text)))
    found: list[str] = []
    for word in _WORD.findall(unicodedata.normalize("NFC", plain)):
        start = 0
        for run in _UNSPACED.finditer(word):
            found += _of_word(word[start : run.start()])
            found += _pairs(run[0])
            start = run.end()
        found += _of_word(word[start:])
    return [term[:_LONGEST] for term in found]


def indexed(text: str) -> list[str]:
    """Returns what a text is found by: its terms without their endings, and the others once."""
    whole = terms(text)
    stems = [_stem(term) for term in whole]
    return [*stems, *dict.fromkeys(t for t, stem in zip(whole, stems, strict=True) if t != stem)]


def asked(query: str) -> list[str]:
    """Returns the different terms of a query, without their endings.

    Words that are everywhere are left out, unless there is nothing else.
    """
    return list(dict.fromkeys(map(_stem, _telling(query))))


def begun(query: str) -> list[str]:
    """Returns what may be the beginning of a longer word."""
    found = dict.fromkeys([*asked(query), *_telling(query)])
    return [term for term in found if len(term) >= _LEAST_STEM or not term.isascii()]


def _telling(query: str) -> list[str]:
    found = list(dict.fromkeys(terms(query)))[:_MOST]
    return [term for term in found if term not in _STOP] or found


def _of_word(word: str) -> list[str]:
    """Returns a word; of an identifier also its parts: camelCase and snake_case are the same."""
    pieces = [part for piece in word.split("_") if piece for part in _camel(piece)]
    whole = "".join(pieces).lower()
    if len(pieces) < 2:
        return [whole] if whole else []
    parts = [piece.lower() for piece in pieces]
    pairs = [a + b for a, b in pairwise(parts)] if len(parts) > 2 else []
    return [whole, *parts, *pairs]


def _camel(piece: str) -> list[str]:
    return _CAMEL.split(piece)


def _pairs(run: str) -> list[str]:
    """Returns overlapping pairs, and the last character, so that each one begins a term."""
    return [*(run[n : n + 2] for n in range(len(run) - 1)), run[-1]]


def _stem(term: str) -> str:
    """Returns what words with other endings begin with; a term too short to tell stays whole."""
    if term.isascii() and term.isalpha():
        for ending in _ENDINGS:
            if term.endswith(ending) and len(term) >= len(ending) + _LEAST_STEM:
                return term.removesuffix(ending)
    return term
