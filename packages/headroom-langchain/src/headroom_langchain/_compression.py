"""From the messages of a call to the messages that go out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from langchain_core.messages import BaseMessage

from headroom import Headroom
from headroom.integrations.messages import edited
from headroom.policy import DEFAULT_MODEL
from headroom.sdk.requests import Requests
from headroom_langchain._messages import conversation_of


class Shorter(list[BaseMessage]):
    """Messages that were compressed for this call: models call themselves in more than one way."""


class Compression:
    """Compresses the messages of calls, and leaves the caller's as they are.

    Args:
        headroom: Compresses; default: the one behind `headroom.compress`.
    """

    def __init__(self, headroom: Headroom | None = None) -> None:
        self._requests = Requests(headroom)

    def shorter(
        self, messages: Sequence[BaseMessage], *, tools: object = None, model: object = None
    ) -> list[BaseMessage]:
        """Returns the messages that go out. Whatever fails, they go out as they came.

        Args:
            messages: The conversation.
            tools: What the model is offered. Lines are left out only where it can ask for them.
            model: The chat model, whose name tells the tokenizer.
        """
        if isinstance(messages, Shorter):
            return messages
        sent = self._requests.edited(
            messages, conversation_of, edited, tools=tools, model=name_of(model)
        )
        return Shorter(sent)

    async def ashorter(
        self, messages: Sequence[BaseMessage], *, tools: object = None, model: object = None
    ) -> list[BaseMessage]:
        """Returns what `shorter` returns, without blocking the event loop."""
        return await asyncio.to_thread(self.shorter, messages, tools=tools, model=model)


def name_of(model: object) -> str:
    """Returns the name that a chat model gives its model, by whichever attribute."""
    names = (getattr(model, name, None) for name in ("model_name", "model", "model_id"))
    return next((name for name in names if isinstance(name, str) and name), DEFAULT_MODEL)
