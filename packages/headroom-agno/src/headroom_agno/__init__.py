"""Headroom for Agno: agents and teams send less, and keep their messages."""

from headroom.integrations.versions import warn_unless_supported
from headroom_agno.compression_manager import HeadroomCompressionManager
from headroom_agno.model import HeadroomAgnoModel, without_headroom
from headroom_agno.tools import HeadroomRetrieveTool

__all__ = [
    "HeadroomAgnoModel",
    "HeadroomCompressionManager",
    "HeadroomRetrieveTool",
    "without_headroom",
]

warn_unless_supported("headroom-agno", "agno")
