"""JSON pointers, and the part of JSONPath that people write: keys, indices, slices, `*`, `..`.

Source: RFC 6901 and RFC 9535.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from headroom.errors import SelectorError
from headroom.types import JSON

_STEP = re.compile(
    r"""(?P<deep>\.\.)?(?:
        \.?(?P<key>[^.\[\]'"*\s]+)
      | \.?(?P<all>\*)
      | \[(?:(?P<quoted>'[^']*'|"[^"]*")|(?P<star>\*)|(?P<slice>-?\d*:-?\d*)|(?P<index>-?\d+))\]
    )""",
    re.X,
)
_MOST = 10_000
"""Values that a path may lead to; more is a mistake."""


def follow(document: JSON, path: str) -> JSON:
    """Returns the value at a path; a list of values where the path can name several.

    Raises:
        SelectorError: The path is malformed or leads nowhere; says where it ends and what is there.
    """
    if path in ("", "$"):
        return document
    if path.startswith("/"):
        return _pointer(document, path)
    found, several, at = [document], False, 1 if path.startswith("$") else 0
    while at < len(path):
        match = _STEP.match(path, at)
        if not match:
            raise SelectorError(f"path: cannot read {path[at:]!r} in {path!r}")
        several = several or bool(match["deep"] or match["all"] or match["star"] or match["slice"])
        before = found
        starts = (
            node for value in before for node in (_descend(value) if match["deep"] else (value,))
        )
        found = [value for node in starts for value in _step(node, match)][:_MOST]
        if not found:
            raise SelectorError(
                f"path: {path[: match.end()]} leads nowhere; there is {describe(before[0])}"
            )
        at = match.end()
    return found if several else found[0]


def describe(value: JSON) -> str:
    """Returns what a value is, in a few words, for somebody who looked for something else."""
    if isinstance(value, dict):
        keys = ", ".join(list(value)[:12])
        return f"an object with the keys {keys}" if value else "an empty object"
    if isinstance(value, list):
        return f"an array of {len(value)}"
    return f"the value {value!r}"[:80]


def _pointer(document: JSON, path: str) -> JSON:
    node = document
    for token in path[1:].split("/"):
        key = token.replace("~1", "/").replace("~0", "~")
        if isinstance(node, dict) and key in node:
            node = node[key]
        elif isinstance(node, list) and key.isdigit() and int(key) < len(node):
            node = node[int(key)]
        else:
            raise SelectorError(f"path: {path} leads nowhere at {key!r}; there is {describe(node)}")
    return node


def _step(node: JSON, match: re.Match[str]) -> Iterator[JSON]:
    key = match["key"] if match["key"] is not None else (match["quoted"] or "")[1:-1]
    if match["all"] or match["star"]:
        if isinstance(node, dict | list):
            yield from node.values() if isinstance(node, dict) else node
    elif isinstance(node, dict):
        if (match["key"] or match["quoted"]) and key in node:
            yield node[key]
    elif isinstance(node, list):
        if match["slice"] is not None:
            start, _, end = match["slice"].partition(":")
            yield from node[int(start) if start else None : int(end) if end else None]
        elif match["index"] is not None and -len(node) <= int(match["index"]) < len(node):
            yield node[int(match["index"])]


def _descend(value: JSON) -> Iterator[JSON]:
    stack = [value]
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, dict | list):
            stack.extend(reversed(list(node.values()) if isinstance(node, dict) else node))
