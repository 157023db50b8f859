"""Says a path, and a message, once where line after line is about the same file.

[… = the path above]
  File "/srv/app/orders/cart.py", line 12, in total
    return sum(map(price, items))
…", line 30, in price                                      the path of the frame above
src/a.c:12:3: warning: unused variable
…:40:3: [same text]                                        and the text after the place as well
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from typing import TypeAlias

Item: TypeAlias = bytes | None
"""A line with its newline, or None where lines are left out."""

_DITTO = "…".encode()
_SAME = b"[same text]"
_LEGEND = b"[" + _DITTO + b" = the path above]\n"
_SHORTEST = 12
"""Bytes of a path, or of a text, from which a word for it is shorter."""

_PATH = re.compile(
    rb"\s*(?:\[\w+\] |- |\d+\. [A-Z]+ in )?(?:File \")?\[?"
    rb"(?:[A-Za-z]:[\\/][^:\"<>|*?\n]*?|[^\s:()\[\]\"'<>|=]*[/\\][^\s:()\[\]\"'<>|=]*)"
    rb"(?=:\d|\(\d+[,)]|:\[\d|\", line \d| \(at line |: )"
)
_PLACE = re.compile(rb"(?:[:(\[,\d\])]+|\", line \d+,?| \(at line \d+\)):? ")
_TEXT = re.compile(rb"[^\r\n]*")


def says_paths(data: bytes) -> bool:
    """Returns whether the text holds what looks like our own notation."""
    return _DITTO in data or _SAME in data


class _Last:
    """The path and the text of the last line that had one."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Starts anew: nothing refers to what stands before a gap."""
        self.path = self.text = b""

    def read(self, line: bytes) -> tuple[bytes, bytes, bytes]:
        """Returns path, place and text of a line, empty where there is none, and keeps them."""
        match = _PATH.match(line)
        if not match:
            return b"", b"", b""
        place = _PLACE.match(line, match.end())
        end = place.end() if place else len(line)
        text = _TEXT.match(line, end)
        found = (match[0], line[match.end() : end], text[0] if text else b"")
        self.path, self.text = found[0], found[2]
        return found


def fold_paths(items: Sequence[Item], verbatim: Container[bytes] = ()) -> list[Item]:
    """Returns the lines with what they share with the last path said once."""
    out: list[Item] = []
    last = _Last()
    saved = 0
    for item in items:
        if item is None:
            last.forget()
            out.append(item)
            continue
        path, text = last.path, last.text
        found = last.read(item)
        short = item
        if found[0] and item not in verbatim:
            if found[2] == text and len(text) >= 2 * _SHORTEST and found[1]:
                end = len(found[0]) + len(found[1])
                short = item[:end] + _SAME + item[end + len(text) :]
            if found[0] == path and len(path) >= _SHORTEST:
                short = _DITTO + short[len(path) :]
        saved += len(item) - len(short)
        out.append(short)
    if saved <= 2 * len(_LEGEND):
        return list(items)
    return [_LEGEND, *out]


def unfold_paths(items: Sequence[Item]) -> list[Item]:
    """Returns what `fold_paths` was given."""
    if not items or items[0] != _LEGEND:
        return list(items)
    out: list[Item] = []
    last = _Last()
    for item in items[1:]:
        if item is None:
            last.forget()
            out.append(item)
            continue
        line = last.path + item[len(_DITTO) :] if item.startswith(_DITTO) else item
        line = line.replace(_SAME, last.text)
        last.read(line)
        out.append(line)
    return out
