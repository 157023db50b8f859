"""The retrieve tool, as the providers want it declared. Its bytes are the same in every version."""

from __future__ import annotations

import copy

from headroom.types import JSON, Shape

NAME = "headroom_retrieve"

# Every request of a session carries these tokens: what a marker says need not stand here too.
_DESCRIPTION = (
    "Shows what was left out of an earlier tool result. Its markers say what to pass: "
    '[…120-206 left out; source intact: headroom_retrieve("ref", lines="120-206")]. '
    "Later markers there, such as […300-420], share its ref."
)
_PARAMETERS: JSON = {
    "type": "object",
    "properties": {
        "ref": {"type": "string"},
        "lines": {"type": "string", "description": "120-180; -20: the last 20"},
        "rows": {"type": "string"},
        "path": {"type": "string", "description": "JSONPath"},
        "query": {"type": "string", "description": "words"},
        "max_tokens": {"type": "integer"},
    },
    "required": ["ref"],
}


def retrieve_tool(wire_format: Shape = "openai") -> dict[str, JSON]:
    """Returns the tool definition; declare it from the first turn of a session or never.

    For Gemini it is one of the `functionDeclarations` of a tool.

    Example:
        >>> retrieve_tool("anthropic")["name"]
        'headroom_retrieve'
    """
    parameters = copy.deepcopy(_PARAMETERS)
    tool: dict[str, JSON] = {"name": NAME, "description": _DESCRIPTION}
    match wire_format:
        case "openai":
            return {"type": "function", "function": {**tool, "parameters": parameters}}
        case "openai_responses":  # there strict is the default, and wants every parameter
            return {"type": "function", **tool, "parameters": parameters, "strict": False}
        case "anthropic":
            return {**tool, "input_schema": parameters}
        case "gemini":
            return {**tool, "parametersJsonSchema": parameters}


def is_retrieve_tool(name: str) -> bool:
    """Returns whether a tool is ours, also by the name that an MCP client gives it."""
    return name == NAME or name.endswith("__" + NAME)
