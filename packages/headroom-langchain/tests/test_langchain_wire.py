"""Chat models and agents that send less, over real sockets, and lose nothing."""

from __future__ import annotations

import asyncio
import inspect
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from langchain.agents import create_agent
from langchain_anthropic import ChatAnthropic
from langchain_anthropic.middleware import AnthropicPromptCachingMiddleware
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    ToolMessage,
    message_chunk_to_message,
)
from langchain_core.tools import ToolException, tool
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from headroom import Headroom
from headroom_langchain import HeadroomChatModel, HeadroomMiddleware, HeadroomRetrieveTool
from headroom_testing.adapters import (
    ANSWER,
    PICTURE,
    QUESTION,
    SCRIPT,
    AdapterConformance,
    RetrievalConformance,
    Session,
    read_log,
)
from headroom_testing.simulator import Call as Calls
from headroom_testing.simulator import Reply, Simulator

Model: TypeAlias = Any
Call: TypeAlias = Any
Make: TypeAlias = Callable[[Simulator], BaseChatModel]
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
        model="claude-opus-5",
        base_url=provider.url,
        api_key=KEY,
        max_tokens=99,
        max_retries=0,
    )


def chat(provider: Simulator) -> BaseChatModel:
    return ChatOpenAI(
        model="gpt-4o",
        base_url=f"{provider.url}/v1",
        api_key=KEY,
        max_retries=0,
    )


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


@tool
def read_logs(name: str) -> str:
    """Reads a log."""
    try:
        return read_log(name)
    except FileNotFoundError as error:
        raise ToolException(str(error)) from error


read_logs.name = "read_log"
read_logs.handle_tool_error = True


def held(messages: Sequence[BaseMessage]) -> list[str]:
    results = [m for m in messages if isinstance(m, ToolMessage) and m.name == "read_log"]
    assert {m.status for m in results} <= {"success", "error"}
    return [str(m.content) for m in results]


def run(provider: Simulator, headroom: Headroom | None, *, make: Make, call: Call) -> Sequence[str]:
    """A loop of one's own around a chat model."""
    llm = make(provider)
    tools = {one.name: one for one in (read_logs, HeadroomRetrieveTool(headroom=headroom))}
    model = HeadroomChatModel(llm, headroom=headroom) if headroom else llm
    bound = model.bind_tools(list(tools.values()))
    messages: list[BaseMessage] = [asked(llm)]
    answer = call(bound, messages)
    while answer.tool_calls:
        results = [tools[wanted["name"]].invoke(wanted) for wanted in answer.tool_calls]
        messages += [answer, *results]
        answer = call(bound, messages)
    close(llm)
    return held(messages)


def run_agent(
    provider: Simulator, headroom: Headroom | None, *, make: Make, call: Call
) -> Sequence[str]:
    """An agent that LangChain runs."""
    llm = make(provider)
    if headroom:
        agent = create_agent(llm, [read_logs], middleware=[HeadroomMiddleware(headroom=headroom)])
    else:
        agent = create_agent(llm, [HeadroomRetrieveTool(), read_logs])  # as middleware adds it
    state = call(agent, {"messages": [asked(llm)]})
    close(llm)
    assert state["messages"][-1].text
    return held(state["messages"])


class Suites(AdapterConformance, RetrievalConformance):
    """Both suites, for a kind of model and of session."""

    make: Make
    runs = staticmethod(run)
    calls: tuple[Call, ...] = (invoke, astream)

    @pytest.fixture(params=[0, 1])
    def session(self, request: pytest.FixtureRequest) -> Session:
        return partial(self.runs, make=type(self).make, call=self.calls[request.param])


class TestClaude(Suites):
    make = staticmethod(claude)


class TestChat(Suites):
    make = staticmethod(chat)
    calls = (ainvoke, stream)


class TestResponses(Suites):
    make = staticmethod(responses)


class TestAgentOfClaude(Suites):
    make = staticmethod(claude)
    runs = staticmethod(run_agent)
    calls = (invoke, ainvoke)


