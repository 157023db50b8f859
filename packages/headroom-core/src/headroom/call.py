"""Answers the model's call of the retrieve tool, for applications with a tool loop of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from headroom.api import default
from headroom.asked import answer
from headroom.types import JSON

if TYPE_CHECKING:
    from headroom.engine import Headroom


def call_retrieve(arguments: str | Mapping[str, JSON], *, headroom: Headroom | None = None) -> str:
    """Returns the tool result for a call; a mistake of the model's comes back as a sentence.

    Args:
        arguments: What the model wrote, as JSON text or as an object.
        headroom: Whose store has the original; default: that of `headroom.retrieve`.
    """
    return answer(arguments, (headroom or default()).retrieve).text
