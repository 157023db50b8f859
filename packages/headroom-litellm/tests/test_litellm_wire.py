"""Calls of LiteLLM of every kind send less, over real sockets; what the caller holds stays."""

from __future__ import annotations

import asyncio
import copy
import inspect
import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, TypeAlias

import litellm
import pytest
from litellm import Router

import headroom_litellm
from headroom import Headroom, call_retrieve, retrieve_tool
from headroom_litellm import HeadroomCallback
from headroom_testing.adapters import (
    MISSING,
    PICTURE,
    QUESTION,
    AdapterConformance,
    RetrievalConformance,
    Session,
    read_log,
)
from headroom_testing.simulator import Simulator

Answer: TypeAlias = Any
Message: TypeAlias = Any
Options: TypeAlias = dict[str, Any]
Say: TypeAlias = Callable[..., Answer]
"""Calls LiteLLM with messages and tools."""

LOOP = asyncio.new_event_loop()
litellm.disable_aiohttp_transport = True  # it keeps connections to ports that come again
READ_LOG: Options = {
    "name": "read_log",
    "description": "Reads a log.",
    "parameters": {"type": "object", "properties": {"name": {"type": "string"}}},
}


@pytest.fixture(scope="module", autouse=True)
def _loop() -> Iterator[None]:
    yield
    LOOP.close()


def now(answer: Answer) -> Answer:
    return LOOP.run_until_complete(answer) if inspect.isawaitable(answer) else answer


def run(name: str, arguments: Options, headroom: Headroom | None) -> str:
    """Returns the result of a tool; LiteLLM has no word for one that failed."""
    if name != "read_log":
        return call_retrieve(arguments, headroom=headroom)
    try:
        return read_log(**arguments)
    except FileNotFoundError as error:
        return str(error)


def failed(name: str, arguments: Options) -> bool:
    return name == "read_log" and arguments["name"] == MISSING


def chat(say: Say, headroom: Headroom | None) -> list[str]:
    """A conversation in the shape of OpenAI's chat, which LiteLLM speaks for every provider."""
    picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PICTURE}"}}
    asked = {"type": "text", "text": QUESTION, "cache_control": {"type": "ephemeral"}}
    messages: list[Message] = [{"role": "user", "content": [picture, asked]}]
    tools = [{"type": "function", "function": READ_LOG}, retrieve_tool("openai")]
    while True:
        before = copy.deepcopy(messages)
        answer = now(say(messages=messages, tools=tools))
        assert messages == before
        if not hasattr(answer, "choices"):
            answer = litellm.stream_chunk_builder(now(listed(answer)))
        message = answer.choices[0].message
        if not message.tool_calls:
            return [m["content"] for m in messages[1:] if "name" in m]
        messages.append(message)
        for call in message.tool_calls:
            arguments = json.loads(call.function.arguments)
            result = run(call.function.name, arguments, headroom)
            named = {"name": "read_log"} if call.function.name == "read_log" else {}
            messages.append({"role": "tool", "tool_call_id": call.id, "content": result, **named})


def anthropic(say: Say, headroom: Headroom | None) -> list[str]:
    source = {"type": "base64", "media_type": "image/png", "data": PICTURE}
    asked = {"type": "text", "text": QUESTION, "cache_control": {"type": "ephemeral"}}
    content: list[Options] = [{"type": "image", "source": source}, asked]
    messages: list[Message] = [{"role": "user", "content": content}]
    log = {"name": "read_log", "input_schema": READ_LOG["parameters"]}
    tools = [log, retrieve_tool("anthropic")]
    held: list[str] = []
    while True:
        before = copy.deepcopy(messages)
        answer = now(say(messages=messages, tools=tools))
        assert messages == before
        calls = [block for block in answer["content"] if block["type"] == "tool_use"]
        if not calls:
            return held
        messages.append({"role": "assistant", "content": answer["content"]})
        results = []
        for call in calls:
            result = run(call["name"], call["input"], headroom)
            held += [result] if call["name"] == "read_log" else []
            block = {"type": "tool_result", "tool_use_id": call["id"], "content": result}
            results.append(
                block | ({"is_error": True} if failed(call["name"], call["input"]) else {})
            )
        messages.append({"role": "user", "content": results})