class TestAgentWhoseModelCompressesToo(AdapterConformance):
    @pytest.fixture
    def session(self) -> Session:
        def twice(provider: Simulator, headroom: Headroom | None) -> Sequence[str]:
            def make(provider: Simulator) -> BaseChatModel:
                llm = claude(provider)
                return HeadroomChatModel(llm, headroom=headroom) if headroom else llm

            return run_agent(provider, headroom, make=make, call=invoke)

        return twice


class TestAgentOfResponses(TestAgentOfClaude):
    make = staticmethod(responses)


def test_a_model_that_compresses_tells_of_itself_what_the_bare_one_does() -> None:
    async def events(model: Model) -> list[str]:
        return [event["event"] async for event in model.astream_events("?", version="v2")]

    def told(model: Model) -> list[object]:
        bound = inspect.signature(model.bind_tools)
        name = type(model).__name__
        happened = LOOP.run_until_complete(events(model))
        return [happened, model.profile, model.model_dump(), bound, name]

    with Simulator() as provider:
        bare = claude(provider)
        assert told(HeadroomChatModel(bare)) == told(bare)
        close(bare)


def test_breakpoints_that_move_with_the_conversation_still_hit_the_cache() -> None:
    """LangChain's own middleware for them takes a model that compresses for Anthropic's."""
    with Simulator(SCRIPT) as provider:
        llm = claude(provider)
        model = HeadroomChatModel(llm, headroom=Headroom(store="memory:"))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            caching = AnthropicPromptCachingMiddleware(unsupported_model_behavior="raise")
            tools = [read_logs, HeadroomRetrieveTool()]
            agent = create_agent(model, tools, middleware=[caching], system_prompt="Read." * 2000)
            agent.invoke({"messages": [HumanMessage(QUESTION)]})
        close(llm)
        written = [usage.read + usage.written_5m for usage in provider.usages]
        assert [usage.read for usage in provider.usages][1:] == written[:-1]
        assert written[0] > 1000
        assert provider.violations == []


def test_an_agent_streams_as_without_it() -> None:
    def stream_of(*middleware: HeadroomMiddleware) -> list[tuple[str, object]]:
        with Simulator(
            [Reply.of(Calls("read_log", {"name": "web-0"})), Reply.of(ANSWER)]
        ) as provider:
            llm = chat(provider)
            agent = create_agent(llm, [read_logs], middleware=middleware)
            question = {"messages": [asked(llm)]}
            chunks = list(agent.stream(question, stream_mode="messages"))
            close(llm)
            return [(type(message).__name__, message.text) for message, _ in chunks]

    headroom = Headroom(store="memory:")
    compressed = stream_of(HeadroomMiddleware(headroom=headroom, retrieve=False))
    assert compressed == stream_of()
    assert len(compressed) > 3


def test_an_agent_without_the_tool_loses_nothing() -> None:
    with Simulator([Reply.of(Calls("read_log", {"name": "web-0"})), Reply.of(ANSWER)]) as provider:
        llm = chat(provider)
        middleware = HeadroomMiddleware(headroom=Headroom(store="memory:"), retrieve=False)
        agent = create_agent(llm, [read_logs], middleware=[middleware])
        agent.invoke({"messages": [asked(llm)]})
        close(llm)
        request = provider.requests[1].json
    assert [one["function"]["name"] for one in request["tools"]] == ["read_log"]
    sent = request["messages"][-1]["content"]
    assert "headroom_retrieve" not in sent
    assert len(sent) < len(read_log("web-0"))


def test_the_readme_runs() -> None:
    text = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
    examples = re.findall(r"```python\n(.*?)```", text, re.S)
    assert len(examples) == 2
    script = [Reply.of(Calls("read_log", {"name": "web-0"})), Reply.of(ANSWER), Reply.of(ANSWER)]
    with Simulator(script) as provider:
        model = chat(provider)
        names: dict[str, Any] = {"model": model, "tools": [read_logs]}
        exec(examples[0], names)
        names["messages"] = names["state"]["messages"]
        exec(examples[1], names)
        close(model)
        sent = [request.json["messages"] for request in provider.requests]
    assert names["answer"].text == ANSWER
    assert names["messages"][2].content == read_log("web-0")
    assert sent[2][: len(sent[1])] == sent[1]
    assert "headroom_retrieve" in sent[1][2]["content"]
