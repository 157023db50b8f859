"""What an agent sends in each wire format, for benchmarks that play sessions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias

JSON: TypeAlias = Any
Results: TypeAlias = Sequence[tuple[str, str]]
"""What was printed, by the id of its call; without an id: what the user says."""


class Agent(Protocol):
    """One wire format.

    Attributes:
        model: That is asked; its prices count.
        path: Where requests go.
    """

    model: str
    path: str

    def body(self, said: Sequence[JSON], tools: Sequence[str], prompt: str) -> JSON:
        """Returns a request."""
        ...

    def takes(self, answer: JSON) -> tuple[list[JSON], list[str]]:
        """Returns what is kept of an answer, and the ids of its calls."""
        ...

    def reads(self, results: Results) -> list[JSON]:
        """Returns what the model reads next."""
        ...


class Anthropic:
    model, path = "claude-opus-5-5", "/v1/messages"

    def body(self, said: Sequence[JSON], tools: Sequence[str], prompt: str) -> JSON:
        declared = [{"name": tool, "input_schema": {"type": "object"}} for tool in tools]
        body = {"model": self.model, "max_tokens": 64, "messages": [*said[:-1], _marked(said[-1])]}
        return {**body, "system": prompt, "tools": declared}

    def takes(self, answer: JSON) -> tuple[list[JSON], list[str]]:
        calls = [b["id"] for b in answer["content"] if b["type"] == "tool_use"]
        return [{"role": "assistant", "content": answer["content"]}], calls

    def reads(self, results: Results) -> list[JSON]:
        printed: list[JSON] = [
            {"type": "tool_result", "tool_use_id": to, "content": text}
            for to, text in results
            if to
        ]
        printed += [{"type": "text", "text": text} for to, text in results if not to]
        return [{"role": "user", "content": printed}]


class Chat:
    model, path = "gpt-5.6", "/v1/chat/completions"

    def body(self, said: Sequence[JSON], tools: Sequence[str], prompt: str) -> JSON:
        functions = [{"name": tool, "parameters": {"type": "object"}} for tool in tools]
        declared = [{"type": "function", "function": function} for function in functions]
        first = {"role": "system", "content": prompt}
        return {"model": self.model, "messages": [first, *said], "tools": declared}

    def takes(self, answer: JSON) -> tuple[list[JSON], list[str]]:
        message = answer["choices"][0]["message"]
        return [message], [call["id"] for call in message.get("tool_calls", ())]

    def reads(self, results: Results) -> list[JSON]:
        return [
            {"role": "tool", "tool_call_id": to, "content": text}
            if to
            else {"role": "user", "content": text}
            for to, text in results
        ]


class Responses:
    model, path = "gpt-5.6", "/v1/responses"

    def body(self, said: Sequence[JSON], tools: Sequence[str], prompt: str) -> JSON:
        declared = [
            {"type": "function", "name": t, "parameters": {"type": "object"}} for t in tools
        ]
        body = {"model": self.model, "input": said, "store": False}
        body["include"] = ["reasoning.encrypted_content"]
        return {**body, "instructions": prompt, "tools": declared}

    def takes(self, answer: JSON) -> tuple[list[JSON], list[str]]:
        items = answer["output"]
        return items, [item["call_id"] for item in items if item["type"] == "function_call"]

    def reads(self, results: Results) -> list[JSON]:
        return [
            {"type": "function_call_output", "call_id": to, "output": text}
            if to
            else {"role": "user", "content": text}
            for to, text in results
        ]


class Gemini:
    model = "gemini-2.5-pro"
    path = f"/v1beta/models/{model}:generateContent"

    def body(self, said: Sequence[JSON], tools: Sequence[str], prompt: str) -> JSON:
        functions = [{"name": t, "parametersJsonSchema": {"type": "object"}} for t in tools]
        told = {"parts": [{"text": prompt}]}
        declared = [{"functionDeclarations": functions}]
        return {"systemInstruction": told, "contents": said, "tools": declared}

    def takes(self, answer: JSON) -> tuple[list[JSON], list[str]]:
        content = answer["candidates"][0]["content"]
        called = [part["functionCall"] for part in content["parts"] if "functionCall" in part]
        return [content], [call["name"] for call in called]

    def reads(self, results: Results) -> list[JSON]:
        parts = [
            {"functionResponse": {"name": to, "response": {"output": text}}}
            if to
            else {"text": text}
            for to, text in results
        ]
        return [{"role": "user", "parts": parts}]


AGENTS: dict[str, Agent] = {
    "anthropic": Anthropic(),
    "chat": Chat(),
    "responses": Responses(),
    "gemini": Gemini(),
}


def _marked(message: JSON) -> JSON:
    content = message["content"]
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else list(content)
    blocks[-1] = {**blocks[-1], "cache_control": {"type": "ephemeral"}}
    return {**message, "content": blocks}


def said_in(body: JSON) -> str:
    """Returns all that a request says, as one would read it."""
    shown = [body.get(field) for field in ("messages", "input", "contents")]
    return json.dumps(shown, ensure_ascii=False).replace('\\"', '"')
