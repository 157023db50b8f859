"""The tool that brings back what was left out."""

from __future__ import annotations

from typing import Any, TypeAlias

from agno.tools.function import Function

from headroom import Headroom, call_retrieve, retrieve_tool

Argument: TypeAlias = Any


def HeadroomRetrieveTool(*, headroom: Headroom | None = None) -> Function:
    """Returns the tool `headroom_retrieve`, which shows what was left out of an earlier result.

    Args:
        headroom: Whose store has the originals; default: the one behind `headroom.compress`.
    """
    definition = retrieve_tool("anthropic")

    def retrieve(**arguments: Argument) -> str:
        return call_retrieve(arguments, headroom=headroom)

    return Function(
        name=definition["name"],
        description=definition["description"],
        parameters=definition["input_schema"],
        entrypoint=retrieve,
        skip_entrypoint_processing=True,
    )
