"""Answers the model's call of the retrieve tool, for applications with a tool loop of their own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from headroom.api import default
from headroom.errors import KeyMissing, SelectorError
from headroom.types import JSON

if TYPE_CHECKING:
    from headroom.engine import Headroom

_TEXTS = ("query", "lines", "rows", "path")


def call_retrieve(arguments: str | Mapping[str, JSON], *, headroom: Headroom | None = None) -> str:
    """Returns the tool result for a call; a mistake of the model's comes back as a sentence.

    Args:
        arguments: What the model wrote, as JSON text or as an object.
        headroom: Whose store has the original; default: that of `headroom.retrieve`.
    """
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except ValueError as error:
            return f"The arguments are no JSON: {error}"
    if not isinstance(arguments, Mapping) or not isinstance(arguments.get("ref"), str):
        return 'Expected {"ref": "…"}, with "lines", "rows", "path" or "query".'
    texts = {k: str(arguments[k]) for k in _TEXTS if arguments.get(k) not in (None, "")}
    limit = arguments.get("max_tokens")
    try:
        return (headroom or default()).retrieve(
            arguments["ref"], **texts, max_tokens=limit if isinstance(limit, int) else None
        )
    except (KeyMissing, SelectorError) as error:
        return str(error)
