"""The middleware for agents made by `create_agent`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from langchain.agents.middleware import AgentMiddleware, ModelRequest

from headroom import Headroom
from headroom_langchain._compression import Compression
from headroom_langchain.tools import HeadroomRetrieveTool

Response: TypeAlias = Any


class HeadroomMiddleware(AgentMiddleware):
    """Compresses what the agent's model reads. The agent's state keeps every message as it was.

    The model is offered `headroom_retrieve`, which the agent runs like any other tool: what the
    model asked for is part of the conversation, and stays there in the next turn and after a restart.

    Args:
        headroom: Compresses; default: the one behind `headroom.compress`.
        retrieve: Whether the tool is offered. Without it nothing is left out, unless your own tools
            offer it.

    Example:
        >>> agent = create_agent(model, tools, middleware=[HeadroomMiddleware()])
    """

    def __init__(self, *, headroom: Headroom | None = None, retrieve: bool = True) -> None:
        super().__init__()
        self.tools = [HeadroomRetrieveTool(headroom=headroom)] if retrieve else []
        self._compression = Compression(headroom)

    def wrap_model_call(
        self, request: ModelRequest, handler: Callable[[ModelRequest], Response]
    ) -> Response:
        """Calls the model with shorter messages."""
        messages = self._compression.shorter(
            request.messages, tools=request.tools, model=request.model
        )
        return handler(request.override(messages=messages))

    async def awrap_model_call(
        self, request: ModelRequest, handler: Callable[[ModelRequest], Awaitable[Response]]
    ) -> Response:
        """Calls the model with shorter messages, without blocking the event loop."""
        messages = await self._compression.ashorter(
            request.messages, tools=request.tools, model=request.model
        )
        return await handler(request.override(messages=messages))
