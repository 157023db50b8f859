"""The chat completions API of OpenAI.

Source: https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from headroom.types import JSON
from headroom_testing.simulator.prompts import Prompt
from headroom_testing.simulator.script import Call, Text, stops_for_calls
from headroom_testing.simulator.sse import event, pieces_of
from headroom_testing.simulator.turns import Rendered, Turn

FIELD = "messages"

_KINDS = {401: "authentication_error", 429: "rate_limit_exceeded"}


def refuse(status: int, message: str) -> JSON:
    """Returns the body of an error."""
    kind = _KINDS.get(status, "invalid_request_error" if status < 500 else "server_error")
    return {"error": {"message": message, "type": kind, "param": None, "code": None}}


def wrong(request: JSON, prompt: Prompt) -> str | None:
    """Returns what the API refuses a request for, or None."""
    del prompt
    expected: set[str] = set()
    for n, message in enumerate(request["messages"]):
        if message.get("role") == "tool":
            call_id = str(message.get("tool_call_id"))
            if call_id not in expected:
                return f"messages[{n}]: 'tool_call_id' {call_id!r} is not of a preceding call"
            expected.remove(call_id)
            continue
        if expected:
            return f"messages[{n}]: no tool message answers {sorted(expected)}"
        expected = {str(call.get("id")) for call in message.get("tool_calls") or ()}
    return f"no tool message answers {sorted(expected)}" if expected else None


def render(turn: Turn) -> Rendered:
    """Returns the answer as JSON and as events. Thoughts are not shown in this API."""
    said = "".join(part.text for part in turn.reply.parts if isinstance(part, Text))
    calls = [
        {
            "id": f"call_{turn.number:06}_{n}",
            "type": "function",
            "function": {"name": part.name, "arguments": json.dumps(part.arguments)},
        }
        for n, part in enumerate(turn.reply.parts)
        if isinstance(part, Call)
    ]
    message: JSON = {"role": "assistant", "content": said or None, "refusal": None}
    if calls:
        message["tool_calls"] = calls
    stop = turn.reply.stop or ("tool_calls" if stops_for_calls(turn.reply) else "stop")
    around = {"id": f"chatcmpl-{turn.number:06}", "created": 1_795_000_000, "model": turn.model}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": stop}
    payload = {
        **around,
        "object": "chat.completion",
        "choices": [choice],
        "usage": usage(turn),
    }
    return Rendered(payload, tuple(_events(turn, around, message, stop)))


def usage(turn: Turn) -> JSON:
    """Returns the usage of a turn."""
    output = turn.output_tokens
    return {
        "prompt_tokens": turn.usage.input,
        "completion_tokens": output,
        "total_tokens": turn.usage.input + output,
        "prompt_tokens_details": {"cached_tokens": turn.usage.read, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": turn.thinking_tokens},
    }


def _events(turn: Turn, around: JSON, message: JSON, stop: str) -> Iterator[bytes]:
    options = turn.request.get("stream_options") or {}
    with_usage = bool(options.get("include_usage"))

    def chunk(delta: JSON, finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        whole = {**around, "object": "chat.completion.chunk", "choices": [choice]}
        return event(whole | ({"usage": None} if with_usage else {}))

    yield chunk({"role": "assistant", "content": "", "refusal": None})
    for piece in pieces_of(message["content"]) if message["content"] else ():
        yield chunk({"content": piece})
    for n, call in enumerate(message.get("tool_calls", ())):
        function = {"name": call["function"]["name"], "arguments": ""}
        yield chunk({"tool_calls": [{**call, "index": n, "function": function}]})
        for piece in pieces_of(call["function"]["arguments"]):
            yield chunk({"tool_calls": [{"index": n, "function": {"arguments": piece}}]})
    yield chunk({}, stop)
    if with_usage:
        last = {**around, "object": "chat.completion.chunk", "choices": [], "usage": usage(turn)}
        yield event(last)
    yield event("[DONE]")
