"""The passages of a text that people wrote: headings, paragraphs, items, table rows, code.

A text is cut into pieces first: lines, and the sentences of lines that hold a whole paragraph. A
passage is a run of pieces.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from headroom.compressors._select import Units, lines_of
from headroom.compressors._sentences import first_sentence, sentence_ends

Kind = Literal["heading", "text", "item", "row", "code", "mark", "blank"]

LONG = 240
"""Bytes of a line that is a paragraph by itself, and is cut into sentences."""

_MOST = 1_200
"""Bytes from which a passage ends with the next sentence."""

_TITLE = 120
_FRONT_MATTER = 40
"""Lines within which what starts a file has to end."""

_FENCE = re.compile(rb"[ \t>]*(```+|~~~+)[ \t]*([^\s`]?)")
_HEADING = re.compile(rb" {0,8}#{1,6} |={2,6} \S.* ={2,6}\s*$|\[[^\]\n]+\]:[ \t]*\S")
_UNDERLINE = re.compile(rb"(?:={3,}|-{3,}|~{3,}|\^{3,})\s*$")
_ITEM = re.compile(rb"[ \t]*(?:[-*+]|\xe2\x80\xa2|\d{1,3}[.)])[ \t]+\S")
_ROW = re.compile(rb"[ \t]*\|")
_RULE = re.compile(rb"[ \t]*\|?[ \t:|+-]*-[ \t:|+-]*\s*$")
_MARK = re.compile(rb"[ \t]*(?:</?[A-Za-z!][^<>]*>[ \t]*)+$|[ \t]*(?:[-*_][ \t]*){3,}$")
_TURN = re.compile(
    rb"[\[(]?\d{1,2}:\d\d|\*{0,2}[A-Z][\w.' -]{0,30}(?: ?[\[(][\d:.]+[\])])?:\*{0,2}\s"
    rb"|\[[\w:. -]{1,30}\]\s|\(?Document |<[\w.-]+> "
)
ENDED = re.compile(rb"(?:[.!?:;,]|\xe3\x80\x82|\xef\xbc[\x81\x9f\x9a])['\")\]*_]*\s*$")
"""The end of a sentence, or of what leads to a list."""


@dataclass(frozen=True, slots=True)
class Passage:
    """The pieces `first` to `end` (half-open); the first `head` of them say what it is about."""

    kind: Kind
    first: int
    end: int
    head: int = 1


def pieces_of(data: bytes) -> Units:
    """Returns the lines of a text, long ones cut into their sentences."""
    units = lines_of(data)
    starts = array("i")
    for start, end in pairwise(units.starts):
        starts.append(start)
        if end - start >= LONG and data[start : start + 1] != b"|":
            starts.extend(start + n for n in sentence_ends(data[start:end].rstrip()))
    if len(starts) == len(units):
        return units
    starts.append(len(data))
    return Units(data, starts.tobytes())


def passages_of(texts: Sequence[bytes]) -> list[Passage]:
    """Returns the passages of a text, given its pieces; together they hold every piece."""
    return list(_Reader(texts).passages())


class _Reader:
    """Goes through pieces once."""

    def __init__(self, texts: Sequence[bytes]) -> None:
        self._texts = texts
        self._closes = _fences(texts)

    def passages(self) -> Iterator[Passage]:
        """Yields the passages in order."""
        at = self._front_matter()
        if at:
            yield Passage("heading", 0, at, at)
        while at < len(self._texts):
            kind = self._kind(at)
            end = self._end(at, kind)
            if kind == "text" and self._is_title(at, end):
                kind, end = "heading", at + 1 + (_UNDERLINE.match(self._next(at)) is not None)
            elif kind == "row" and _RULE.match(self._next(at)):
                kind, end = "heading", at + 2
            yield Passage(kind, at, end, self._head(kind, at, end))
            at = end

    def _front_matter(self) -> int:
        if not self._texts or self._texts[0].rstrip() not in (b"---", b"+++"):
            return 0
        for n, text in enumerate(self._texts[1:_FRONT_MATTER], start=2):
            if text.rstrip() == self._texts[0].rstrip():
                return n
        return 0

    def _kind(self, at: int) -> Kind:
        text = self._texts[at]
        if at in self._closes:
            return "code" if self._closes[at] > at + 1 else "heading"
        if not text.strip():
            return "blank"
        if _HEADING.match(text):
            return "text" if self._is_comment(at) else "heading"
        if _ROW.match(text):
            return "row"
        if _MARK.match(text):
            return "mark"
        return "item" if _ITEM.match(text) else "text"

    def _is_comment(self, at: int) -> bool:
        """Returns whether a line that starts as a heading is one of several below each other."""
        if self._texts[at][:1] == b" ":
            return True
        above = self._texts[at - 1] if at else b""
        return self._next(at).startswith(b"# ") or above.startswith(b"# ")

    def _next(self, at: int) -> bytes:
        return self._texts[at + 1] if at + 1 < len(self._texts) else b""

    def _end(self, at: int, kind: Kind) -> int:
        if kind == "code":
            return self._closes[at]
        end, size = at + 1, len(self._texts[at])
        if kind not in ("text", "item"):
            return end
        while end < len(self._texts) and self._goes_on(end, size):
            size += len(self._texts[end])
            end += 1
        return end

    def _goes_on(self, at: int, size: int) -> bool:
        """Returns whether a piece belongs to the passage before it, of `size` bytes."""
        before, text = self._texts[at - 1], self._texts[at]
        if not before.endswith(b"\n"):  # in the same line
            return size + len(text) <= _MOST
        if len(before) >= LONG or len(text) >= LONG or self._kind(at) != "text":
            return False
        if before.lstrip()[:1] == b"#" != text.lstrip()[:1]:
            return False  # what a comment is about
        if size >= _MOST and (ENDED.search(before) or size >= 3 * _MOST):
            return False
        return _TURN.match(text) is None

    def _is_title(self, at: int, end: int) -> bool:
        """Returns whether a line is the title of what follows: underlined, or short above long."""
        text, below = self._texts[at], self._next(at)
        if not text.endswith(b"\n") or len(text) > _TITLE:
            return False
        if _UNDERLINE.match(below):
            return True
        if text.lstrip()[:1] in (b"#", b">"):
            return False
        alone = at == 0 or not self._texts[at - 1].strip()
        if (
            not alone
            or b". " in text
            or ENDED.search(text)
            or _ITEM.match(below)
            or not below.strip()
        ):
            return False
        if len(below) >= LONG:
            return True
        return end == at + 2 and len(text) <= _TITLE // 2 and ENDED.search(below) is not None

    def _head(self, kind: Kind, at: int, end: int) -> int:
        if kind == "code":
            return 2
        if kind not in ("text", "item"):
            return end - at
        stop = first_sentence(b"".join(self._texts[at:end]).rstrip())
        head = 0
        while stop > 0 and at + head < end:
            stop -= len(self._texts[at + head])
            head += 1
        return head


def _fences(texts: Sequence[bytes]) -> dict[int, int]:
    """Returns where fenced code ends, by its first piece; a fence without a partner ends at once.

    A segment may start behind a fence: then the first one, without a language, closes it.
    """
    closes: dict[int, int] = {}
    opened: tuple[int, bytes] | None = None
    first = True
    for n, text in enumerate(texts):
        match = _FENCE.match(text)
        if match is None:
            first = first and not text.strip()
        elif opened is None:
            if not (first and not match[2]):
                opened = (n, match[1])
            closes[n] = n + 1
        elif match[1] == opened[1] and not match[2]:
            closes[opened[0]] = n + 1
            opened = None
    return closes
