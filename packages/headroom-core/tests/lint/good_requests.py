"""Requests of sessions whose prompt caches work, and what is found in others."""

from __future__ import annotations

from collections.abc import Callable

from headroom.lint import Finding, lint
from headroom.types import JSON

GUIDE = "Prefer small changes. Explain what you did and why, and run the tests. " * 300
MARK = {"type": "ephemeral"}


def words(text: str) -> int:
    return len(text) // 4


def anthropic(turns: int = 4) -> JSON:
    """Returns a request as a coding agent sends it, with breakpoints where they belong."""
    messages: list[JSON] = [
        {"role": "user", "content": [{"type": "text", "text": "Why does test_io fail?"}]}
    ]
    for n in range(turns):
        use = {"type": "tool_use", "id": f"toolu_{n}", "name": "bash", "input": {"command": "ls"}}
        text = f"2026-11-21 10:00:0{n} INFO step {n} of 9 took 12 ms\n" * 40
        result = {"type": "tool_result", "tool_use_id": f"toolu_{n}", "content": text}
        messages += [
            {"role": "assistant", "content": [{"type": "text", "text": "Let me look."}, use]},
            {"role": "user", "content": [result]},
        ]
    for message in [m for m in messages if m["role"] == "user"][-2:]:
        message["content"][-1]["cache_control"] = MARK
    return {
        "model": "claude-opus-5",
        "max_tokens": 4096,
        "tools": [
            {"name": name, "description": f"Runs {name}.", "input_schema": {
                "type": "object", "properties": {"command": {"type": "string"}},
                "required": ["command"],
            }}
            for name in ("bash", "edit", "grep")
        ],
        "system": [{"type": "text", "text": GUIDE, "cache_control": MARK}],
        "messages": messages,
    }  # fmt: skip


def openai(turns: int = 4) -> JSON:
    """Returns a chat completion request with tools."""
    messages: list[JSON] = [
        {"role": "system", "content": GUIDE},
        {"role": "user", "content": "Why does test_io fail?"},
    ]
    for n in range(turns):
        function = {"name": "bash", "arguments": '{"command": "date"}'}
        call = {"id": f"c{n}", "type": "function", "function": function}
        messages += [
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": f"c{n}", "content": "Sat Nov 21 10:00:00 UTC 2026"},
        ]
    parameters = {"type": "object", "properties": {"command": {"type": "string"}}}
    tools = [
        {"type": "function", "function": {"name": name, "parameters": parameters}}
        for name in ("bash", "edit", "grep")
    ]
    return {"model": "gpt-5.6", "messages": messages, "tools": tools}


def responses(turns: int = 4) -> JSON:
    """Returns a request of the responses API, with reasoning and calls."""
    items: list[JSON] = [
        {"role": "developer", "content": [{"type": "input_text", "text": GUIDE}]},
        {"role": "user", "content": "Why does test_io fail?"},
    ]
    for n in range(turns):
        call = {"call_id": f"c{n}", "name": "bash", "arguments": '{"command": "date"}'}
        printed = "Sat Nov 21 10:00:00 UTC 2026"
        items += [
            {"type": "reasoning", "summary": [], "encrypted_content": "gAAAAAB"},
            {"type": "function_call", **call},
            {"type": "function_call_output", "call_id": f"c{n}", "output": printed},
        ]
    tools = [{"type": "function", "name": name} for name in ("bash", "edit", "grep")]
    return {"model": "gpt-5.6", "input": items, "tools": tools}


def gemini(turns: int = 4) -> JSON:
    """Returns a generateContent request with functions."""
    contents: list[JSON] = [{"role": "user", "parts": [{"text": "Why does test_io fail?"}]}]
    for n in range(turns):
        call = {"id": f"c{n}", "name": "bash", "args": {"command": "date"}}
        answer = {"id": f"c{n}", "name": "bash", "response": {"output": "10:00:00 UTC"}}
        contents += [
            {"role": "model", "parts": [{"functionCall": call, "thoughtSignature": "AAAA"}]},
            {"role": "user", "parts": [{"functionResponse": answer}]},
        ]
    functions = [{"name": name} for name in ("bash", "edit", "grep")]
    return {
        "systemInstruction": {"parts": [{"text": GUIDE}]},
        "contents": contents,
        "tools": [{"functionDeclarations": functions}],
    }


MAKERS: list[Callable[..., JSON]] = [anthropic, openai]
ALL_MAKERS = [*MAKERS, responses, gemini]
FIRST_TEXT = {
    anthropic: ("system", 0, "text"),
    openai: ("messages", 0, "content"),
    responses: ("input", 0, "content", 0, "text"),
    gemini: ("systemInstruction", "parts", 0, "text"),
}
"""Where the instructions of each are."""


def put(request: JSON, path: tuple[str | int, ...], text: str) -> None:
    for step in path[:-1]:
        request = request[step]
    request[path[-1]] = text


def found(request: JSON, earlier: JSON = None) -> list[tuple[str, str]]:
    return [(f.rule, f.path) for f in lint(request, words, earlier=earlier)]


def only(request: JSON, rule: str, earlier: JSON = None) -> Finding:
    findings = lint(request, words, earlier=earlier)
    assert [f.rule for f in findings] == [rule]
    return findings[0]
