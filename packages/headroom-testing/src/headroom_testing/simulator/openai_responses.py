"""The responses API of OpenAI, over HTTP and WebSocket.

Source: https://platform.openai.com/docs/api-reference/responses
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count as numbers

from headroom.types import JSON
from headroom_testing.simulator.openai_chat import refuse as refuse
from headroom_testing.simulator.prompts import Prompt
from headroom_testing.simulator.script import Call, Text, Thinking
from headroom_testing.simulator.sse import event, pieces_of
from headroom_testing.simulator.turns import Rendered, Turn

FIELD = "input"

Events = Iterator[tuple[str, JSON]]


def wrong(request: JSON, prompt: Prompt) -> str | None:
    """Returns what the API refuses a request for, or None."""
    del prompt
    items = [item for item in request["input"] if isinstance(item, dict)]
    kinds = [(str(item.get("type")), str(item.get("call_id"))) for item in items]
    for kind in ("function_call", "custom_tool_call"):
        calls = {call_id for found, call_id in kinds if found == kind}
        outputs = {call_id for found, call_id in kinds if found == f"{kind}_output"}
        if outputs - calls:
            return (
                f"No tool call found for function call output with call_id {min(outputs - calls)}."
            )
        if calls - outputs:
            return f"No tool output found for function call {min(calls - outputs)}."
    return None


def items_of(request: JSON) -> JSON:
    """Returns the input of a request as items; anything odd as it is."""
    given = request.get("input")
    return [{"role": "user", "content": given}] if isinstance(given, str) else given


def render(turn: Turn) -> Rendered:
    """Returns the answer as JSON and as events."""
    payload = response(turn, list(_output(turn)))
    frames = tuple(event(data, data["type"]) for data in events(payload))
    return Rendered(payload, frames)


def response(turn: Turn, output: list[JSON]) -> JSON:
    """Returns a finished response."""
    request, tokens = turn.request, turn.output_tokens
    return {
        "id": f"resp_{turn.number:06}",
        "object": "response",
        "created_at": 1_795_000_000,
        "status": "completed",
        "error": None,
        "incomplete_details": None,
        "instructions": request.get("instructions"),
        "metadata": {},
        "model": turn.model,
        "output": output,
        "parallel_tool_calls": True,
        "previous_response_id": request.get("previous_response_id"),
        "store": request.get("store", True),
        "temperature": 1.0,
        "tool_choice": request.get("tool_choice", "auto"),
        "tools": request.get("tools", []),
        "top_p": 1.0,
        "usage": {
            "input_tokens": turn.usage.input,
            "input_tokens_details": {"cached_tokens": turn.usage.read, "cache_write_tokens": 0},
            "output_tokens": tokens,
            "output_tokens_details": {"reasoning_tokens": turn.thinking_tokens},
            "total_tokens": turn.usage.input + tokens,
        },
    }


def events(payload: JSON) -> Iterator[JSON]:
    """Yields the events of a finished response, each as an object with a sequence number."""
    sequence = numbers()
    for kind, fields in _events(payload):
        yield {"type": kind, **fields, "sequence_number": next(sequence)}


def _output(turn: Turn) -> Iterator[JSON]:
    include = turn.request.get("include") or ()
    for n, part in enumerate(turn.reply.parts):
        name = f"{turn.number:06}_{n}"
        item: JSON
        match part:
            case Thinking(text):
                summary = [{"type": "summary_text", "text": text}]
                item = {"id": f"rs_{name}", "type": "reasoning", "summary": summary}
                if "reasoning.encrypted_content" in include:
                    item["encrypted_content"] = turn.sealer.seal()
                turn.sealer.add("", item)
            case Text(text):
                said = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
                item = {"id": f"msg_{name}", "type": "message", "role": "assistant"}
                item |= {"content": [said], "status": "completed"}
                turn.sealer.add("assistant", said)
            case Call(tool, arguments):
                item = {"id": f"fc_{name}", "type": "function_call", "call_id": f"call_{name}"}
                item |= {"name": tool, "arguments": json.dumps(arguments), "status": "completed"}
                turn.sealer.add("", item)
        yield item


def _events(payload: JSON) -> Events:
    empty = {**payload, "output": [], "status": "in_progress", "usage": None}
    yield "response.created", {"response": empty}
    yield "response.in_progress", {"response": empty}
    for n, item in enumerate(payload["output"]):
        opened = {**item, "status": "in_progress"}
        for field, value in (("content", []), ("arguments", ""), ("summary", [])):
            if field in item:
                opened[field] = value
        yield "response.output_item.added", {"output_index": n, "item": opened}
        place = {"item_id": item["id"], "output_index": n}
        match item["type"]:
            case "message":
                yield from _text_events(item, place)
            case "function_call":
                yield from _argument_events(item, place)
            case _:
                yield from _summary_events(item, place)
        yield "response.output_item.done", {"output_index": n, "item": item}
    yield "response.completed", {"response": payload}


def _text_events(item: JSON, place: JSON) -> Events:
    (part,) = item["content"]
    at = {**place, "content_index": 0}
    yield "response.content_part.added", {**at, "part": {**part, "text": ""}}
    for piece in pieces_of(part["text"]):
        yield "response.output_text.delta", {**at, "delta": piece, "logprobs": []}
    yield "response.output_text.done", {**at, "text": part["text"], "logprobs": []}
    yield "response.content_part.done", {**at, "part": part}


def _argument_events(item: JSON, place: JSON) -> Events:
    for piece in pieces_of(item["arguments"]):
        yield "response.function_call_arguments.delta", {**place, "delta": piece}
    done = {**place, "name": item["name"], "arguments": item["arguments"]}
    yield "response.function_call_arguments.done", done


def _summary_events(item: JSON, place: JSON) -> Events:
    (part,) = item["summary"]
    at = {**place, "summary_index": 0}
    yield "response.reasoning_summary_part.added", {**at, "part": {**part, "text": ""}}
    for piece in pieces_of(part["text"]):
        yield "response.reasoning_summary_text.delta", {**at, "delta": piece}
    yield "response.reasoning_summary_text.done", {**at, "text": part["text"]}
    yield "response.reasoning_summary_part.done", {**at, "part": part}
