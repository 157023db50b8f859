"""Headroom for Strands Agents: agents send less, and keep their messages."""

from headroom.integrations.versions import warn_unless_supported
from headroom_strands.conversation_manager import HeadroomConversationManager
from headroom_strands.model import HeadroomStrandsModel, without_headroom
from headroom_strands.plugin import HeadroomPlugin
from headroom_strands.tools import HeadroomRetrieveTool

__all__ = [
    "HeadroomConversationManager",
    "HeadroomPlugin",
    "HeadroomRetrieveTool",
    "HeadroomStrandsModel",
    "without_headroom",
]

warn_unless_supported("headroom-strands", "strands-agents")
