"""Markdown as facts: a list item is one, and so is a paragraph; the heading above is its category."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_HEADING = re.compile(r" {0,3}#{1,6}\s+(.*?)\s*#*\s*$")
_ITEM = re.compile(r"( {0,3})(?:[-*+]|\d{1,9}[.)])\s+(?=\S)")
_FENCE = re.compile(r"\s*(```+|~~~+)")
_COMMENT = re.compile(r"<!--.*?-->", re.S)
_IMPORT = re.compile(r"@\S+")
_RULE = re.compile(r" {0,3}(?:[-*_]\s*){3,}$")
_LONGEST_HEADING = 80


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a file says: the text, the heading it is under, its line from 1."""

    text: str
    heading: str
    line: int


def items(text: str) -> list[Item]:
    """Returns what a Markdown text says, in order.

    Example:
        >>> items("# Tests\\n- run `make`\\n- slow ones:\\n  `make all`\\n")
        [Item(text='run `make`', heading='Tests', line=2), Item(text='slow ones:\\n`make all`', heading='Tests', line=3)]
    """
    found = []
    for heading, line, lines in _blocks(_without_front_matter(text)):
        said = _dedented(lines)
        if any(map(str.isalnum, said)) and not _IMPORT.fullmatch(said):
            found.append(Item(said, heading, line))
    return found


def _without_front_matter(text: str) -> list[str]:
    """Returns the lines; those of front matter and comments are empty, so that numbers stay."""
    text = _COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), text)
    lines = text.removeprefix("\ufeff").splitlines()
    if lines and lines[0].rstrip() == "---":
        end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() in ("---", "...")), 0)
        lines[: end + 1] = [""] * (end + 1)
    return lines


def _blocks(lines: list[str]) -> Iterator[tuple[str, int, list[str]]]:
    """Yields heading, number and lines of each item and paragraph; a fence belongs to what it follows."""
    heading, block, start, fence, in_item = "", [], 0, "", False
    for number, line in enumerate(lines, 1):
        if fence:
            block.append(line)
            fence = "" if line.strip().startswith(fence) else fence
            continue
        opened = _FENCE.match(line)
        title = None if opened else _HEADING.match(line)
        item = None if opened else _ITEM.match(line)
        indented = line.startswith(("  ", "\t")) and in_item
        ends = bool(title or (item and not indented) or _RULE.match(line))
        ends = ends or not (line.strip() or in_item)
        ends = ends or (bool(block) and not block[-1].strip() and not (indented or opened))
        if ends and block:
            yield heading, start, block
            block, in_item = [], False
        if title:
            heading = title[1][:_LONGEST_HEADING].strip()
        elif line.strip() and not _RULE.match(line):
            in_item = in_item or bool(item)
            start = start if block else number
            block.append(line)
        elif block:
            block.append(line)
        fence = opened[1] if opened else ""
    if block:
        yield heading, start, block


def _dedented(lines: list[str]) -> str:
    """Returns the lines of a block without its mark and what it indents."""
    mark = _ITEM.match(lines[0])
    if not mark:
        return "\n".join(lines).strip()
    width = mark.end()
    rest = [line[min(width, len(line) - len(line.lstrip())) :] for line in lines[1:]]
    return "\n".join([lines[0][width:], *rest]).strip()
