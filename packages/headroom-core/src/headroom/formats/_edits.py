"""Edits into Python structures: copies only what lies on an edit's path."""

from __future__ import annotations

from collections.abc import Sequence

from headroom.formats._read import plain
from headroom.types import JSON, Edit, Path


def apply_edits(messages: Sequence[JSON], edits: Sequence[Edit]) -> list[JSON]:
    """Returns the messages with the edits applied; untouched messages are the same objects."""
    out = list(messages)
    fresh: dict[Path, JSON] = {}
    for edit in edits:
        _put(out, edit, fresh)
    return out


def _put(out: list[JSON], edit: Edit, fresh: dict[Path, JSON]) -> None:
    node: JSON = out
    for depth, key in enumerate(edit.path[1:-1], start=2):
        here = edit.path[:depth]
        if here not in fresh:
            fresh[here] = node[key] = _shallow(node[key])
        node = fresh[here]
    node[edit.path[-1]] = edit.text


def _shallow(node: JSON) -> JSON:
    node = plain(node)
    return dict(node) if isinstance(node, dict) else list(node)
