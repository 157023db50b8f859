"""A model that does what any request asks of it: calls what it must, fills what has a schema.

For the frameworks' own suites, which ask for all kinds of tools and structured outputs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from headroom.types import JSON
from headroom_testing.simulator import Call, Recorded, Reply

TEXT = "Hello, this is a text."


def oblige(request: Recorded) -> Reply:
    """Answers a request: with a call where tools are offered and no result stands last, with JSON
    where a schema is asked for, else with a text.
    """
    body = request.json
    said = _said(body)
    tools = dict(_tools(body))
    forced = _forced(body.get("tool_choice"))
    if tools and (forced or not _ends_with_result(body)) and body.get("tool_choice") != "none":
        name = forced if forced in tools else next(iter(tools))
        return Reply.of(Call(name, filled(tools[name], said)))
    schema = _schema(body)
    if schema is not None:
        return Reply.of(json.dumps(filled(schema, said), ensure_ascii=False))
    return Reply.of(TEXT)


def filled(schema: JSON, said: str = "", definitions: JSON = None) -> JSON:
    """Returns a value that a JSON schema allows; strings are what the request puts in quotes."""
    definitions = definitions or schema.get("$defs", {})
    if "$ref" in schema:
        return filled(definitions[schema["$ref"].rpartition("/")[2]], said, definitions)
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    for choice in ("anyOf", "allOf", "oneOf"):
        if choice in schema:
            return filled(schema[choice][0], said, definitions)
    match schema.get("type"):
        case "object":
            properties = schema.get("properties", {})
            return {name: filled(one, said, definitions) for name, one in properties.items()}
        case "array":
            return [filled(schema.get("items", {}), said, definitions)]
        case "integer" | "number":
            return 3
        case "boolean":
            return True
        case _:
            quoted = re.search(r"'([^']+)'", said)
            return quoted[1] if quoted else "text"


def _messages(body: JSON) -> list[JSON]:
    given = body.get("messages") or body.get("input") or []
    return given if isinstance(given, list) else [{"role": "user", "content": given}]


def _said(body: JSON) -> str:
    return " ".join(json.dumps(m, ensure_ascii=False) for m in _messages(body))


def _ends_with_result(body: JSON) -> bool:
    last = _messages(body)[-1]
    kinds = {last.get("role"), last.get("type")}
    content = last.get("content")
    for part in content if isinstance(content, list) else ():
        kinds.add(part.get("type") if isinstance(part, dict) else "")
    return bool(kinds & {"tool", "tool_result", "function_call_output"})


def _tools(body: JSON) -> Iterator[tuple[str, JSON]]:
    for tool in body.get("tools") or ():
        function = tool.get("function") or tool
        schema = function.get("parameters") or function.get("input_schema") or {"type": "object"}
        if "name" in function:
            yield function["name"], schema


def _forced(choice: JSON) -> str:
    """Returns the tool that has to be called, `any` for one of them, or an empty string."""
    if isinstance(choice, str):
        return "any" if choice in ("any", "required") else ""
    if not isinstance(choice, dict):
        return ""
    named = (choice.get("function") or choice).get("name")
    return named or ("any" if choice.get("type") == "any" else "")


def _schema(body: JSON) -> JSON:
    """Returns the schema that the answer has to follow, where there is one."""
    text = body.get("text") or {}
    output = body.get("output_config") or {}
    places = (
        body.get("response_format"), text.get("format"), body.get("output_format"),
        output.get("format"),
    )  # fmt: skip
    for place in places:
        if isinstance(place, dict) and place.get("type") == "json_object":
            names = re.findall(r"'(\w+)'", _said(body))
            return {"type": "object", "properties": {name: {} for name in names}}
        if isinstance(place, dict) and place.get("type") == "json_schema":
            return (place.get("json_schema") or place).get("schema")
    return None
