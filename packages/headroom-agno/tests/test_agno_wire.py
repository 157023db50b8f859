"""Agents that send less, over real sockets, and lose nothing."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias

import pytest
from agno.agent import Agent
from agno.media import Image
from agno.models.anthropic import Claude
from agno.models.openai import OpenAIChat, OpenAIResponses

from headroom import Headroom
from headroom_agno import HeadroomAgnoModel, HeadroomCompressionManager, HeadroomRetrieveTool
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
Output: TypeAlias = Any
Make: TypeAlias = Callable[[Simulator], Model]
Call: TypeAlias = Callable[[Agent], Output]
IMAGE = Image(content=base64.b64decode(PICTURE), mime_type="image/png", format="png")


def claude(provider: Simulator) -> Model:
    params = {"base_url": provider.url, "max_retries": 0}
    return Claude(id="claude-opus-5", api_key="x", client_params=params, max_tokens=99)


def chat(provider: Simulator) -> Model:
    return OpenAIChat(id="gpt-4o", api_key="x", base_url=f"{provider.url}/v1", max_retries=0)


def responses(provider: Simulator) -> Model:
    return OpenAIResponses(
        id="gpt-5.6",
        api_key="x",
        base_url=f"{provider.url}/v1",
        max_retries=0,
        store=False,
        include=["reasoning.encrypted_content"],
    )


def run(agent: Agent) -> Output:
    return agent.run(QUESTION, images=[IMAGE])


def run_stream(agent: Agent) -> Output:
    *_, last = agent.run(QUESTION, images=[IMAGE], stream=True, yield_run_output=True)
    return last


def arun(agent: Agent) -> Output:
    async def running() -> Output:
        output = await agent.arun(QUESTION, images=[IMAGE])
        await close_async(agent.model)
        return output

    return asyncio.run(running())


def arun_stream(agent: Agent) -> Output:
    async def running() -> Output:
        events = agent.arun(QUESTION, images=[IMAGE], stream=True, yield_run_output=True)
        found = [event async for event in events]
        await close_async(agent.model)
        return found[-1]

    return asyncio.run(running())


async def close_async(model: Model) -> None:
    if model.async_client is not None:
        await model.async_client.close()


def read_logs(name: str) -> str:
    """Reads a log."""
    return read_log(name)


read_logs.__name__ = "read_log"


def held(output: Output) -> list[str]:
    results = [m for m in output.messages if m.role == "tool" and m.tool_name == "read_log"]
    assert sum(bool(m.tool_call_error) for m in results) <= 1
    return [m.content for m in results]


def session_of(
    provider: Simulator, headroom: Headroom | None, *, make: Make, call: Call, how: str
) -> Sequence[str]:
    model = make(provider)
    options: dict[str, Any] = {"tools": [read_logs, HeadroomRetrieveTool(headroom=headroom)]}
    if headroom and how == "manager":
        options["compression_manager"] = HeadroomCompressionManager(headroom=headroom)
    elif headroom:
        model = HeadroomAgnoModel(model, headroom=headroom)
    agent = Agent(model=model, telemetry=False, **options)
    output = call(agent)
    if model.client is not None:
        model.client.close()
    assert output.content
    return held(output)


class Suites(AdapterConformance, RetrievalConformance):
    """Both suites, for a kind of model."""

    make: Make
    ways: tuple[tuple[str, Call], ...]

    @pytest.fixture(params=[0, 1])
    def session(self, request: pytest.FixtureRequest) -> Session:
        how, call = self.ways[request.param]
        return partial(session_of, make=type(self).make, call=call, how=how)


class TestClaude(Suites):
    make = staticmethod(claude)
    ways = (("model", run), ("model", arun_stream))


class TestChat(Suites):
    make = staticmethod(chat)
    ways = (("model", run_stream), ("model", arun))


class TestResponses(Suites):
    make = staticmethod(responses)
    ways = (("model", run), ("model", arun_stream))


class TestManager(Suites):
    make = staticmethod(claude)
    ways = (("manager", run_stream), ("manager", arun))
