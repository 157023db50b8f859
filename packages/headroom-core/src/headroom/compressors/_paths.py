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

from headroom.compressors._folders import BACKSLASH, SLASH, Item

_DITTO = "…".encode()
_SAME = b"[same text]"
_LEGEND = b"[" + _DITTO + b" = the path above]\n"
_SHORTEST, _LONG = 12, 24
"""Bytes of a path and of a text from which a word for it is shorter."""

_PATH = re.compile(
    rb"(?P<lead>\d+\. [A-Z]+ in |)(?P<path>\s*(?:\[\w+\] |- )?(?:File \")?\[?"
    rb"(?:[A-Za-z]:[\\/][^:\"<>|*?\n]*?|(?=[^\s:()\[\]\"'<>|=]*[/\\])[^\s:()\[\]\"'<>|=]++))"
    rb"(?=:\d|\(\d+[,)]|:\[\d|\", line \d| \(at line | ?: (?:error|warning|note)\b|::[A-Za-z_])"
)
# After a place a tool writes one space; more is the indentation of a line that a search found.
_PLACE = re.compile(
    rb"(?:[:(\[,\d\])]++(?: \(x\d++\):)?+|\", line \d++,?+| \(at line \d++\)| ):?+ ?+(?! )"
)
_SHORT = re.compile(rb"(\d+\. [A-Z]+ in |)" + _DITTO)
_TEXT = re.compile(rb"[^\r\n]*")


def says_paths(data: bytes) -> bool:
    """Returns whether the text holds what looks like our own notation."""
    return _DITTO in data or _SAME in data


def has_path(item: Item) -> bool:
    """Returns whether a line names a place in a file."""
    return item is not None and _PATH.match(item) is not None


class _Last:
    """The path and the text of the last line that had one."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Starts anew: nothing refers to what stands before a gap or a pointer."""
        self.path = self.text = b""

    def read(self, line: bytes) -> tuple[bytes, bytes, bytes, bytes]:
        """Returns what is before, path, place and text of a line, and keeps path and text."""
        match = _PATH.match(line)
        if not match:
            return b"", b"", b"", b""
        place = _PLACE.match(line, match.end())
        end = place.end() if place else match.end()
        text = _TEXT.match(line, end)
        self.path, said = match["path"], text[0] if text else b""
        if len(said) >= _LONG:
            self.text = said
        return match["lead"], self.path, line[match.end() : end], said


def fold_paths(
    items: Sequence[Item], verbatim: Container[bytes] = (), unclear: Container[int] = ()
) -> list[Item]:
    """Returns the lines with what they share with the last path said once.

    After the items in `unclear`, given by number, the first path is said in full.
    """
    out: list[Item] = []
    last = _Last()
    for n, item in enumerate(items):
        if item is None or n in unclear:
            last.forget()
            out.append(item)
            continue
        if SLASH not in item and BACKSLASH not in item:
            out.append(item)
            continue
        path, text = last.path, last.text
        found = last.read(item)
        out.append(
            _shortened(item, found, path, text) if found[1] and item not in verbatim else item
        )
    saved = len(b"".join(filter(None, items))) - len(b"".join(filter(None, out)))
    return [_LEGEND, *out] if saved > 2 * len(_LEGEND) else list(items)


def _shortened(
    line: bytes, found: tuple[bytes, bytes, bytes, bytes], path: bytes, text: bytes
) -> bytes:
    """Returns a line without what equals the last path and text."""
    lead, own_path, place, own_text = found
    rest = line[len(lead) + len(own_path) + len(place) :]
    if place and own_text == text and len(text) >= _LONG:
        rest = _SAME + rest[len(text) :]
    if place and own_path == path and len(path) >= _SHORTEST:
        own_path = _DITTO
    return lead + own_path + place + rest


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
        match = _SHORT.match(item)
        line = match[1] + last.path + item[match.end() :] if match else item
        line = line.replace(_SAME, last.text)
        last.read(line)
        out.append(line)
    return out
