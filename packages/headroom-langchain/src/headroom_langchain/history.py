"""A history of messages that is read shorter than it is kept."""

from __future__ import annotations

from collections.abc import Sequence

from langchain_core.chat_history import BaseChatMessageHistory
from langchain_core.messages import BaseMessage

from headroom import Headroom, retrieve_tool
from headroom_langchain._compression import Compression


class HeadroomChatMessageHistory(BaseChatMessageHistory):
    """Gives the messages of another history, shorter. That one keeps them as they came.

    Args:
        inner: The history that keeps the messages.
        headroom: Compresses; default: the one behind `headroom.compress`.
        retrieve: Whether whoever reads them can ask for what was left out: its model is offered
            `headroom_retrieve`. If not, nothing is left out.

    Example:
        >>> history = HeadroomChatMessageHistory(SQLChatMessageHistory("session"))
        >>> model.invoke([*history.messages, HumanMessage("What failed?")])
    """

    def __init__(
        self,
        inner: BaseChatMessageHistory,
        *,
        headroom: Headroom | None = None,
        retrieve: bool = False,
    ) -> None:
        self.inner = inner
        self._compression = Compression(headroom)
        self._tools = [retrieve_tool()] if retrieve else []

    @property
    def messages(self) -> list[BaseMessage]:
        """The messages, shorter."""
        return list(self._compression.shorter(self.inner.messages, tools=self._tools))

    async def aget_messages(self) -> list[BaseMessage]:
        """Returns the messages, shorter, without blocking the event loop."""
        messages = await self.inner.aget_messages()
        return list(await self._compression.ashorter(messages, tools=self._tools))

    def add_messages(self, messages: Sequence[BaseMessage]) -> None:
        """Keeps messages."""
        self.inner.add_messages(messages)

    async def aadd_messages(self, messages: Sequence[BaseMessage]) -> None:
        """Keeps messages."""
        await self.inner.aadd_messages(messages)

    def clear(self) -> None:
        """Forgets all messages."""
        self.inner.clear()

    async def aclear(self) -> None:
        """Forgets all messages."""
        await self.inner.aclear()
