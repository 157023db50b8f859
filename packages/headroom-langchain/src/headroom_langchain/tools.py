"""The retrieve tool as LangChain has tools."""

from __future__ import annotations

from typing import Any

from langchain_core.tools import StructuredTool

from headroom import Headroom, call_retrieve, retrieve_tool


def HeadroomRetrieveTool(*, headroom: Headroom | None = None) -> StructuredTool:
    """Returns the tool `headroom_retrieve`, which shows what was left out of an earlier result.

    Args:
        headroom: Whose store has the originals; default: the one behind `headroom.compress`.
    """
    definition = retrieve_tool("anthropic")

    def retrieve(**arguments: Any) -> str:  # noqa: ANN401 - what the model wrote
        return call_retrieve(arguments, headroom=headroom)

    return StructuredTool(
        name=definition["name"],
        description=definition["description"],
        args_schema=definition["input_schema"],
        func=retrieve,
    )
