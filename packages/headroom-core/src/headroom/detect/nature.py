"""Tells text that people write (source code, prose, markup) from what programs print line by line.

Only the second may lose lines because they look alike. Looks at a bounded sample.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice
from typing import Literal

Nature = Literal["source", "prose", "markup", "output"]

_PIECE = 4_000
"""Bytes of each of the three samples: start, middle, end."""

_LINES = 10
"""Lines of each of them: recognising must cost less than compressing."""

_NUMBERED = re.compile(rb"\s*\d+(?:\t|[:|\-] ?|\s{2})")
_STAMPED = re.compile(
    rb"\s*[\[(<]*(?:\d{4}[-/.]\d\d[-/.]\d\d|\d\d[:.]\d\d[:.]\d\d|\d\d-\d\d \d\d:|[A-Z][a-z]{2} +\d{1,2} "
    rb"\d\d:|(?:[A-Z][a-z]{2} ){2}\d\d |\d{10}\b|\d+\.\d{6}\]|TRACE\b|DEBUG\b|INFO\b|NOTICE\b|WARN"
    rb"(?:ING)?\b|ERROR\b|FATAL\b)"
)
_CODE = re.compile(
    rb"(?:def|class|import|from|return|if|elif|else|for|while|try|except|finally|with|raise|assert|async"
    rb"|await|func|fn|pub|impl|struct|enum|trait|match|use|mod|let|const|var|type|interface|export"
    rb"|function|package|public|private|protected|static|void|int|char|float|double|bool|unsigned"
    rb"|template|namespace|using|typedef|switch|case|break|continue|default|throw|catch|new|extends"
    rb"|override|final|virtual|inline|auto|extern|goto|do|lambda|yield|pass)\b"
    rb"|//|/\*|\*/|\* |#\s*(?:include|define|if|ifdef|ifndef|endif|else|pragma)\b|@\w|[})\]]+[;,)]*$"
    rb"|\w[\w.\[\]]* [-+*/|&]?= |self\.|this\.|\"\"\"|\"[^\"]*\": "
)
_DECLARES = re.compile(
    rb"\n(?: *\d+\t)?(?:def|class|from|import|func|fn|pub|impl|use|struct|enum|trait|package|export|const|function"
    rb"|static|template|namespace|typedef|public|private|#include|#define|module|@\w+)\b"
)
_DECLARED = 3
"""Lines that declare something and are not indented: code that is quoted is, or has few."""

_LOG, _LOG_WITH_TITLES = 0.04, 0.25
"""Share of lines with a time or a level that makes a log; a document with titles may quote one."""

_SPREAD = 120
"""Lines, evenly spread, that tell a file that starts with a page of documentation from one."""

_HINT = 0.2
"""Share of the sample that must be code for that."""

_CODE_END = re.compile(rb"(?:[{};,(\[]|\):|=>|->|&&|\|\||\\)\s*$")
_MARKUP = re.compile(rb"\s*</?[A-Za-z!][^>]*>?|.*</[A-Za-z]+>\s*$", re.DOTALL)
_SENTENCE = re.compile(rb"[A-Za-z\x80-\xff][\w,;:'\"()\x80-\xff-]*(?: +\S+){5,}", re.DOTALL)
_HEADING = re.compile(rb"#{1,6} [\w`*_\[]|(?:```|~~~)[\w+-]*\s*$|\[[^\]]+\]: ?\S|!?\[[^\]]*\]\(")
_SECTION = re.compile(rb"\n\r?\n#{1,6} [^\s#][^\n]*\n(?=\r?\n)")
"""A heading with a blank line above and below, or a comment that names a part of a script."""

_SYMBOLS = re.compile(rb"\xe2[\x80-\xbf]{2}")
"""Dashes, arrows, lines and boxes: programs draw with them."""

_ASCII = bytes(range(0x80))
_LETTERS = b"abcdefghijklmnopqrstuvwxyz " + bytes(range(0x80, 0x100))
_FUNCTION_WORDS = re.compile(
    rb"\b(?:the|a|an|of|to|and|in|is|that|for|with|as|are|be|this|it|der|die|das|und|le|la|les|de|et|el"
    rb"|los|que|il|di|en|o|os|um|uma)\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=16)
def nature_of(data: bytes) -> Nature:
    """Returns what a text looks like; `output` where nothing speaks for the others."""
    lines: Sequence[bytes] = sample(data)
    if not lines:
        return "output"
    titled = len(list(islice(_SECTION.finditer(data), 2))) == 2
    if _is_log(lines, titled=titled):
        return "output"
    if is_numbered(lines):
        lines = [line[m.end() :] if (m := _NUMBERED.match(line)) else line for line in lines]
        lines = [line for line in lines if line.strip()] or [b""]
    if _count(_MARKUP, tuple(lines)) >= 0.5 * len(lines):
        return "markup"
    code = sum(map(_is_code, lines)) / len(lines)
    fenced = b"\n```" in data
    if code >= 0.5 and not titled:
        return "source"
    if code >= _HINT and not fenced and _is_source(data):
        return "source"
    if titled or _is_prose(lines):
        return "prose"
    return "output"


def _is_log(lines: Sequence[bytes], *, titled: bool) -> bool:
    """Returns whether lines are of a log; a document with titles may show one, above all at its end."""
    if not titled:
        return is_stamped(lines)
    before_the_end = tuple(lines[: -(-len(lines) * 2 // 3)])
    return _count(_STAMPED, before_the_end) >= max(5, _LOG_WITH_TITLES * len(lines))


def is_stamped(lines: Sequence[bytes], least: float = _LOG) -> bool:
    """Returns whether a share of the lines, and more than a few, start with a time or a level."""
    return _count(_STAMPED, tuple(lines)) >= max(5, least * len(lines))


def is_numbered(lines: Sequence[bytes]) -> bool:
    """Returns whether nearly all lines start with a number, as `cat -n` and `nl` print them."""
    return _count(_NUMBERED, tuple(lines)) >= 0.8 * len(lines)


@lru_cache(maxsize=16)
def sample(data: bytes) -> tuple[bytes, ...]:
    """Returns whole lines from the start, the middle and the end of a text, none of them blank.

    Every compressor looks at the same sample, so the last few are kept.
    """
    return tuple(line for line in _sampled(data) if line.strip())


def _sampled(data: bytes) -> Sequence[bytes]:
    if len(data) <= 3 * _PIECE:
        lines = data.splitlines()
        if len(lines) <= 3 * _LINES:
            return lines
        middle = (len(lines) - _LINES) // 2
        return (*lines[:_LINES], *lines[middle : middle + _LINES], *lines[-_LINES:])
    middle = (len(data) - _PIECE) // 2
    start = data[:_PIECE].splitlines()
    between = data[middle : middle + _PIECE].splitlines()
    end = data[-_PIECE:].splitlines()
    # A line longer than a piece is looked at in part.
    return (
        *(start[:-1] or start)[:_LINES],
        *(between[1:-1] or between[:1])[:_LINES],
        *(end[1:] or end)[-_LINES:],
    )


@lru_cache(maxsize=32)
def _count(pattern: re.Pattern[bytes], lines: tuple[bytes, ...]) -> int:
    """Returns how many lines match; several compressors ask the same of the same sample."""
    return sum(map(bool, map(pattern.match, lines)))


def _is_source(data: bytes) -> bool:
    """Returns whether a text declares things and is code throughout, whatever its sample says."""
    if len(list(islice(_DECLARES.finditer(data), _DECLARED))) < _DECLARED:
        return False
    lines = [line for line in data.splitlines() if line.strip()]
    lines = lines[:: -(-len(lines) // _SPREAD)]
    lines = [line[m.end() :] if (m := _NUMBERED.match(line)) else line for line in lines]
    return sum(map(_is_code, lines)) >= 0.5 * len(lines)


def _is_code(line: bytes) -> bool:
    return _CODE.match(line.lstrip()) is not None or _CODE_END.search(line) is not None


def _is_prose(lines: Sequence[bytes]) -> bool:
    """Returns whether most of the text is in sentences, or it is Markdown, or not in ASCII."""
    size = sum(map(len, lines))
    if sum(_HEADING.match(line.lstrip()) is not None for line in lines) >= max(
        3, 0.04 * len(lines)
    ):
        return True
    if sum(len(_SYMBOLS.sub(b"", line.translate(None, _ASCII))) for line in lines) >= 0.3 * size:
        return True
    text = b" ".join(x for x in lines if _SENTENCE.match(x.lstrip(b' \t#>*-0123456789.`[("')))
    letters = len(text) - len(text.translate(None, _LETTERS))
    if len(text) < 0.6 * size or letters < 0.82 * len(text):
        return False
    return len(_FUNCTION_WORDS.findall(text)) >= 0.06 * len(text.split())
