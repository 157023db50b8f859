"""Folds lines that repeat, without loss: what is folded stands in full just above.

Cloning test database for alias 'default'... [x9]     nine equal lines in a row
Traceback (most recent call last):                    a line that stood above,
[+4 lines as above]                                   and the four that followed it there
[date 2026-11-21]                                     the lines below, until the next such line,
10:00:01 INFO started                                 start with this date and a space
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import TypeAlias

from headroom import kernels

Item: TypeAlias = bytes | None
"""A line with its newline, or None where lines are left out."""

_NOTATION = re.compile(
    rb"(?: \[x\d+\]|^\[\+\d+ lines? as above\]|^\[date [^\]]+\]|^\[\.\.\./ = \S+\])(?=[\r\n]|\Z)",
    re.MULTILINE,
)
_SIGNS = (b" [x", b"[+", b"[date ", b"[.../")
_WORDS = ("…".encode(), b"[same text]")
_FRAME = re.compile(rb":\d++ in \S++$", re.MULTILINE)


def can_fold(items: Iterable[Item]) -> bool:
    """Returns whether the lines hold nothing that looks like our own notation."""
    data = b"".join(item for item in items if item is not None)
    if any(sign in data for sign in _SIGNS) and _NOTATION.search(data):
        return False
    if any(word in data for word in _WORDS):
        return False
    return b" in " not in data or _FRAME.search(data) is None


def fold(items: Sequence[Item], verbatim: Collection[bytes] = ()) -> list[Item]:
    """Returns the lines with what repeats folded; gaps stay where they are.

    Lines in `verbatim` keep their text. Of the others, dates and paths may be said once.
    """
    return kernels.fold_lines(list(items), _flags(items, verbatim))


def fold_repeats(items: Sequence[Item], *, least: int) -> list[Item]:
    """Returns the lines with pointers to those above in place of at least so many bytes."""
    return kernels.fold_repeats(list(items), least)


def fold_folder(items: Sequence[Item], verbatim: Collection[bytes] = ()) -> list[Item]:
    """Returns the lines with the folder that is worth most said once, above them."""
    return kernels.fold_folder(list(items), _flags(items, verbatim))


def _flags(items: Iterable[Item], verbatim: Collection[bytes]) -> bytes:
    return bytes(item in verbatim for item in items) if verbatim else b""
