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
    rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|<![A-Z][^<>]*>"
    rb"|<(?P<close>/)?(?P<name>[A-Za-z_][\w:.-]*)(?P<rest>(?:[^<>\"']|\"[^\"]*\"|'[^']*')*?)(?P<empty>/)?>",
    re.DOTALL,
)
_DEEPEST = 200
_FEWEST = 4
_COVERED = 0.4
"""Share of the text that records must hold between them."""


@dataclass(frozen=True, slots=True)
class Node:
    """An element, a mapping or an item: lines first to last (from 0, inclusive), and its kind."""

    kind: tuple[str, ...]
    parent: int
    first: int
    last: int
    head: int
    """The last line of what names it: the start tag, or the line with its key."""


def xml_nodes(data: bytes) -> list[Node] | None:
    """Returns the elements of an XML text in order; those left open end where the text does.

    None if there are none, or if closing tags have no opening ones, as in no XML.
    """
    nodes: list[Node] = []
    stack: list[tuple[int, bytes]] = []
    line = position = 0
    for match in _TAG.finditer(data):
        line += data.count(b"\n", position, match.start())
        position = match.start()
        name = match["name"]
        if name is None:
            continue
        if match["close"]:
            if name not in (open_name for _, open_name in stack):
                return None
            at, closed = -1, b""
            while closed != name:
                at, closed = stack.pop()
                nodes[at] = _ending(nodes[at], line + data.count(b"\n", position, match.end()))
            continue
        parent = stack[-1][0] if stack else -1
        above = nodes[parent].kind if parent >= 0 else ()
        end = line + data.count(b"\n", position, match.end())
        nodes.append(Node((*above, name.decode("ascii", "replace")), parent, line, end, end))
        if not match["empty"]:
            stack.append((len(nodes) - 1, name))
            if len(stack) > _DEEPEST:
                return None
    last = data.rstrip().count(b"\n")
    for at, _ in stack:
        nodes[at] = _ending(nodes[at], last)
    return nodes or None


_YAML = re.compile(
    rb"(?P<space> *)(?P<dash>(?:- +)*)(?P<key>[^\s#&*!|>'\"%@`-][^:#]*|'[^']*'|\"[^\"]*\")?(?P<colon>:(?=\s|\Z))?"
)


def yaml_nodes(lines: Sequence[bytes]) -> list[Node] | None:
    """Returns the keys and items of block-style YAML in order, by their indentation."""
    nodes: list[Node] = []
    stack: list[tuple[int, int]] = []
    last = -1
    for n, line in enumerate(lines):
        text = line.strip()
        if not text or text.startswith(b"#"):
            continue
        match = _YAML.match(line)
        if match is None or b"\t" in line[: len(line) - len(line.lstrip())]:
            return None
        last = n
        for indent, name in _starts(match, text):
            while stack and stack[-1][0] >= indent:
                _, at = stack.pop()
                nodes[at] = _ending(nodes[at], _before(lines, n))
            if name is None:
                break
            parent = stack[-1][1] if stack else -1
            above = nodes[parent].kind if parent >= 0 else ()
            if len(above) > _DEEPEST:
                return None
            nodes.append(Node((*above, name), parent, n, n, n))
            stack.append((indent, len(nodes) - 1))
    for _, at in stack:
        nodes[at] = _ending(nodes[at], last)
    return nodes or None


def _starts(match: re.Match[bytes], text: bytes) -> Iterator[tuple[int, str | None]]:
    """Yields what a line starts: an item for each dash, then a key; None: it goes on."""
    if text in (b"---", b"..."):
        yield -1, "---"
        return
    indent = len(match["space"])
    for dash in re.finditer(rb"-( +)", match["dash"]):
        yield indent, "-"
        indent += len(dash[0])
    if text == b"-":
        yield indent, "-"
    elif match["key"] and match["colon"]:
        yield indent, match["key"].decode("utf-8", "replace")
    elif not match["dash"]:
        yield indent + 1_000, None  # a scalar that goes on


def _before(lines: Sequence[bytes], n: int) -> int:
    n -= 1
    while n > 0 and not lines[n].strip():
        n -= 1
    return n


def _ending(node: Node, last: int) -> Node:
    return Node(node.kind, node.parent, node.first, last, node.head)


def records(nodes: Sequence[Node], starts: Sequence[int]) -> list[Node]:
    """Returns the nodes to choose among: the largest group of siblings that holds much of the text.

    Siblings are of one kind (elements, items), or the keys of one mapping. `starts` says where each
    line starts. The nodes of a group share no line; there may be none.
    """
    groups: dict[tuple[str, ...] | int, list[Node]] = defaultdict(list)
    for node in nodes:
        groups[node.kind].append(node)
        groups[node.parent].append(node)
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
