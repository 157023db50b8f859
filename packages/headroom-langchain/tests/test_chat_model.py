"""Chat models that send less, over real sockets, and lose nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, TypeAlias

import pytest
from langchain_anthropic import ChatAnthropic
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage, message_chunk_to_message
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from headroom import Headroom
from headroom_langchain import HeadroomChatModel, HeadroomRetrieveTool
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
Call: TypeAlias = Any
KEY = SecretStr("x")
LOOP = asyncio.new_event_loop()


@pytest.fixture(scope="module", autouse=True)
def _loop() -> Iterator[None]:
    yield
    LOOP.close()


def close(llm: Model) -> None:
    """Closes a model's connections, which it leaves to the garbage collector."""
    if isinstance(llm, ChatAnthropic):
        clients: tuple[Any, Any] = (llm._client, llm._async_client)
    else:
        clients = (llm.root_client, llm.root_async_client)
    clients[0].close()
    LOOP.run_until_complete(clients[1].close())


def claude(provider: Simulator) -> BaseChatModel:
    return ChatAnthropic(
        model="claude-opus-5", base_url=provider.url, api_key=KEY, max_tokens=99, max_retries=0
    )


def chat(provider: Simulator) -> BaseChatModel:
    return ChatOpenAI(model="gpt-4o", base_url=f"{provider.url}/v1", api_key=KEY, max_retries=0)


def responses(provider: Simulator) -> BaseChatModel:
    return ChatOpenAI(
        model="gpt-5.6",
        base_url=f"{provider.url}/v1",
        api_key=KEY,
        max_retries=0,
        use_responses_api=True,
        output_version="responses/v1",
        store=False,
        include=["reasoning.encrypted_content"],
    )


def asked(model: BaseChatModel) -> HumanMessage:
    if isinstance(model, ChatAnthropic):
        source = {"type": "base64", "media_type": "image/png", "data": PICTURE}
        picture: dict[str, Any] = {"type": "image", "source": source}
        text = {"type": "text", "text": QUESTION, "cache_control": {"type": "ephemeral"}}
    else:
        url = f"data:image/png;base64,{PICTURE}"
        picture = {"type": "image_url", "image_url": {"url": url}}
        text = {"type": "text", "text": QUESTION}
    return HumanMessage([picture, text], id="the-question")


def invoke(model: Model, messages: list[Any]) -> AIMessage:
    answer: AIMessage = model.invoke(messages)
    return answer


def ainvoke(model: Model, messages: list[Any]) -> AIMessage:
    return LOOP.run_until_complete(model.ainvoke(messages))


def stream(model: Model, messages: list[Any]) -> AIMessage:
    first, *rest = model.stream(messages)
    return message_chunk_to_message(sum(rest, first))


def astream(model: Model, messages: list[Any]) -> AIMessage:
    async def collect() -> list[Any]:
        return [chunk async for chunk in model.astream(messages)]

    first, *rest = LOOP.run_until_complete(collect())
    return message_chunk_to_message(sum(rest, first))


def run(
    provider: Simulator,
    headroom: Headroom | None,
    *,
    make: Callable[[Simulator], BaseChatModel],
    call: Call,
) -> Sequence[str]:
    llm = make(provider)
    tools = {
        "read_log": tool(read_log),
        "headroom_retrieve": HeadroomRetrieveTool(headroom=headroom),
    }
    model = HeadroomChatModel(llm, headroom=headroom) if headroom else llm
    bound = model.bind_tools(list(tools.values()))
    messages: list[Any] = [asked(llm)]
    while True:
        answer = call(bound, messages)
        messages.append(answer)
        if not answer.tool_calls:
            close(llm)
            return [m.content for m in messages if isinstance(m, ToolMessage) and m.artifact]
        for wanted in answer.tool_calls:
            try:
                result = tools[wanted["name"]].invoke(wanted)
                result.artifact = wanted["name"] == "read_log"
            except FileNotFoundError as error:
                result = ToolMessage(
                    str(error), tool_call_id=wanted["id"], status="error", artifact=True
                )
            messages.append(result)


@pytest.fixture(params=[invoke, astream])
def call(request: pytest.FixtureRequest) -> Call:
    return request.param


@pytest.fixture(params=[ainvoke, stream])
def other_call(request: pytest.FixtureRequest) -> Call:
    return request.param


class TestClaude(AdapterConformance, RetrievalConformance):
    @pytest.fixture
    def session(self, call: Call) -> Session:
        return partial(run, make=claude, call=call)


class TestChat(AdapterConformance, RetrievalConformance):
    @pytest.fixture
    def session(self, other_call: Call) -> Session:
        return partial(run, make=chat, call=other_call)


class TestResponses(AdapterConformance, RetrievalConformance):
    @pytest.fixture
    def session(self, call: Call) -> Session:
        return partial(run, make=responses, call=call)
