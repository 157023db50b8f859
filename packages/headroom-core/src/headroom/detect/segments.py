"""Splits a text into segments; what lies between them is never touched.

A block is mostly one thing. Split off are fenced code, what stands between the tags and labels that
agents put around the output of a command, and JSON after or between other lines. In a user's
message only such clearly pasted data may be touched: the rest are the user's own words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from headroom.detect.nature import is_numbered, is_stamped, nature_of, sample
from headroom.kernels import json_valid
from headroom.types import Detection, Segment

WORDS = "words"
"""Content type of what no compressor may touch."""

_LEAST = 400
"""Bytes of a part that is worth a segment of its own."""

_EXAMPLE = 2_000
"""Bytes of a fenced part up to which it illustrates a document, rather than being data."""

_EXAMPLES = 0.3
"""Share of a document up to which such parts belong to it."""

_PASTED_LINES = 8

_TRIES = 8
"""Places at which JSON is looked for without success: lines may start with a bracket by chance."""

_BRACKET = re.compile(rb"\n[\[{]")
_CLOSING = {b"[": b"]", b"{": b"}"}

_FENCE = re.compile(rb"\n(?:```|~~~)[^\n]*")
"""Both start with the line break before: to search for one character is five times as fast as `^`."""

_OPEN = re.compile(
    rb"<([\w-]{0,24}(?:output|stdout|stderr|result|observation|warning|error|file|document)"
    rb"[\w-]{0,24})>\n?",
    re.IGNORECASE,
)
_DOCUMENT = (b"<?", b"<!")
"""What XML starts with: its elements may be called as the tags around outputs are."""

_LABEL = re.compile(rb"\A(?:observation|output|stdout|result)s?:[ \t]*\n", re.IGNORECASE)
_SHELL = re.compile(rb"\A(?:<[\w-]+>\n)?(?:(?:Command|Directory): [^\n]*\n)*Output: (?=\S)")
_SHELL_END = re.compile(
    rb"(?:(?:\n(?:Error|Exit Code|Signal|Background PIDs|Process Group PGID): [^\n]*)+(?:\n</[\w-]+>)?"
    rb"|\n</[\w-]+>)\s*\Z"
)
"""Gemini CLI says on one line that it is the output, and behind it how the command ended."""

_SHELL_END_BYTES = 600
_TRACEBACK = re.compile(
    rb"^Traceback \(most recent call last\):$|^\s+at [\w$.<>]+\(.*\)$", re.MULTILINE
)


def segment(data: bytes, *, pasted: bool = False, omit: bool = False) -> tuple[Segment, ...]:
    """Returns the segments of a text in order; joined, their data is the text.

    Args:
        data: The text of a block.
        pasted: The block is a user's message: only what was clearly pasted may be touched.
        omit: Lines may be left out: a document is then one segment with the examples in it, because
            which of its sections matter shows only when all are seen together.
    """
    parts = list(_parts(data, whole=omit and not pasted))
    if not parts and pasted and not _is_pasted(data):
        return (Segment(data, Detection(WORDS, 1.0)),)
    out: list[Segment] = []
    position, line = 0, 1
    for start, end in [*parts, (len(data), len(data))]:
        if start > position:
            between = data[position:start]
            words = bool(parts) and (pasted or len(between) < _LEAST)
            out.append(Segment(between, Detection(WORDS if words else "text", 1.0), line))
            line += between.count(b"\n")
        if end > start:
            out.append(Segment(data[start:end], Detection("text", 0.0), line))
            line += data.count(b"\n", start, end)
        position = end
    return tuple(out)


def _parts(data: bytes, *, whole: bool) -> Iterator[tuple[int, int]]:
    """Yields the ranges of what is fenced, wrapped, labelled or JSON, if they are large.

    `whole`: none of a document that they only illustrate.
    """
    outer = [(a, b) for a, b in _marked_off(data) if b - a >= _LEAST]
    if whole and outer and _illustrate(outer, data):
        return
    for start, end in outer or [(0, len(data))]:
        position = start
        for first, last in _islands(data[start:end]):
            if outer and start + first - position >= _LEAST:
                yield position, start + first
            position = start + last
            yield start + first, position
        if outer and end - position >= _LEAST:
            yield position, end


def _marked_off(data: bytes) -> Iterator[tuple[int, int]]:
    """Yields the ranges of what is fenced, wrapped or labelled."""
    if label := _LABEL.match(data):
        yield label.end(), len(data)
        return
    if shell := _SHELL.match(data):
        ended = _SHELL_END.search(data, max(shell.end(), len(data) - _SHELL_END_BYTES))
        if ended:
            yield shell.end(), ended.start()
            return
    if _holds(data, b"```") or _holds(data, b"~~~"):
        yield from _fenced(data)
    elif _holds(data, b"</") and data.lstrip()[:2] not in _DOCUMENT:
        yield from _wrapped(data)


def _illustrate(parts: Sequence[tuple[int, int]], data: bytes) -> bool:
    """Returns whether fenced parts are short examples in a long document."""
    sizes = [end - start for start, end in parts]
    if max(sizes) > _EXAMPLE or sum(sizes) > _EXAMPLES * len(data):
        return False
    fenced = all(data[end : end + 3] in (b"```", b"~~~") for _, end in parts)
    return fenced and nature_of(data) == "prose"


def _holds(data: bytes, sign: bytes) -> bool:
    """Returns `sign in data`; to look for its last byte first is ten times as fast."""
    return sign[-1:] in data and sign in data


def _fenced(data: bytes) -> Iterator[tuple[int, int]]:
    """Yields what stands between a fence and the next one of the same kind and length."""
    opened: tuple[bytes, int] | None = None
    for match in _FENCE.finditer(b"\n" + data):
        line = match[0].strip()
        fence = line[: len(line) - len(line.lstrip(line[:1]))]
        if opened is None:
            opened = (fence, min(match.end(), len(data)))
        elif line == opened[0]:
            yield opened[1], match.start()
            opened = None


def _wrapped(data: bytes) -> Iterator[tuple[int, int]]:
    """Yields what stands between a tag and the next one that closes it."""
    position = 0
    never_closed: set[bytes] = set()
    for match in _OPEN.finditer(data):
        if match.start() < position or match[1] in never_closed:
            continue
        end = data.find(b"</" + match[1] + b">", match.end())
        if end < 0:
            never_closed.add(match[1])
            continue
        yield match.end(), end
        position = end


def _islands(data: bytes) -> Iterator[tuple[int, int]]:
    """Yields the ranges of large JSON values that start a line, where not all is JSON."""
    if data[:1] not in _CLOSING and not _holds(data, b"\n[") and not _holds(data, b"\n{"):
        return
    if data.lstrip()[:1] in _CLOSING and data.rstrip()[-1:] in _CLOSING.values():
        return
    position = tries = 0
    text = b"\n" + data
    while tries < _TRIES and (match := _BRACKET.search(text, position)):
        position = _json_end(data, match.start())
        if position - match.start() >= _LEAST:
            yield match.start(), position
        else:
            tries += 1
            position = max(position, match.end())


def _json_end(data: bytes, start: int) -> int:
    """Returns the end of the line on which a JSON value ends that starts here; `start` if none."""
    end = data.find(b"\n", start) + 1 or len(data)
    if json_valid(data[start:end]):
        return end
    close = data.find(b"\n" + _CLOSING[data[start : start + 1]], end - 1)
    end = data.find(b"\n", close + 1) + 1 or len(data)
    return end if close >= 0 and json_valid(data[start:end]) else start


def _is_pasted(data: bytes) -> bool:
    """Returns whether a whole message is data: nobody writes such lines by hand."""
    if len(data) < _LEAST:
        return False
    if data.lstrip()[:1] in (b"{", b"[") and data.rstrip()[-1:] in (b"}", b"]"):
        return True
    lines = sample(data)
    if len(lines) < _PASTED_LINES:
        return False
    return is_stamped(lines, 0.5) or is_numbered(lines) or _TRACEBACK.search(data) is not None