def responses(say: Say, headroom: Headroom | None) -> list[str]:
    picture = {"type": "input_image", "image_url": f"data:image/png;base64,{PICTURE}"}
    asked = {"type": "input_text", "text": QUESTION}
    items: list[Message] = [{"role": "user", "content": [picture, asked]}]
    tools = [{"type": "function", **READ_LOG}, retrieve_tool("openai_responses")]
    held: list[str] = []
    while True:
        before = copy.deepcopy(items)
        answer = now(say(input=items, tools=tools))
        assert items == before
        said = [item if isinstance(item, dict) else item.model_dump() for item in answer.output]
        calls = [item for item in said if item["type"] == "function_call"]
        if not calls:
            return held
        items += [{k: v for k, v in item.items() if v is not None} for item in said]
        for call in calls:
            result = run(call["name"], json.loads(call["arguments"]), headroom)
            held += [result] if call["name"] == "read_log" else []
            items.append(
                {"type": "function_call_output", "call_id": call["call_id"], "output": result}
            )


async def _gathered(stream: Answer) -> list[Answer]:
    return [chunk async for chunk in stream]


def listed(stream: Answer) -> Answer:
    return _gathered(stream) if hasattr(stream, "__aiter__") else list(stream)


def openai_at(provider: Simulator) -> Options:
    return {"model": "openai/gpt-4o", "api_base": f"{provider.url}/v1", "api_key": "x"}


def claude_at(provider: Simulator) -> Options:
    return {
        "model": "anthropic/claude-opus-5", "api_base": provider.url, "api_key": "x", "max_tokens": 99
    }  # fmt: skip


def reasoning_at(provider: Simulator) -> Options:
    return openai_at(provider) | {"model": "openai/gpt-5.6"}


def session(
    provider: Simulator,
    headroom: Headroom | None,
    *,
    converse: Callable[..., list[str]],
    at: Callable[[Simulator], Options],
    call: Callable[[], Say],
    **options: Answer,
) -> Sequence[str]:
    """A conversation through one kind of call; with the callback, and what covers the others."""
    litellm.callbacks = [HeadroomCallback(headroom=headroom)] if headroom else []
    if headroom:
        headroom_litellm.patch(headroom=headroom)
    try:
        return converse(partial(call(), num_retries=0, **at(provider), **options), headroom)
    finally:
        headroom_litellm.unpatch()
        litellm.callbacks = []


def routed(kind: str) -> Say:
    """Returns a call of a Router, which chooses a deployment by name."""

    def say(*, model: str, api_base: str, api_key: str, **options: Answer) -> Answer:
        to = {"model": model, "api_base": api_base, "api_key": api_key}
        router = Router(model_list=[{"model_name": "any", "litellm_params": to}])
        return getattr(router, kind)(model="any", **options)

    return say


def kind(
    converse: Callable[..., list[str]],
    at: Callable[[Simulator], Options],
    call: Callable[[], Say],
    **options: Answer,
) -> Session:
    return partial(session, converse=converse, at=at, call=call, **options)


KINDS: dict[str, Session] = {
    "completion": kind(chat, openai_at, lambda: litellm.completion),
    "completion, streamed": kind(chat, openai_at, lambda: litellm.completion, stream=True),
    "acompletion": kind(chat, openai_at, lambda: litellm.acompletion),
    "acompletion of Claude": kind(chat, claude_at, lambda: litellm.acompletion),
    "acompletion, streamed": kind(chat, openai_at, lambda: litellm.acompletion, stream=True),
    "responses": kind(responses, reasoning_at, lambda: litellm.responses),
    "aresponses": kind(responses, reasoning_at, lambda: litellm.aresponses),
    "anthropic_messages": kind(anthropic, claude_at, lambda: litellm.anthropic_messages),
    "Router.completion": kind(chat, openai_at, lambda: routed("completion")),
    "Router.acompletion": kind(chat, openai_at, lambda: routed("acompletion")),
    "Router.aresponses": kind(responses, reasoning_at, lambda: routed("aresponses")),
    "Router.aanthropic_messages": kind(anthropic, claude_at, lambda: routed("aanthropic_messages")),
}


class TestCalls(AdapterConformance, RetrievalConformance):
    @pytest.fixture(params=KINDS)
    def session(self, request: pytest.FixtureRequest) -> Session:
        return KINDS[request.param]
