"""The obliging model calls what it must and fills what has a schema."""

from __future__ import annotations

import json

import pytest

from headroom.types import JSON
from headroom_testing.obliging import TEXT, filled, oblige
from headroom_testing.simulator import Call, Recorded, Reply

SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "count": {"type": "integer"},
        "open": {"type": "boolean"},
        "kind": {"enum": ["a", "b"]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "inner": {"$ref": "#/$defs/Inner"},
        "maybe": {"anyOf": [{"type": "number"}, {"type": "null"}]},
    },
    "$defs": {"Inner": {"type": "object", "properties": {"x": {"const": 7}}}},
}
VALUE = {
    "name": "Ann", "count": 3, "open": True, "kind": "a", "tags": ["Ann"], "inner": {"x": 7},
    "maybe": 3,
}  # fmt: skip
ASKED = {"role": "user", "content": "Who is 'Ann'?"}
TOOL = {"name": "find", "input_schema": SCHEMA}
FUNCTION = {"type": "function", "function": {"name": "find", "parameters": SCHEMA}}
OTHER = {"type": "function", "function": {"name": "other"}}
SHAPE = {"type": "json_schema", "json_schema": {"schema": SCHEMA}}
RESULT = {"role": "user", "content": [{"type": "tool_result", "content": "Ann."}]}


def said(body: JSON) -> Reply:
    return oblige(Recorded("POST", "/", (), json.dumps(body).encode(), 0.0))


def test_a_schema_is_filled() -> None:
    assert filled(SCHEMA, "Who is 'Ann'?") == VALUE


@pytest.mark.parametrize(
    ("body", "reply"),
    [
        ({"messages": [ASKED]}, Reply.of(TEXT)),
        ({"messages": [ASKED], "tools": [TOOL]}, Reply.of(Call("find", VALUE))),
        ({"messages": [ASKED, RESULT], "tools": [TOOL]}, Reply.of(TEXT)),
        ({"messages": [ASKED], "tools": [FUNCTION], "tool_choice": "none"}, Reply.of(TEXT)),
        (
            {"messages": [ASKED, RESULT], "tools": [OTHER, FUNCTION], "tool_choice": FUNCTION},
            Reply.of(Call("find", VALUE)),
        ),
        ({"input": [ASKED], "text": {"format": SHAPE}}, Reply.of(json.dumps(VALUE))),
        (
            {"messages": [ASKED], "response_format": {"type": "json_object"}},
            Reply.of('{"Ann": "Ann"}'),
        ),
    ],
)
def test_it_does_what_it_is_asked(body: JSON, reply: Reply) -> None:
    assert said(body) == reply
