"""The tool that brings back what was left out."""

from __future__ import annotations

from typing import Any, TypeAlias

from strands.tools import PythonAgentTool

from headroom import Headroom, call_retrieve, retrieve_tool

Use: TypeAlias = Any
Result: TypeAlias = Any
Option: TypeAlias = Any


def HeadroomRetrieveTool(*, headroom: Headroom | None = None) -> PythonAgentTool:
    """Returns the tool `headroom_retrieve`, which shows what was left out of an earlier result.

    `HeadroomPlugin` brings it; beside `HeadroomStrandsModel` it is one of the agent's tools.

    Args:
        headroom: Whose store has the originals; default: the one behind `headroom.compress`.
    """
    definition = retrieve_tool("anthropic")

    def retrieve(tool: Use, **_: Option) -> Result:
        text = call_retrieve(tool["input"], headroom=headroom)
        return {"toolUseId": tool["toolUseId"], "status": "success", "content": [{"text": text}]}

    spec = {
        "name": definition["name"],
        "description": definition["description"],
        "inputSchema": {"json": definition["input_schema"]},
    }
    return PythonAgentTool(definition["name"], spec, retrieve)
