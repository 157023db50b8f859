"""The outline of a source file: which of its lines are bodies of functions, and long comments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from headroom.compressors._languages import Language, grammar_of

if TYPE_CHECKING:
    from tree_sitter import Node

_MOST_BYTES = 1 << 20
"""Size up to which a file is parsed: larger ones are mostly generated, and parsing is slow."""

_COMMENT_HEAD = 2
"""Lines of a comment that stay."""


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """The lines `start` to `end` (from 0, half-open) of what is declared from line `declared` on."""

    declared: int
    start: int
    end: int


@lru_cache(maxsize=8)
def outline(code: bytes, language: Language) -> tuple[Part, ...] | None:
    """Returns the bodies and long comments in order, the outer before the inner.

    None: the grammar is not installed, or the file is too large.
    """
    grammar = grammar_of(language)
    if grammar is None or len(code) > _MOST_BYTES:
        return None
    from tree_sitter import Parser, QueryCursor  # noqa: PLC0415 - an extra, which is there

    tree = Parser(grammar.language).parse(code)
    found = QueryCursor(grammar.parts).captures(tree.root_node)
    parts = {part for node in found.get("body", ()) if (part := _body(node, language))}
    alone = [n for n in found.get("comment", ()) if _stands_alone(n, code)]
    return tuple(sorted(parts | set(_comments(alone))))


def _body(node: Node, language: Language) -> Part | None:
    """Returns the lines of a body that say nothing about how to call it."""
    declared = node.parent.start_point.row if node.parent else node.start_point.row
    start, end = node.start_point.row, node.end_point.row
    if language.braces:
        start += 1
    else:
        if start == declared:
            return None
        end += 1
        start += _has_docstring(node)
    return Part(declared, start, end) if end > start else None


def _has_docstring(block: Node) -> bool:
    first = block.named_children[:1]
    return bool(first) and [c.type for c in first[0].named_children[:1]] == ["string"]


def _last_row(node: Node) -> int:
    """Returns the last row with text of a node; a comment may hold its line break."""
    end = node.end_point
    return end.row if end.column else end.row - 1


def _stands_alone(comment: Node, code: bytes) -> bool:
    """Returns whether there is nothing but the comment on its lines."""
    start = code.rfind(b"\n", 0, comment.start_byte) + 1
    end = code.find(b"\n", max(comment.end_byte - 1, comment.start_byte))
    before, after = code[start : comment.start_byte], code[comment.end_byte : max(end, 0) or None]
    return not before.strip() and not after.strip()


def _comments(nodes: Iterable[Node]) -> Iterator[Part]:
    """Yields the runs of comment lines without their first ones."""
    runs: list[list[int]] = []
    for start, end in sorted((n.start_point.row, _last_row(n) + 1) for n in nodes):
        if runs and start <= runs[-1][1]:
            runs[-1][1] = max(end, runs[-1][1])
        else:
            runs.append([start, end])
    for start, end in runs:
        if end - start > _COMMENT_HEAD:
            yield Part(start, start + _COMMENT_HEAD, end)
