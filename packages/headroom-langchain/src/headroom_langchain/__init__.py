"""Headroom for LangChain: agents and chat models that send less, and lose nothing."""

from headroom.integrations.versions import warn_unless_supported
from headroom_langchain.chat_model import HeadroomChatModel, without_headroom
from headroom_langchain.tools import HeadroomRetrieveTool

__all__ = ["HeadroomChatModel", "HeadroomRetrieveTool", "without_headroom"]

warn_unless_supported("headroom-langchain", "langchain-core")
