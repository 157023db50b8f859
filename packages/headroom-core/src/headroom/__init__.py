"""Headroom: the context compression layer for LLM agents."""

from headroom.api import Headroom, Result, compress, restore, retrieve
from headroom.policy import Policy

__all__ = ["Headroom", "Policy", "Result", "compress", "restore", "retrieve"]
