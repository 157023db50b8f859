"""Headroom: the context compression layer for LLM agents."""

from headroom.api import Headroom, acompress, compress, restore, retrieve
from headroom.call import call_retrieve
from headroom.ccr.tool import retrieve_tool
from headroom.errors import (
    FormatError,
    HeadroomError,
    KeyMissing,
    SelectorError,
    StoreError,
)
from headroom.policy import Policy
from headroom.result import Result

__all__ = [
    "FormatError",
    "Headroom",
    "HeadroomError",
    "KeyMissing",
    "Policy",
    "Result",
    "SelectorError",
    "StoreError",
    "acompress",
    "call_retrieve",
    "compress",
    "restore",
    "retrieve",
    "retrieve_tool",
]

__version__ = "0.1.0"
