"""The messages API of Anthropic.

Source: https://docs.anthropic.com/en/api/messages
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from headroom.types import JSON
from headroom_testing.simulator.caches import Usage
from headroom_testing.simulator.prompts import Prompt
from headroom_testing.simulator.script import Call, Text, Thinking, stops_for_calls
from headroom_testing.simulator.sse import event, pieces_of
from headroom_testing.simulator.turns import Rendered, Turn

FIELD = "messages"

_KINDS = {
    400: "invalid_request_error",
    401: "authentication_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    529: "overloaded_error",
}
_MOST_MARKS = 4


def refuse(status: int, message: str) -> JSON:
    """Returns the body of an error."""
    error = {"type": _KINDS.get(status, "api_error"), "message": message}
    return {"type": "error", "error": error, "request_id": "req_simulated"}


def wrong(request: JSON, prompt: Prompt) -> str | None:
    """Returns what the API refuses a request for, or None."""
    marks = sum(piece.keep is not None for piece in prompt.pieces)
    if marks > _MOST_MARKS:
        return f"A maximum of 4 blocks with cache_control may be provided. Found {marks}."
    if not isinstance(request.get("max_tokens"), int):
        return "max_tokens: Field required"
    if not request["messages"]:
        return "messages: at least one message is required"
    return _unanswered(request["messages"])


def _unanswered(messages: list[JSON]) -> str | None:
    """Returns which calls and results do not belong together, or None."""
    expected: list[str] = []
    for n, message in enumerate(messages):
        blocks = _blocks(message)
        if any(b.get("type") == "text" and not b.get("text") for b in blocks):
            return f"messages.{n}: text content blocks must be non-empty"
        answered = [str(b.get("tool_use_id")) for b in blocks if b.get("type") == "tool_result"]
        if message.get("role") != "system" and sorted(answered) != sorted(expected):
            return (
                f"messages.{n}: each `tool_use` block must have a corresponding `tool_result` block "
                f"in the next message: expected {expected}, got {answered}"
            )
        expected = [str(b.get("id")) for b in blocks if b.get("type") == "tool_use"]
    return None


def render(turn: Turn) -> Rendered:
    """Returns the answer as JSON and as events."""
    blocks = list(_content(turn))
    usage = {**_usage(turn.usage), "output_tokens": turn.output_tokens}
    stop = turn.reply.stop or ("tool_use" if stops_for_calls(turn.reply) else "end_turn")
    message = {
        "id": f"msg_{turn.number:06}",
        "type": "message",
        "role": "assistant",
        "model": turn.model,
        "content": blocks,
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": usage,
    }
    return Rendered(message, tuple(_events(message)))


def count(tokens: int) -> JSON:
    """Returns the answer of count_tokens."""
    return {"input_tokens": tokens}


def _blocks(message: JSON) -> list[JSON]:
    content = message.get("content")
    blocks = content if isinstance(content, list) else [{"type": "text", "text": content}]
    return [block for block in blocks if isinstance(block, dict)]


def _usage(usage: Usage) -> JSON:
    return {
        "input_tokens": usage.fresh,
        "cache_creation_input_tokens": usage.written_5m + usage.written_1h,
        "cache_read_input_tokens": usage.read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": usage.written_5m,
            "ephemeral_1h_input_tokens": usage.written_1h,
        },
        "service_tier": "standard",
    }


def _content(turn: Turn) -> Iterator[JSON]:
    for n, part in enumerate(turn.reply.parts):
        block: JSON
        match part:
            case Thinking(text):
                block = {"type": "thinking", "thinking": text, "signature": turn.sealer.seal()}
            case Text(text):
                block = {"type": "text", "text": text}
            case Call(name, arguments):
                call_id = f"toolu_{turn.number:06}_{n}"
                block = {"type": "tool_use", "id": call_id, "name": name, "input": arguments}
        turn.sealer.add("assistant", block)
        yield block


def _events(message: JSON) -> Iterator[bytes]:
    started = {**message, "content": [], "stop_reason": None}
    started["usage"] = {**message["usage"], "output_tokens": 1}
    yield _event("message_start", message=started)
    yield _event("ping")
    for n, block in enumerate(message["content"]):
        yield _event("content_block_start", index=n, content_block=_opened(block))
        for delta in _deltas(block):
            yield _event("content_block_delta", index=n, delta=delta)
        yield _event("content_block_stop", index=n)
    ending = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield _event("message_delta", delta=ending, usage=message["usage"])
    yield _event("message_stop")


def _event(kind: str, **fields: JSON) -> bytes:
    return event({"type": kind, **fields}, kind)


def _opened(block: JSON) -> JSON:
    match block["type"]:
        case "thinking":
            return {**block, "thinking": "", "signature": ""}
        case "text":
            return {**block, "text": ""}
        case _:
            return {**block, "input": {}}


def _deltas(block: JSON) -> Iterator[JSON]:
    match block["type"]:
        case "thinking":
            for piece in pieces_of(block["thinking"]):
                yield {"type": "thinking_delta", "thinking": piece}
            yield {"type": "signature_delta", "signature": block["signature"]}
        case "text":
            for piece in pieces_of(block["text"]):
                yield {"type": "text_delta", "text": piece}
        case _:
            for piece in ["", *pieces_of(json.dumps(block["input"], ensure_ascii=False))]:
                yield {"type": "input_json_delta", "partial_json": piece}
