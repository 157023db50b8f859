"""Headroom: the context compression layer for LLM agents."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from headroom.api import acompress, compress, restore, retrieve
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

if TYPE_CHECKING:
    from headroom.engine import Headroom
    from headroom.sdk import with_headroom, without_headroom

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
    "with_headroom",
    "without_headroom",
]

__version__ = "0.1.0"


_LATER = {
    "Headroom": "headroom.engine",
    "with_headroom": "headroom.sdk",
    "without_headroom": "headroom.sdk",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a class, a function, or the error below
    """Loads what is asked for the first time: the import of this package stays cheap."""
    if name == "withHeadroom":  # as it is called elsewhere
        name = "with_headroom"
    if name not in _LATER:
        raise AttributeError(f"module 'headroom' has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)
