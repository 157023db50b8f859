"""Edits into a framework's own messages, where these are pydantic objects with a `content`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

from headroom.formats import apply_edits
from headroom.types import Edit

M = TypeVar("M", bound=Any)


def edited(messages: Sequence[M], edits: Sequence[Edit]) -> list[M]:
    """Returns the messages with the edits applied; untouched messages are the same objects.

    Args:
        messages: The conversation.
        edits: With paths such as ("messages", 3, "content", 0, "text").
    """
    out = list(messages)
    for edit in edits:
        message = out[int(edit.path[1])]
        inside = replace(edit, path=("content", 0, *edit.path[3:]))
        (content,) = apply_edits([message.content], [inside])
        out[int(edit.path[1])] = message.model_copy(update={"content": content})
    return out
