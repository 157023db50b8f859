"""Agno's own seam for compression: shorter results beside the whole ones, in every message."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from agno.compression.manager import CompressionManager
from agno.models.message import Message

from headroom import Headroom
from headroom.api import default
from headroom.policy import DEFAULT_MODEL
from headroom.sdk.requests import Requests
from headroom.types import Edit
from headroom_agno._messages import conversation_of

Model: TypeAlias = Any
Option: TypeAlias = Any


class HeadroomCompressionManager(CompressionManager):
    """Compresses tool results as they are sent, for agents and teams whose model you cannot wrap.

    No model is asked. Each message keeps its `content` and gets `compressed_content` besides, which
    Agno sends and stores. Lines are left out only where the tools offer `headroom_retrieve`. Text
    that users paste stays as it is: for that, and for models that Agno falls back to only, wrap
    them in `HeadroomAgnoModel`.

    Args:
        headroom: Compresses; default: the one behind `headroom.compress`.

    Example:
        >>> Agent(model=model, tools=tools, compression_manager=HeadroomCompressionManager())
    """

    def __init__(self, *, headroom: Headroom | None = None) -> None:
        super().__init__()
        chosen = headroom or default()
        self._requests = Requests(chosen.under(replace(chosen.policy, user_text=False)))

    def should_compress(
        self,
        messages: list[Message],
        tools: list[Option] | None = None,
        model: Model = None,
        response_format: Option = None,
    ) -> bool:
        """Compresses, for only here Agno says which tools there are; so nothing is left to do."""
        del response_format
        name = getattr(model, "id", None) or DEFAULT_MODEL
        self._requests.edited(messages, conversation_of, _noted, tools=tools, model=name)
        return False

    async def ashould_compress(
        self,
        messages: list[Message],
        tools: list[Option] | None = None,
        model: Model = None,
        response_format: Option = None,
    ) -> bool:
        """Compresses without blocking the event loop."""
        return await asyncio.to_thread(
            self.should_compress, messages, tools, model, response_format
        )


def _noted(messages: Sequence[Message], edits: Sequence[Edit]) -> list[Message]:
    """Puts texts beside those that they stand for; what stands there already was sent."""
    for edit in edits:
        message = messages[int(edit.path[1])]
        if isinstance(message.content, str) and message.compressed_content is None:
            message.compressed_content = edit.text
    return list(messages)
