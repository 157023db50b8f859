"""The generateContent API of Gemini.

Source: https://ai.google.dev/api/generate-content
"""

from __future__ import annotations

from collections.abc import Iterator

from headroom.types import JSON
from headroom_testing.simulator.prompts import Prompt
from headroom_testing.simulator.script import Call, Text, Thinking
from headroom_testing.simulator.sse import event, pieces_of
from headroom_testing.simulator.turns import Rendered, Turn

FIELD = "contents"

_STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
    529: "UNAVAILABLE",
}


def refuse(status: int, message: str) -> JSON:
    """Returns the body of an error."""
    error = {"code": status, "message": message, "status": _STATUSES.get(status, "INTERNAL")}
    return {"error": error}


def wrong(request: JSON, prompt: Prompt) -> str | None:
    """Returns what the API refuses a request for, or None."""
    del prompt
    waiting = 0
    for n, content in enumerate(request["contents"]):
        parts = [part for part in content.get("parts") or () if isinstance(part, dict)]
        answers = sum("functionResponse" in part or "function_response" in part for part in parts)
        if answers != waiting and (answers or waiting):
            return (
                f"contents[{n}]: the number of function response parts should be equal to the "
                f"number of function call parts of the turn before: expected {waiting}, "
                f"got {answers}"
            )
        waiting = sum("functionCall" in part or "function_call" in part for part in parts)
    return None


def render(turn: Turn) -> Rendered:
    """Returns the answer as JSON and as events."""
    parts = list(_parts(turn))
    frames = [_whole(turn, [piece], None) for part in parts for piece in _pieces(part)]
    frames.append(_whole(turn, [], turn.reply.stop or "STOP"))
    payload = _whole(turn, parts, turn.reply.stop or "STOP")
    return Rendered(payload, tuple(event(frame, end="\r\n\r\n") for frame in frames))


def count(tokens: int) -> JSON:
    """Returns the answer of countTokens."""
    return {"totalTokens": tokens}


def _parts(turn: Turn) -> Iterator[JSON]:
    """Yields the parts; a thought seals the first call or text after it, as the API does."""
    seal = ""
    for part in turn.reply.parts:
        made: JSON
        match part:
            case Thinking(text):
                seal = turn.sealer.seal()
                yield {"text": text, "thought": True}
                continue
            case Text(text):
                made = {"text": text}
            case Call(name, arguments):
                made = {"functionCall": {"name": name, "args": arguments}}
        if seal:
            made["thoughtSignature"], seal = seal, ""
        turn.sealer.add("model", made)
        yield made


def _pieces(part: JSON) -> Iterator[JSON]:
    """Yields a part as it comes in a stream; a signature comes with the last piece."""
    if "text" not in part or "thoughtSignature" in part:
        yield part
        return
    for piece in pieces_of(part["text"]):
        yield {**part, "text": piece}


def _whole(turn: Turn, parts: list[JSON], stop: str | None) -> JSON:
    candidate: JSON = {"content": {"role": "model", "parts": parts}, "index": 0}
    if stop:
        candidate["finishReason"] = stop
    thoughts = turn.thinking_tokens
    output = turn.output_tokens - thoughts
    usage = {
        "promptTokenCount": turn.usage.input,
        "candidatesTokenCount": output,
        "totalTokenCount": turn.usage.input + output + thoughts,
        "thoughtsTokenCount": thoughts,
    }
    if turn.usage.read:
        usage["cachedContentTokenCount"] = turn.usage.read
    return {
        "candidates": [candidate],
        "usageMetadata": usage,
        "modelVersion": turn.model,
        "responseId": f"response-{turn.number:06}",
    }
