"""The shape of XML and YAML by lines: which lines form a record, and which name what it is in.

A small reader of tags and indentation, not a parser: no entities, no document types, no references,
nothing recursive. What it cannot follow it leaves alone.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

_TAG = re.compile(
    rb"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<\?.*?(?:\?>|\Z)|<![A-Z][^<>]*>"
    rb"|<(/)?([A-Za-z_][\w:.-]*+)(?:[^<>\"'/]++|\"[^\"]*+\"|'[^']*+'|/(?!>))*+(/)?>",
    re.DOTALL,
)
_YAML = re.compile(
    rb"^( *+)(?:([^\S\n]*+(?:#|(?=\n|\Z)))|(\s)|(---|\.\.\.)(?=[^\S\n]*+(?:\n|\Z))"
    rb"|((?:- +)*+)(-(?=\r?(?:\n|\Z)))?"
    rb"(?:([^\s#&*!|>'\"%@`-][^:#\n]*+|'[^'\n]*+'|\"[^\"\n]*+\"):(?=\s|\Z))?)[^\n]*+\n?",
    re.MULTILINE,
)
"""A line: its indentation, then nothing or a comment, a tab, a document's start, or dashes and key."""
_DEEPEST = 200
_FEWEST = 4
_COVERED = 0.4
"""Share of the text that records must hold between them."""


@dataclass(slots=True)
class Node:
    """An element, a mapping or an item: lines first to last (from 0, inclusive).

    Not frozen: where it ends is known last.

    Attributes:
        kind: Equal for nodes with the same name in parents of the same kind.
        parent: The number of the node that it is in, or -1.
        first: Its first line.
        last: Its last line.
        head: The last line of what names it: the start tag, or the line with its key.
    """

    kind: int
    parent: int
    first: int
    last: int
    head: int


class _Tree:
    """Nodes in order, and those that are still open with their names and indentations."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.open: list[tuple[bytes, int, int, Node]] = []
        self._kinds: dict[tuple[int, bytes], int] = {}

    def add(self, name: bytes, first: int, last: int, indent: int, *, empty: bool = False) -> None:
        """Adds a node to the innermost open one; it is open itself if it can hold others."""
        parent, above = -1, -1
        if self.open:
            _, _, parent, node = self.open[-1]
            above = node.kind
        kind = self._kinds.setdefault((above, name), len(self._kinds))
        added = Node(kind, parent, first, last, last)
        if not empty:
            self.open.append((name, indent, len(self.nodes), added))
        self.nodes.append(added)

    def end(self, last: int) -> None:
        """Ends the innermost open node."""
        self.open.pop()[3].last = last

    def done(self, last: int) -> list[Node] | None:
        """Ends all nodes; returns them, or None if there are none."""
        while self.open:
            self.end(last)
        return self.nodes or None


def xml_nodes(data: bytes) -> list[Node] | None:
    """Returns the elements of an XML text in order; those left open end where the text does.

    None if there are none, or if closing tags have no opening ones, as in no XML.
    """
    tree = _Tree()
    line = position = 0
    for match in _TAG.finditer(data):
        close, name, empty = match.groups()
        if name is None:
            continue
        start, end = match.span()
        first = line + data.count(b"\n", position, start)
        line = first + data.count(b"\n", start, end)
        position = end
        if not close:
            tree.add(name, first, line, 0, empty=bool(empty))
        elif all(name != above[0] for above in reversed(tree.open)):
            return None
        else:
            while tree.open[-1][0] != name:
                tree.end(line)
            tree.end(line)
        if len(tree.open) > _DEEPEST:
            return None
    return tree.done(data.rstrip().count(b"\n"))


def yaml_nodes(data: bytes) -> list[Node] | None:
    """Returns the keys and items of block-style YAML in order, by their indentation."""
    tree = _Tree()
    last = written = -1
    for n, match in enumerate(_YAML.finditer(data)):
        space, nothing, tab, document, dashes, dash, key = match.groups()
        if nothing is not None:
            written = n if nothing[-1:] == b"#" else written
            continue
        if tab:
            return None
        indent = -1 if document else len(space)
        if document or dashes or dash or key:
            while tree.open and tree.open[-1][1] >= indent:
                tree.end(written)
        last = written = n
        if document:
            tree.add(document, n, n, -1)
        for item in dashes.split(b"-")[1:] if dashes else ():
            tree.add(b"-", n, n, indent)
            indent += 1 + len(item)
        if dash or key:
            tree.add(dash or key, n, n, indent)
        if len(tree.open) > _DEEPEST:
            return None
    return tree.done(last)


def records(nodes: Sequence[Node], starts: Sequence[int]) -> list[Node]:
    """Returns the nodes to choose among: the largest group of siblings that holds much of the text.

    Siblings are of one kind (elements, items), or the keys of one mapping. `starts` says where each
    line starts. The nodes of a group share no line; there may be none.
    """
    groups: dict[int, list[Node]] = defaultdict(list)
    for node in nodes:
        groups[2 * node.kind].append(node)
        groups[2 * node.parent + 1].append(node)
    text = starts[-1] - starts[0]
    best: list[Node] = []
    for members in groups.values():
        if len(members) < max(_FEWEST, len(best) + 1):
            continue
        size = sum(starts[m.last + 1] - starts[m.first] for m in members)
        if size >= _COVERED * text and all(a.last < b.first for a, b in pairwise(members)):
            best = members
    return best


def heads_of(node: Node, nodes: Sequence[Node]) -> Iterator[int]:
    """Yields the lines that name what a record is in, from the inside out."""
    parent = node.parent
    while parent >= 0:
        above = nodes[parent]
        yield from range(above.first, above.head + 1)
        parent = above.parent
