"""The plugin: a middleware at the one place where an agent calls its model."""

from __future__ import annotations

from typing import Any, TypeAlias

from strands.middleware import InvokeModelContext, InvokeModelStage
from strands.plugins import Plugin

from headroom import Headroom
from headroom_strands._compression import Compression
from headroom_strands.tools import HeadroomRetrieveTool

Agent: TypeAlias = Any
Tool: TypeAlias = Any


class HeadroomPlugin(Plugin):
    """Compresses what the agent's model reads. The agent keeps every message as it was.

    The model is offered `headroom_retrieve`, which the agent runs like any other tool: what the
    model asked for is part of the conversation, and stays there in the next turn and in sessions.

    Args:
        headroom: Compresses; default: the one behind `headroom.compress`.
        retrieve: Whether the tool is offered. Without it nothing is left out, unless your own tools
            offer it.

    Example:
        >>> agent = Agent(model=model, tools=tools, plugins=[HeadroomPlugin()])
    """

    name = "headroom"

    def __init__(self, *, headroom: Headroom | None = None, retrieve: bool = True) -> None:
        super().__init__()
        self.compression = Compression(headroom)
        self._offered = [HeadroomRetrieveTool(headroom=headroom)] if retrieve else []

    @property
    def tools(self) -> list[Tool]:
        """What the agent's model is offered besides."""
        return [*super().tools, *self._offered]

    def init_agent(self, agent: Agent) -> None:
        """Registers the middleware."""
        agent.add_middleware(InvokeModelStage.Input, self._shorter)

    async def _shorter(self, context: InvokeModelContext) -> InvokeModelContext:
        messages = await self.compression.ashorter(
            context.messages, context.tool_specs, context.model, context.dynamic_trailing_blocks
        )
        return context.replace(messages=messages)
