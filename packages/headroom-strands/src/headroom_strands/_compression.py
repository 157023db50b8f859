"""From the messages of a call to the messages that go out."""

from __future__ import annotations

import asyncio
from typing import Any, TypeAlias

from headroom import Headroom
from headroom.policy import DEFAULT_MODEL
from headroom.sdk.requests import Requests
from headroom_strands._messages import Messages, conversation_of, edited

Model: TypeAlias = Any
Tools: TypeAlias = Any
Sent: TypeAlias = list[Any]


class Compression:
    """Compresses the messages of calls, and leaves the agent's as they are.

    Args:
        headroom: Compresses; default: the one behind `headroom.compress`.
    """

    def __init__(self, headroom: Headroom | None = None) -> None:
        self.requests = Requests(headroom)

    def shorter(self, messages: Messages, tools: Tools, model: Model, changing: int = 0) -> Sent:
        """Returns the messages that go out. Whatever fails, they go out as they came.

        Args:
            messages: The conversation.
            tools: Specifications of what the model is offered. Lines are left out only where it can
                ask for them.
            model: Whose configuration names the model.
            changing: Blocks at the end of the last message that are others in every call.
        """
        kept, last = list(messages), []
        if changing and kept:
            content = kept[-1]["content"]
            kept[-1] = {**kept[-1], "content": content[:-changing]}
            last = content[-changing:]
        out = self.requests.edited(kept, conversation_of, edited, tools=tools, model=name_of(model))
        if last:
            out[-1] = {**out[-1], "content": [*out[-1]["content"], *last]}
        return list(out)

    async def ashorter(
        self, messages: Messages, tools: Tools, model: Model, changing: int = 0
    ) -> Sent:
        """Returns what `shorter` returns, without blocking the event loop."""
        return await asyncio.to_thread(self.shorter, messages, tools, model, changing)


def name_of(model: Model) -> str:
    """Returns the name of a model that its configuration has."""
    config = model.get_config()
    name = config.get("model_id") if isinstance(config, dict) else None
    return name if isinstance(name, str) and name else DEFAULT_MODEL
