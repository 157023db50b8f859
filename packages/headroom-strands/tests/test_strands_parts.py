"""Structured output, cancelling, full windows, and messages of every kind."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from strands import Agent, tool
from strands.models.anthropic import AnthropicModel
from strands.models.openai import OpenAIModel
from strands.types.exceptions import ContextWindowOverflowException

import headroom.integrations.strands as integrations
import headroom_strands
from headroom import Headroom
from headroom.types import Edit
from headroom_strands import (
    HeadroomConversationManager,
    HeadroomPlugin,
    HeadroomRetrieveTool,
    HeadroomStrandsModel,
    without_headroom,
)
from headroom_strands._messages import conversation_of, edited
from headroom_testing.adapters import ANSWER, read_log
from headroom_testing.simulator import Call, Recorded, Refusal, Reply, Simulator, Thinking

Model: TypeAlias = Any
Value: TypeAlias = Any
LOG = read_log("web-0")


def claude(provider: Simulator) -> Model:
    args = {"api_key": "x", "base_url": provider.url, "max_retries": 0}
    args["default_headers"] = {"connection": "close"}  # its client outlives the agent's event loop
    return AnthropicModel(client_args=args, model_id="claude-opus-5", max_tokens=99)


def chat(provider: Simulator) -> Model:
    args = {"api_key": "x", "base_url": f"{provider.url}/v1", "max_retries": 0}
    return OpenAIModel(client_args=args, model_id="gpt-4o")


@tool
def logs(name: str) -> Value:
    """Reads a log."""
    return {"status": "success", "content": [{"text": read_log(name)}, {"json": rows(name)}]}


def rows(name: str) -> Value:
    return [{"name": name, "tick": n, "state": "done", "é": None} for n in range(200)]


READS = Reply.of(Call("logs", {"name": "web-0"}))


class Report(BaseModel):
    failed: bool
    why: str


@contextmanager
def provider_of(*replies: Value) -> Iterator[Simulator]:
    with Simulator(replies, count=len) as provider:
        yield provider


@pytest.mark.parametrize("make", [claude, chat])
@pytest.mark.parametrize("wrapped", ["plugin", "model"])
def test_structured_output_is_that_of_the_bare_agent(make: Value, wrapped: str) -> None:
    report: dict[str, Value] = {"failed": True, "why": "disk"}

    def asked(headroom: Headroom | None) -> tuple[Value, list[bytes]]:
        with provider_of(READS, Reply.of(Call("Report", report)), Reply.of("ok")) as provider:
            model, options = make(provider), {}
            if headroom and wrapped == "plugin":
                options["plugins"] = [HeadroomPlugin(headroom=headroom, retrieve=False)]
            elif headroom:
                model = HeadroomStrandsModel(model, headroom=headroom)
            agent = Agent(model=model, tools=[logs], callback_handler=None, **options)
            result = agent("Why?", structured_output_model=Report)
            return result.structured_output, [request.body for request in provider.requests]

    headroom = Headroom(store="memory:")
    found, sent = asked(headroom)
    bare, bodies = asked(None)
    assert found == bare == Report(**report)
    assert len(sent[1]) < len(bodies[1]) * 0.8
    assert b"headroom_retrieve" not in sent[1]
    if make is claude:  # a chat's result is both texts in one
        assert [headroom.restore_body(body) for body in sent] == bodies


def test_the_deprecated_structured_output_sends_less_too() -> None:
    async def last(model: Model) -> Value:
        message = {"role": "user", "content": [{"text": f"What failed?\n\n{LOG}"}]}
        return [event async for event in model.structured_output(Report, [message])][-1]

    reply = Reply.of(Call("Report", {"failed": False, "why": ""}))
    with provider_of(reply, reply) as provider:
        bare = claude(provider)
        model = HeadroomStrandsModel(bare, headroom=Headroom(store="memory:"))
        assert asyncio.run(last(model)) == asyncio.run(last(bare))
        sent, before = (len(request.body) for request in provider.requests)
    assert sent < before * 0.85


def test_a_cancelled_agent_stops_and_goes_on() -> None:
    with provider_of(READS, Reply.of(ANSWER), Reply.of(ANSWER)) as provider:
        plugin = HeadroomPlugin(headroom=Headroom(store="memory:"))
        agent = Agent(model=claude(provider), tools=[logs], plugins=[plugin], callback_handler=None)

        async def begin() -> Value:
            async for event in agent.stream_async("Why?"):
                if "message" in event:
                    agent.cancel()
                if "result" in event:
                    return event["result"]

        assert asyncio.run(begin()).stop_reason == "cancelled"
        assert str(agent("Go on.")).strip()
        assert provider.violations == []


def test_json_goes_out_shorter_and_the_agent_keeps_it() -> None:
    with provider_of(READS, Reply.of(ANSWER)) as provider:
        agent = Agent(
            model=claude(provider),
            tools=[logs],
            plugins=[HeadroomPlugin(headroom=Headroom(store="memory:"), retrieve=False)],
            callback_handler=None,
        )
        agent("Why?")
        content = provider.requests[1].json["messages"][2]["content"][0]["content"]
    assert len(content[1]["text"]) < len(str(rows("web-0"))) / 4
    assert agent.messages[2]["content"][0]["toolResult"]["content"] == [
        {"text": LOG},
        {"json": rows("web-0")},
    ]


def test_blocks_that_change_in_every_call_decide_nothing() -> None:
    from strands.middleware import InvokeModelStage  # noqa: PLC0415 - only here

    turn = iter(range(9))

    def inject(context: Value) -> Value:
        note = {"text": f"It is {next(turn)} o'clock. " * 9}
        last = {**context.messages[-1], "content": [*context.messages[-1]["content"], note]}
        return context.replace(messages=[*context.messages[:-1], last], dynamic_trailing_blocks=1)

    with provider_of(READS, READS, Reply.of(ANSWER)) as provider:
        agent = Agent(model=claude(provider), tools=[logs], callback_handler=None)
        agent.add_middleware(InvokeModelStage.Input, inject)
        HeadroomPlugin(headroom=Headroom(store="memory:")).init_agent(agent)
        agent("Why?")
        sent = [request.json["messages"] for request in provider.requests]
    for before, after in pairwise(sent):
        assert before[-1]["content"].pop()["text"].startswith("It is")
        assert after[: len(before)] == before


WINDOW = 60_000


@tool
def page(number: int) -> str:
    """Shows a page that nobody can write shorter."""
    return "".join(
        f"{number}.{n} {hashlib.sha256(f'{number} {n}'.encode()).hexdigest()}\n" for n in range(150)
    )


def reader(request: Recorded) -> Reply | Refusal:
    """A model with a small window, that reads ten pages."""
    if len(request.body) > WINDOW:
        return Refusal(400, f"prompt is too long: {len(request.body)} > {WINDOW}")
    read = request.body.count(b'"tool_result"')
    return Reply.of(Call("page", {"number": read})) if read < 10 else Reply.of(ANSWER)


def test_a_full_window_is_no_end_and_the_agent_keeps_all() -> None:
    headroom = Headroom(store="memory:")
    with Simulator(reader, count=len) as provider:

        def agent_of(manager: HeadroomConversationManager, **options: Value) -> Agent:
            return Agent(
                model=claude(provider),
                tools=[page],
                conversation_manager=manager,
                callback_handler=None,
                **options,
            )

        manager = HeadroomConversationManager(headroom=headroom)
        agent = agent_of(manager)
        assert str(agent("Read ten pages.")).strip() == ANSWER
        held = [p["toolResult"] for m in agent.messages for p in m["content"] if "toolResult" in p]
        assert [one["content"][0]["text"] for one in held] == [page(n) for n in range(10)]
        refused = [request for request in provider.requests if len(request.body) > WINDOW]
        assert 0 < len(refused) < 4
        last = provider.requests[-1].json["messages"]

        restored = HeadroomConversationManager(headroom=Headroom(store=headroom.store))
        restored.restore_from_session(manager.get_state())
        agent_of(restored, messages=agent.messages)("And now?")
        assert provider.requests[-1].json["messages"][: len(last)] == last


def test_a_window_that_nothing_fits_is_said() -> None:
    full = Refusal(400, "prompt is too long: 9 > 1")
    with Simulator(lambda _: full, count=len) as provider:
        manager = HeadroomConversationManager(headroom=Headroom(store="memory:"))
        agent = Agent(model=claude(provider), conversation_manager=manager, callback_handler=None)
        with pytest.raises(ContextWindowOverflowException):
            agent("Hello")
        assert len(provider.requests) < 4
    assert manager.get_state()["budget_tokens"] is None


def test_wrapping_twice_is_wrapping_once_and_can_be_taken_back() -> None:
    with provider_of() as provider:
        bare = chat(provider)
        model = HeadroomStrandsModel(bare)
        assert HeadroomStrandsModel(model) is model
        assert isinstance(model, OpenAIModel)
        assert type(model).__name__ == "OpenAIModel"
        assert model.get_config() == bare.get_config()
        assert type(without_headroom(model)) is OpenAIModel
        assert without_headroom(bare) is bare


def test_what_is_no_model_is_refused() -> None:
    with pytest.raises(TypeError, match="expected a model of Strands"):
        HeadroomStrandsModel("us.anthropic.claude")


def test_what_is_counted_is_what_is_sent() -> None:
    with provider_of() as provider:
        bare = claude(provider)
        model = HeadroomStrandsModel(bare, headroom=Headroom(store="memory:"))
        messages = [{"role": "user", "content": [{"text": f"What failed?\n\n{LOG}"}]}]
        count = asyncio.run(model.count_tokens(messages))
        assert count < asyncio.run(bare.count_tokens(messages)) * 0.9


def test_the_tool_answers_mistakes_with_a_sentence() -> None:
    back = HeadroomRetrieveTool(headroom=Headroom(store="memory:"))
    use = {"toolUseId": "1", "name": back.tool_name, "input": {"ref": "aaaaaaaaaaaaa"}}

    async def run() -> Value:
        return [event async for event in back.stream(use, {})][-1]

    assert "no original" in str(asyncio.run(run()))


def test_thinking_is_bound_and_sent_as_it_came() -> None:
    reply = Reply.of(Thinking("hm"), Call("logs", {"name": "db-0"}))
    with provider_of(reply, Reply.of(ANSWER)) as provider:
        plugin = HeadroomPlugin(headroom=Headroom(store="memory:"))
        agent = Agent(model=claude(provider), tools=[logs], plugins=[plugin], callback_handler=None)
        agent("Why?")
        assert provider.violations == []
    assert conversation_of(agent.messages).messages[1].bound


TEXT = st.text(max_size=20)
JSON_ = st.recursive(
    st.none() | st.booleans() | TEXT, lambda x: st.lists(x, max_size=2), max_leaves=3
)
RESULT = st.one_of(
    st.builds(lambda text: {"text": text}, TEXT),
    st.builds(lambda value: {"json": value}, JSON_),
    st.builds(lambda data: {"image": {"format": "png", "source": {"bytes": data}}}, st.binary()),
)
PARTS = st.one_of(
    st.builds(lambda text: {"text": text}, TEXT),
    st.builds(lambda value: {"toolUse": {"toolUseId": "1", "name": "f", "input": value}}, JSON_),
    st.builds(
        lambda content, status: {
            "toolResult": {"toolUseId": "1", "status": status, "content": content}
        },
        st.lists(RESULT, max_size=3),
        st.sampled_from(["success", "error"]),
    ),
    st.builds(lambda text: {"reasoningContent": {"reasoningText": {"text": text}}}, TEXT),
    st.sampled_from([{"cachePoint": {"type": "default"}}, {"unknown": 1}, {}]),
)
MESSAGES = st.builds(
    lambda role, content: {"role": role, "content": content},
    st.sampled_from(["user", "assistant"]),
    st.lists(PARTS, max_size=3),
)


@given(st.lists(MESSAGES, max_size=4), st.data())
@settings(max_examples=60)
def test_an_edit_changes_one_text_and_nothing_else(
    messages: list[Value], data: st.DataObject
) -> None:
    before = repr(messages)
    read = conversation_of(messages)
    blocks = [b for m in read.messages for b in m.blocks if b.kind in ("user_text", "tool_result")]
    if not blocks:
        return
    block = data.draw(st.sampled_from(blocks))
    after = edited(messages, [Edit(block.path, "something else")])
    assert repr(messages) == before
    again = [b for m in conversation_of(after).messages for b in m.blocks]
    was = [b for m in read.messages for b in m.blocks]
    assert [b.text for b in again] == ["something else" if b is block else b.text for b in was]
    changed = [n for n, (a, b) in enumerate(zip(after, messages, strict=True)) if a is not b]
    assert changed == [block.path[1]]


def test_the_readme_runs() -> None:
    text = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", text, re.S)
    with provider_of(READS, Reply.of(ANSWER)) as provider:
        names: dict[str, Any] = {"model": claude(provider), "tools": [logs]}
        exec(example, names)
        sent = provider.requests[1].body
    assert str(names["result"]).strip() == ANSWER
    assert b"headroom_retrieve(" in sent
    assert names["agent"].messages[2]["content"][0]["toolResult"]["content"][0]["text"] == LOG


def test_the_names_are_there() -> None:
    assert headroom_strands.__all__ == sorted(headroom_strands.__all__)
    assert all(getattr(integrations, name).__doc__ for name in headroom_strands.__all__)
