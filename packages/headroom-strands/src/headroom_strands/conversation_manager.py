"""Fits what is sent into the model's window, where other managers take messages from the agent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeAlias

from strands.agent.conversation_manager import ConversationManager
from strands.hooks import AgentInitializedEvent, HookRegistry

from headroom import Headroom
from headroom.api import default
from headroom_strands._compression import Compression, name_of
from headroom_strands._messages import conversation_of
from headroom_strands.plugin import HeadroomPlugin

Agent: TypeAlias = Any
State: TypeAlias = Any
Option: TypeAlias = Any

_SHARE = 0.9
"""Of the tokens that were too many: the budget from then on. What is folded goes down to 70 % of it."""


class HeadroomConversationManager(ConversationManager):
    """Compresses as `HeadroomPlugin` does; when the window is full, folds older results to outlines.

    Other managers drop or summarise messages of the agent. With this one the agent keeps all, and
    `headroom_retrieve` shows the model what was folded. Each time the window is full, what is sent is
    held below what was too much from then on; that budget is part of the agent's session. With
    `Policy(fit_window=True)` it begins with the model's own window. A conversation with thinking that
    is bound to its prefix cannot be folded: the overflow is raised.

    Args:
        headroom: Compresses; default: the one behind `headroom.compress`.
        retrieve: Whether the tool is offered. Without it nothing is left out, and nothing folded.

    Example:
        >>> Agent(model=model, tools=tools, conversation_manager=HeadroomConversationManager())
    """

    def __init__(self, *, headroom: Headroom | None = None, retrieve: bool = True) -> None:
        super().__init__()
        self._headroom = headroom
        self._plugin = HeadroomPlugin(headroom=headroom, retrieve=retrieve)
        self._budget: int | None = None

    def register_hooks(self, registry: HookRegistry, **kwargs: Option) -> None:
        """Waits for the agent."""
        super().register_hooks(registry, **kwargs)
        registry.add_callback(AgentInitializedEvent, self._join)

    def apply_management(self, agent: Agent, **kwargs: Option) -> None:
        """Does nothing: the agent keeps its messages."""

    def reduce_context(self, agent: Agent, e: Exception | None = None, **kwargs: Option) -> None:
        """Holds what is sent to a smaller budget from the next call on.

        Raises:
            Exception: `e`, where nothing can be folded.
        """
        before = self._tokens(agent)
        held = self._budget
        self._hold_to(max(1, int(before * _SHARE)))
        if self._tokens(agent) >= before:
            self._hold_to(held)
            if e is not None:
                raise e

    def get_state(self) -> State:
        """Returns what a session keeps."""
        return {**super().get_state(), "budget_tokens": self._budget}

    def restore_from_session(self, state: State) -> None:
        """Goes on with what a session kept."""
        super().restore_from_session(state)
        self._hold_to(state["budget_tokens"])

    def _join(self, event: AgentInitializedEvent) -> None:
        self._plugin.init_agent(event.agent)
        if self._plugin.tools:
            event.agent.tool_registry.process_tools(self._plugin.tools)

    def _hold_to(self, budget: int | None) -> None:
        self._budget = budget
        headroom = self._headroom or default()
        policy = replace(headroom.policy, budget_tokens=budget or headroom.policy.budget_tokens)
        self._plugin.compression = Compression(headroom.under(policy))

    def _tokens(self, agent: Agent) -> int:
        """Returns the tokens of the agent's messages as they go out."""
        tools = agent.tool_registry.get_all_tool_specs()
        headroom = self._plugin.compression.requests.allowed(tools)
        read = conversation_of(agent.messages)
        return headroom.decide(read, model=name_of(agent.model)).receipt.tokens_after
