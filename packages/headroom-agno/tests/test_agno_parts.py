"""Structured output, histories, copies, and messages of every kind."""

from __future__ import annotations

import asyncio
import copy
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from agno.agent import Agent
from agno.db.in_memory import InMemoryDb
from agno.models.message import Message
from agno.models.openai import OpenAIChat
from agno.team import Team
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

import headroom.integrations.agno as integrations
import headroom_agno
from headroom import Headroom
from headroom.integrations.messages import edited
from headroom.types import Edit
from headroom_agno import (
    HeadroomAgnoModel,
    HeadroomCompressionManager,
    HeadroomRetrieveTool,
    without_headroom,
)
from headroom_agno._messages import conversation_of
from headroom_testing.adapters import ANSWER, read_log
from headroom_testing.simulator import Call, Reply, Simulator

Value: TypeAlias = Any
LOG = read_log("web-0")
READS = Reply.of(Call("logs", {"name": "web-0"}))


def logs(name: str) -> str:
    """Reads a log."""
    return read_log(name)


class Report(BaseModel):
    failed: bool
    why: str


@contextmanager
def chatting(*replies: Reply) -> Iterator[tuple[OpenAIChat, Simulator]]:
    """A model, and the provider behind it."""
    with Simulator(replies, count=len) as provider:
        model = OpenAIChat(id="gpt-4o", api_key="x", base_url=f"{provider.url}/v1", max_retries=0)
        model.get_client()
        yield model, provider
        model.client.close()


def asked(agent: Agent, *, later: bool, **options: Value) -> Value:
    async def running() -> Value:
        output = await agent.arun("Why?", **options)
        await agent.model.async_client.close()
        return output

    return asyncio.run(running()) if later else agent.run("Why?", **options)


@pytest.mark.parametrize("later", [False, True])
def test_structured_output_is_that_of_the_bare_agent(later: bool) -> None:
    def report(headroom: Headroom | None) -> tuple[Value, list[bytes]]:
        with chatting(READS, Reply.of('{"failed": true, "why": "disk"}')) as (model, provider):
            used = HeadroomAgnoModel(model, headroom=headroom) if headroom else model
            agent = Agent(model=used, tools=[logs], output_schema=Report, telemetry=False)
            content = asked(agent, later=later).content
            return content, [request.body for request in provider.requests]

    headroom = Headroom(store="memory:")
    found, sent = report(headroom)
    bare, bodies = report(None)
    assert found == bare == Report(failed=True, why="disk")
    assert len(sent[1]) < len(bodies[1]) * 0.9
    assert [headroom.restore_body(body) for body in sent] == bodies


@pytest.mark.parametrize("how", ["model", "manager"])
def test_a_later_run_sends_the_history_as_it_was_sent(how: str) -> None:
    headroom = Headroom(store="memory:")
    with chatting(READS, Reply.of(ANSWER), READS, Reply.of(ANSWER)) as (model, provider):
        db = InMemoryDb()

        def agent() -> Agent:
            """A worker of its own: only the database is shared."""
            options: dict[str, Value] = {"model": model}
            if how == "model":
                options["model"] = HeadroomAgnoModel(model, headroom=headroom)
            else:
                options["compression_manager"] = HeadroomCompressionManager(headroom=headroom)
            return Agent(
                tools=[logs, HeadroomRetrieveTool(headroom=headroom)],
                db=db,
                session_id="s",
                add_history_to_context=True,
                telemetry=False,
                **options,
            )

        agent().run("What failed?")
        agent().run("And now?")
        sent = [request.json["messages"] for request in provider.requests]
        history = agent().get_session(session_id="s").get_messages()
    for before, after in pairwise(sent):
        assert after[: len(before)] == before
    assert "headroom_retrieve(" in sent[1][-1]["content"]
    assert [m.content for m in history if m.role == "tool"] == [LOG, LOG]


def test_a_team_sends_less_too() -> None:
    with chatting(READS, Reply.of(ANSWER)) as (model, provider):
        used = HeadroomAgnoModel(model, headroom=Headroom(store="memory:"))
        team = Team(members=[], model=used, tools=[logs], telemetry=False)
        output = team.run("What failed?")
        sent = provider.requests[1].json["messages"][-1]["content"]
    assert len(sent) < len(LOG) * 0.8
    assert "headroom_retrieve" not in sent
    assert LOG in [m.content for m in output.messages or ()]


def test_pasted_data_is_shorter_and_words_are_not() -> None:
    question = f"What failed? {'Please look closely. ' * 9}\n\n```\n{LOG}```"
    with chatting(Reply.of(ANSWER)) as (model, provider):
        agent = Agent(
            model=HeadroomAgnoModel(model, headroom=Headroom(store="memory:")), telemetry=False
        )
        agent.run(question)
        sent = provider.requests[0].json["messages"][-1]["content"]
    assert sent.startswith(question[:60])
    assert len(sent) < len(question) * 0.9


