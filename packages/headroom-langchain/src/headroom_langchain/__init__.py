"""Headroom for LangChain: agents and chat models that send less, and lose nothing."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from headroom.integrations.versions import warn_unless_supported
from headroom_langchain.chat_model import HeadroomChatModel, without_headroom
from headroom_langchain.documents import HeadroomDocumentCompressor
from headroom_langchain.history import HeadroomChatMessageHistory
from headroom_langchain.tools import HeadroomRetrieveTool, HeadroomTool

if TYPE_CHECKING:
    from headroom_langchain.middleware import HeadroomMiddleware

__all__ = [
    "HeadroomChatMessageHistory",
    "HeadroomChatModel",
    "HeadroomDocumentCompressor",
    "HeadroomMiddleware",
    "HeadroomRetrieveTool",
    "HeadroomTool",
    "without_headroom",
]

warn_unless_supported("headroom-langchain", "langchain-core")


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a class, or the error below
    """Loads the middleware when it is asked for: only agents have the package that it needs."""
    if name != "HeadroomMiddleware":
        raise AttributeError(f"module 'headroom_langchain' has no attribute {name!r}")
    try:
        return import_module("headroom_langchain.middleware").HeadroomMiddleware
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "langchain":
            raise
        raise ImportError(
            "HeadroomMiddleware needs langchain: pip install 'headroom-langchain[agents]'"
        ) from error
