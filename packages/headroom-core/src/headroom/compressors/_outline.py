"""The outline of a source file: which of its lines are bodies of functions, and long comments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from headroom.compressors._languages import Language, grammar_of

if TYPE_CHECKING:
    from tree_sitter import Node

_MOST_BYTES = 1 << 20
"""Size up to which a file is parsed: larger ones are mostly generated, and parsing is slow."""

_COMMENT_HEAD = 2
"""Lines of a comment that stay."""


class Part(NamedTuple):
    """The lines `start` to `end` (from 0, half-open) of what is declared from line `declared` on."""

    declared: int
    start: int
    end: int


@lru_cache(maxsize=32)
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
    parts = {part for node in found.get("function", ()) if (part := _body(node, code, language))}
    comments = [rows for node in found.get("comment", ()) if (rows := _rows(node, code))]
    return tuple(sorted(parts.union(_comments(comments))))


def _body(function: Node, code: bytes, language: Language) -> Part | None:
    """Returns the lines of a function that say nothing about how to call it."""
    node = function.child_by_field_name("body")
    if node is None:
        return None
    declared, start, end = function.start_point.row, node.start_point.row, node.end_point.row
    if language.braces:
        if function.type == "function_definition" and not _takes(function, node, code):
            return None
        start += 1
    else:
        if start == declared:
            return None
        end += 1
        start += _has_docstring(node)
    return Part(declared, start, end) if end > start else None


def _takes(function: Node, body: Node, code: bytes) -> bool:
    """Returns whether a C or C++ function has parameters; a namespace behind a macro has none."""
    return b"(" in code[function.start_byte : body.start_byte]


def _has_docstring(block: Node) -> bool:
    first = block.named_children[:1]
    return bool(first) and [c.type for c in first[0].named_children[:1]] == ["string"]


def _rows(comment: Node, code: bytes) -> tuple[int, int] | None:
    """Returns the rows of a comment, half-open; None where something else stands on them."""
    start, end = comment.start_byte, comment.end_byte
    (first, column), (last, width) = comment.start_point, comment.end_point
    if code[start - column : start].strip():
        return None
    if not width:  # it holds its line break
        return first, last
    stop = code.find(b"\n", end)
    return None if code[end : stop if stop >= 0 else None].strip() else (first, last + 1)


def _comments(rows: Iterable[tuple[int, int]]) -> Iterator[Part]:
    """Yields the runs of comment lines without their first ones."""
    runs: list[list[int]] = []
    for start, end in sorted(rows):
        if runs and start <= runs[-1][1]:
            runs[-1][1] = max(end, runs[-1][1])
        else:
            runs.append([start, end])
    for start, end in runs:
        if end - start > _COMMENT_HEAD:
            yield Part(start, start + _COMMENT_HEAD, end)