def test_wrapping_twice_is_wrapping_once_and_can_be_taken_back() -> None:
    with chatting(READS, Reply.of(ANSWER)) as (bare, provider):
        model = HeadroomAgnoModel(bare, headroom=Headroom(store="memory:"))
        assert HeadroomAgnoModel(model) is model
        assert isinstance(model, OpenAIChat)
        assert model.to_dict() == bare.to_dict()
        assert type(without_headroom(model)) is OpenAIChat
        assert without_headroom(bare) is bare
        copied = copy.deepcopy(model)
        Agent(model=copied, tools=[logs], telemetry=False).run("Why?")
        copied.client.close()
        assert len(provider.requests[1].body) < len(LOG)


def test_a_stream_that_is_left_is_closed_at_once() -> None:
    closed: list[bool] = []

    class Endless(OpenAIChat):
        async def ainvoke_stream(self, *_: Value, **__: Value) -> Value:
            try:
                while True:
                    yield "word"
            finally:
                closed.append(True)

    async def main() -> list[bool]:
        words = HeadroomAgnoModel(Endless(api_key="x")).ainvoke_stream([])
        assert await anext(words) == "word"
        await words.aclose()
        return list(closed)

    assert asyncio.run(main()) == [True]


def test_what_is_no_model_is_refused() -> None:
    with pytest.raises(TypeError, match="expected a model of Agno"):
        HeadroomAgnoModel("openai:gpt-4o")


def test_what_agno_compressed_itself_is_what_the_model_reads() -> None:
    done = Message(role="tool", tool_call_id="1", content=LOG, compressed_content="It failed.")
    (read,) = conversation_of([done], compressed=True).messages
    assert [(block.kind, block.text) for block in read.blocks] == [("compressed", "It failed.")]
    (read,) = conversation_of([done]).messages
    assert [(block.kind, block.text) for block in read.blocks] == [("tool_result", LOG)]


@pytest.mark.parametrize(
    ("provider_data", "bound"),
    [
        (None, False),
        ({"response_id": "1"}, False),
        ({"signature": "x"}, True),
        ({"content_blocks": [{"type": "thinking", "thinking": "", "signature": "x"}]}, True),
        ({"content_blocks": [{"type": "text", "text": "x"}]}, False),
        ({"reasoning_output": {"type": "reasoning", "encrypted_content": "x"}}, True),
    ],
)
def test_signed_thinking_is_seen(provider_data: Value, bound: bool) -> None:
    said = Message(role="assistant", content="x", provider_data=provider_data)
    assert conversation_of([said]).messages[0].bound is bound


TEXT = st.text(max_size=20)
PARTS = st.one_of(
    TEXT,
    st.builds(lambda text: {"type": "text", "text": text, "cache_control": {}}, TEXT),
    st.builds(lambda url: {"type": "image_url", "image_url": {"url": url}}, TEXT),
    st.sampled_from([{"type": "text"}, {"type": "text", "text": None}, {"odd": 1}, 7, None]),
)
CONTENT = st.none() | TEXT | st.lists(PARTS, max_size=3)
CALLS = st.lists(
    st.one_of(
        st.builds(
            lambda text: {"id": "1", "function": {"name": "f", "arguments": text}},
            TEXT | st.just('{"a": ["b"]}'),
        ),
        st.sampled_from([{}, {"id": None, "function": {"name": None, "arguments": None}}]),
    ),
    max_size=2,
)
ROLES = st.sampled_from(["system", "developer", "user", "assistant", "model", "tool", "else"])
MESSAGES = st.builds(
    lambda role, content, calls: Message(
        role=role, content=content, tool_calls=calls, tool_call_id="1", tool_name="f"
    ),
    ROLES,
    CONTENT,
    st.none() | CALLS,
)


@given(st.lists(MESSAGES, max_size=4), st.data())
@settings(max_examples=60)
def test_an_edit_changes_one_text_and_nothing_else(
    messages: list[Message], data: st.DataObject
) -> None:
    before = [message.model_dump() for message in messages]
    read = conversation_of(messages)
    blocks = [b for m in read.messages for b in m.blocks if b.kind in ("user_text", "tool_result")]
    if not blocks:
        return
    block = data.draw(st.sampled_from(blocks))
    after = edited(messages, [Edit(block.path, "something else")])
    back = edited(after, [Edit(block.path, block.text)])
    assert [message.model_dump() for message in back] == before
    assert [message.model_dump() for message in messages] == before
    changed = [n for n, (a, b) in enumerate(zip(after, messages, strict=True)) if a is not b]
    assert changed == [block.path[1]]


def test_the_readme_runs() -> None:
    text = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", text, re.S)
    with chatting(READS, Reply.of(ANSWER)) as (model, provider):
        names: dict[str, Value] = {"model": model, "tools": [logs]}
        exec(example, names)
        sent = provider.requests[1].body
    assert names["run"].content == ANSWER
    assert b"headroom_retrieve(" in sent
    assert LOG in [m.content for m in names["run"].messages]


def test_the_names_are_there() -> None:
    assert headroom_agno.__all__ == sorted(headroom_agno.__all__)
    assert all(getattr(integrations, name).__doc__ for name in headroom_agno.__all__)
