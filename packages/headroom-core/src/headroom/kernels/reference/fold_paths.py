"""Twin of `fold`'s paths: says a path, and a message, once where line after line is about it.

[… = the path above]
  File "/srv/app/orders/cart.py", line 12, in total
    return sum(map(price, items))
…", line 30, in price                                      the path of the frame above
src/a.c:12:3: warning: unused variable
…:40:3: [same text]                                        and the text after the place as well
"""

from __future__ import annotations

import re
from collections.abc import Sequence

DITTO = "…".encode()
SAME = b"[same text]"
LEGEND = b"[" + DITTO + b" = the path above]\n"

PATH = re.compile(
    rb"(?P<lead>\d+\. [A-Z]+ in |)(?P<path>\s*(?:\[\w+\] |- )?(?:File \")?\[?"
    rb"(?:[A-Za-z]:[\\/][^:\"<>|*?\n]*?|(?=[^\s:()\[\]\"'<>|=]*[/\\])[^\s:()\[\]\"'<>|=]++))"
    rb"(?=:\d|\(\d+[,)]|:\[\d|\", line \d| \(at line | ?: (?:error|warning|note)\b|::[A-Za-z_])"
)
# After a place a tool writes one space; more is the indentation of a line that a search found.
PLACE = re.compile(
    rb"(?:[:(\[,\d\])]++(?: \(x\d++\):)?+|\", line \d++,?+| \(at line \d++\)| ):?+ ?+(?! )"
)
SHORT = re.compile(rb"(\d+\. [A-Z]+ in |)" + DITTO)
TEXT = re.compile(rb"[^\r\n]*")


def has_path(item: bytes | None) -> bool:
    """Returns whether a line names a place in a file."""
    return item is not None and PATH.match(item) is not None


class Last:
    """The path and the text of the last line that had one."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Starts anew: nothing refers to what stands before a gap or a pointer."""
        self.path = self.text = b""

    def read(self, line: bytes) -> tuple[bytes, bytes, bytes, bytes]:
        """Returns what is before, path, place and text of a line, and keeps path and text."""
        match = PATH.match(line)
        if not match:
            return b"", b"", b"", b""
        place = PLACE.match(line, match.end())
        end = place.end() if place else match.end()
        text = TEXT.match(line, end)
        self.path, said = match["path"], text[0] if text else b""
        if len(said) >= 24:
            self.text = said
        return match["lead"], self.path, line[match.end() : end], said


def fold_paths(
    lines: Sequence[tuple[bytes | None, bool]], unclear: Sequence[bool]
) -> list[tuple[bytes | None, bool]]:
    """Returns the lines with what they share with the last path said once."""
    out: list[tuple[bytes | None, bool]] = [(LEGEND, False)]
    last = Last()
    for (item, stays), is_unclear in zip(lines, unclear, strict=True):
        if item is None or is_unclear:
            last.forget()
            out.append((item, stays))
            continue
        path, text = last.path, last.text
        found = last.read(item)
        out.append((item if stays else shortened(item, found, path, text), stays))
    before, after = (sum(len(item or b"") for item, _ in some) for some in (lines, out[1:]))
    return out if before - after > 2 * len(LEGEND) else list(lines)


def shortened(
    line: bytes, found: tuple[bytes, bytes, bytes, bytes], path: bytes, text: bytes
) -> bytes:
    """Returns a line without what equals the last path and text."""
    lead, own_path, place, own_text = found
    rest = line[len(lead) + len(own_path) + len(place) :]
    if place and own_text == text and len(text) >= 24:
        rest = SAME + rest[len(text) :]
    if place and own_path == path and len(path) >= 12:
        own_path = DITTO
    return lead + own_path + place + rest


def unfold_paths(items: Sequence[bytes | None]) -> list[bytes | None]:
    """Returns what `fold_paths` was given."""
    if not items or items[0] != LEGEND:
        return list(items)
    out: list[bytes | None] = []
    last = Last()
    for item in items[1:]:
        if item is None:
            last.forget()
            out.append(item)
            continue
        match = SHORT.match(item)
        line = match[1] + last.path + item[match.end() :] if match else item
        line = line.replace(SAME, last.text)
        last.read(line)
        out.append(line)
    return out
