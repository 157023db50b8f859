"""Agents that send less, over real sockets, and lose nothing."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias

import pytest
from strands import Agent, tool
from strands.models.anthropic import AnthropicModel
from strands.models.openai import OpenAIModel
from strands.models.openai_responses import OpenAIResponsesModel

from headroom import Headroom
from headroom_strands import (
    HeadroomConversationManager,
    HeadroomPlugin,
    HeadroomRetrieveTool,
    HeadroomStrandsModel,
)
from headroom_testing.adapters import (
    PICTURE,
    QUESTION,
    AdapterConformance,
    RetrievalConformance,
    Session,
    read_log,
)
from headroom_testing.simulator import Simulator

Model: TypeAlias = Any
Prompt: TypeAlias = Any
Result: TypeAlias = Any
Make: TypeAlias = Callable[[Simulator], Model]
Call: TypeAlias = Callable[[Agent, Any], Result]
IMAGE = {"image": {"format": "png", "source": {"bytes": base64.b64decode(PICTURE)}}}


def claude(provider: Simulator) -> Model:
    args = {"api_key": "x", "base_url": provider.url, "max_retries": 0}
    args["default_headers"] = {"connection": "close"}  # its client outlives the agent's event loop
    return AnthropicModel(client_args=args, model_id="claude-opus-5", max_tokens=99)


def chat(provider: Simulator) -> Model:
    args = {"api_key": "x", "base_url": f"{provider.url}/v1", "max_retries": 0}
    return OpenAIModel(client_args=args, model_id="gpt-4o")


def responses(provider: Simulator) -> Model:
    args = {"api_key": "x", "base_url": f"{provider.url}/v1", "max_retries": 0}
    return OpenAIResponsesModel(client_args=args, model_id="gpt-5.6")


def invoke(agent: Agent, prompt: Prompt) -> Result:
    return agent(prompt)


def stream(agent: Agent, prompt: Prompt) -> Result:
    async def last() -> Result:
        return [event async for event in agent.stream_async(prompt) if "result" in event]

    return asyncio.run(last())[0]["result"]


@tool(name="read_log")
def read_logs(name: str) -> str:
    """Reads a log."""
    return read_log(name)


def asked(model: Model) -> list[Any]:
    if isinstance(model, AnthropicModel):
        return [IMAGE, {"text": QUESTION}, {"cachePoint": {"type": "default"}}]
    return [IMAGE, {"text": QUESTION}]


def held(agent: Agent) -> list[str]:
    """Returns the results of `read_log` in the order of the calls."""
    parts = [part for message in agent.messages for part in message["content"]]
    results = {p["toolResult"]["toolUseId"]: p["toolResult"] for p in parts if "toolResult" in p}
    calls = [part["toolUse"] for part in parts if "toolUse" in part]
    wanted = [results[call["toolUseId"]] for call in calls if call["name"] == "read_log"]
    assert [r["status"] for r in wanted].count("error") <= 1
    return ["".join(part["text"] for part in result["content"]) for result in wanted]


def run(
    provider: Simulator, headroom: Headroom | None, *, make: Make, call: Call, how: str
) -> Sequence[str]:
    model = make(provider)
    back = HeadroomRetrieveTool(headroom=headroom)
    options: dict[str, Any] = {"model": model, "callback_handler": None, "tools": [read_logs, back]}
    if headroom and how == "plugin":
        options |= {"tools": [read_logs], "plugins": [HeadroomPlugin(headroom=headroom)]}
    elif headroom and how == "manager":
        manager = HeadroomConversationManager(headroom=headroom)
        options |= {"tools": [read_logs], "conversation_manager": manager}
    elif headroom:
        options["model"] = HeadroomStrandsModel(model, headroom=headroom)
    agent = Agent(**options)
    result = call(agent, asked(model))
    assert str(result).strip()
    return held(agent)


class Suites(AdapterConformance, RetrievalConformance):
    """Both suites, for a kind of model."""

    make: Make
    ways: tuple[tuple[str, Call], ...] = (("plugin", invoke), ("model", stream))

    @pytest.fixture(params=[0, 1])
    def session(self, request: pytest.FixtureRequest) -> Session:
        how, call = self.ways[request.param]
        return partial(run, make=type(self).make, call=call, how=how)


class TestClaude(Suites):
    make = staticmethod(claude)


class TestChat(Suites):
    make = staticmethod(chat)
    ways = (("plugin", stream), ("manager", invoke))


class TestResponses(Suites):
    make = staticmethod(responses)
    ways = (("plugin", invoke), ("model", stream))
