"""Headroom: the context compression layer for LLM agents."""

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


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a class, or the error below
    """Loads `Headroom` when it is first asked for: the import of this package stays cheap."""
    if name != "Headroom":
        raise AttributeError(f"module 'headroom' has no attribute {name!r}")
    from headroom.engine import Headroom  # noqa: PLC0415 - see above

    return Headroom
