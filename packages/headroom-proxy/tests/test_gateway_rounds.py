"""Retrieval in the stream with the clients of OpenAI and Google: they see one answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import openai
import pytest
from rounds_clients import ASK, CLIENTS, END, ONLY_ASK, RUN, SHAPES, Client, Responses, log

from headroom.ccr.tool import retrieve_tool
from headroom.sessions import Sessions
from headroom.types import JSON
from headroom_proxy import Editor, Server, Settings
from headroom_proxy.settings import Mode
from headroom_testing.simulator import (
    Asking,
    Call,
    Delivery,
    Part,
    Recorded,
    Refusal,
    Simulator,
    Thinking,
    references_in,
)
from headroom_testing.simulator.prompts import read_prompt


@pytest.fixture(params=[f"{name} {way}" for name in CLIENTS for way in ("json", "sse")])
def wire(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@contextmanager
def setup(
    wire: str, store: Path, *turns: Sequence[Part] | Refusal, mode: Mode = "on"
) -> Iterator[tuple[Simulator, Client]]:
    name, way = wire.split()
    with Simulator(Asking(*turns, delivery=Delivery(split=100))) as simulator:
        url = simulator.url
        told = Settings(port=0, openai=url, gemini=url)
        with Server(told, Editor(mode, Sessions(f"sqlite://{store}"))) as gateway:
            yield simulator, CLIENTS[name](gateway.url, stream=way == "sse")


def check(wire: str, simulator: Simulator) -> None:
    """Asserts that each request begins with the one before, and declares the same tools."""
    assert simulator.violations == []
    bodies = [request.json for request in simulator.requests]
    for last, now in pairwise(pieces(body) for body in bodies):
        assert now[: len(last)] == last
    assert all(body["tools"] == bodies[0]["tools"] for body in bodies)
    assert retrieve_tool(SHAPES[wire.split()[0]]) in declared(bodies[0])


def pieces(body: JSON) -> list[str]:
    """Returns what a provider compares of a request."""
    return [piece.key for piece in read_prompt(body, len).pieces]


def declared(body: JSON) -> list[JSON]:
    tools: list[JSON] = body["tools"]
    return tools[0].get("functionDeclarations") or tools


def shown(request: Recorded) -> str:
    """Returns what a request says, as one would read it."""
    return json.dumps(request.json, ensure_ascii=False).replace("\\n", "\n")


def test_the_model_goes_on_in_the_same_answer(wire: str, tmp_path: Path) -> None:
    turns = (RUN, ASK, RUN, ONLY_ASK, ASK, END)
    with setup(wire, tmp_path / "s.db", *turns) as (simulator, client):
        client.turn()
        asked = "Let me see more. 🙂"
        assert "".join(client.turn()) == f"{asked}Let me look.bash"
        first, second = simulator.usages[1:3]
        assert client.usage() == (first.input + second.input, first.read + second.read)
        ended = client.turn()
        assert "".join(ended) == asked + "It was 42."
        client.turn()
        check(wire, simulator)
        assert "".join(log(1).splitlines(keepends=True)[29:32]) in shown(simulator.requests[-1])
    assert "headroom_retrieve" not in str(client.said)


@pytest.mark.parametrize("order", [(1, 0), (0, 1)], ids=["after", "before"])
def test_beside_calls_of_the_client(wire: str, tmp_path: Path, order: tuple[int, int]) -> None:
    """The client gets its own, and our result travels with its own."""
    both = [Call("headroom_retrieve", {"lines": "30"}), Call("bash")]
    turn: tuple[Part, ...] = (Thinking("two things"), *(both[n] for n in order))
    with setup(wire, tmp_path / "s.db", RUN, turn, RUN, ASK, END) as (simulator, client):
        client.turn()
        assert client.turn() == ["bash"]
        client.turn()
        client.turn()
        client.turn()
        check(wire, simulator)
        assert len(simulator.requests) == 6
        assert log(1).splitlines()[29] in shown(simulator.requests[2])


@pytest.mark.parametrize("name", CLIENTS)
def test_restarts_and_other_modes_do_not_lose_it(name: str, tmp_path: Path) -> None:
    turns = (RUN, ASK, RUN, ASK, (*ONLY_ASK, Call("bash")), RUN, END)
    with Simulator(Asking(*turns)) as simulator:
        told = Settings(port=0, openai=simulator.url, gemini=simulator.url)
        client = CLIENTS[name]("", stream=True)
        for mode in ("on", "on", "off", "lossless", "observe", "on"):
            editor = Editor(mode, Sessions(f"sqlite://{tmp_path}/s.db"))
            with Server(told, editor) as gateway:
                client.url = gateway.url
                client.turn()
        check(name, simulator)


@pytest.mark.parametrize("name", CLIENTS)
def test_who_asks_on_and_on_gets_told_and_then_is_stopped(name: str, tmp_path: Path) -> None:
    with setup(f"{name} sse", tmp_path / "s.db", RUN, *[ASK] * 9, END) as (simulator, client):
        client.turn()
        client.turn()
        assert len(simulator.requests) == 1 + 1 + 8
        assert "too often" in shown(simulator.requests[-1])
        assert "too often" not in shown(simulator.requests[-4])
        client.turn()
        check(name, simulator)


def test_a_provider_that_fails_in_between_is_told_truthfully(wire: str, tmp_path: Path) -> None:
    turns = (RUN, ASK, Refusal(503, "Overloaded"), ASK, RUN)
    with setup(wire, tmp_path / "s.db", *turns) as (simulator, client):
        client.turn()
        with pytest.raises(Exception, match=r"Overloaded|response.completed"):
            client.turn()
        if wire == "responses sse":
            assert isinstance(client, Responses)
            assert client.events[-1].type == "response.failed"
            assert "Overloaded" in str(client.events[-1].response.error)
        assert client.turn()[-1] == "bash"
        assert simulator.violations == []


def test_chunks_of_an_async_client_are_of_one_answer(tmp_path: Path) -> None:
    with setup("chat sse", tmp_path / "s.db", RUN, ASK, RUN) as (simulator, client):
        client.turn()
        chunks = asyncio.run(chunks_of(client))
        usages = simulator.usages[1:]
    assert len({chunk.id for chunk in chunks}) == 1
    deltas = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    assert [delta.role for delta in deltas if delta.role] == ["assistant"]
    assert "".join(d.content or "" for d in deltas) == "Let me see more. 🙂Let me look."
    calls = [call for delta in deltas for call in delta.tool_calls or ()]
    assert {call.index for call in calls} == {0}
    assert [call.function.name for call in calls if call.function.name] == ["bash"]
    ends = [c.choices[0].finish_reason for c in chunks if c.choices and c.choices[0].finish_reason]
    assert ends == ["tool_calls"]
    assert chunks[-1].usage.prompt_tokens == sum(usage.input for usage in usages)


async def chunks_of(client: Client) -> list[JSON]:
    url = f"{client.url}/v1"
    given: JSON = {"model": "gpt-4o", "messages": client.said, **client.given}
    async with openai.AsyncOpenAI(base_url=url, api_key="x", max_retries=0) as asking:
        stream = await asking.chat.completions.create(
            **given, stream=True, stream_options={"include_usage": True}
        )
        return [chunk async for chunk in stream]


@pytest.mark.parametrize("name", CLIENTS)
def test_several_answers_are_not_joined(name: str, tmp_path: Path) -> None:
    """And what the client then says of our call goes up as what the store has."""
    if name == "gemini":
        several: JSON = {"candidate_count": 2}
    else:
        several = {"extra_body": {"n": 2} if name == "chat" else {"background": True}}
    with setup(f"{name} json", tmp_path / "s.db", RUN, RUN, ASK, RUN) as (simulator, client):
        client.turn()
        client.turn()
        client.given |= several
        assert client.turn()[-1] == "headroom_retrieve"
        del client.given[next(iter(several))]
        client.turn()
        assert len(simulator.requests) == 4
        sent = shown(simulator.requests[-1])
    assert "".join(log(1).splitlines(keepends=True)[29:32]) in sent


FORMATTED: JSON = {"type": "json_schema", "name": "a", "schema": {"type": "object"}}
LOSSLESS: list[tuple[str, JSON]] = [
    ("chat", {"tools": openai.omit}),
    ("chat", {"tool_choice": "none"}),
    ("chat", {"tool_choice": {"type": "function", "function": {"name": "bash"}}}),
    ("chat", {"extra_body": {"n": 2}}),
    ("chat", {"extra_body": {"response_format": {"type": "json_object"}}}),
    ("chat", {"tools": openai.omit, "extra_body": {"functions": [{"name": "bash"}]}}),
    ("responses", {"extra_body": {"background": True}}),
    ("responses", {"extra_body": {"conversation": "conv_1"}}),
    ("responses", {"tool_choice": {"type": "function", "name": "bash"}}),
    ("responses", {"extra_body": {"text": {"format": FORMATTED}}}),
    ("gemini", {"tools": None}),
    ("gemini", {"tool_config": {"function_calling_config": {"mode": "NONE"}}}),
    ("gemini", {"response_mime_type": "application/json"}),
    ("gemini", {"candidate_count": 2}),
]


@pytest.mark.parametrize(("name", "given"), LOSSLESS, ids=map(str, range(len(LOSSLESS))))
def test_without_a_way_to_ask_nothing_is_left_out(name: str, given: JSON, tmp_path: Path) -> None:
    with setup(f"{name} json", tmp_path / "s.db", RUN) as (simulator, client):
        client.given |= given
        client.turn()
        client.turn()
        assert not references_in(simulator.requests[-1])
        assert "headroom_retrieve" not in shown(simulator.requests[-1])


@pytest.mark.parametrize("name", CLIENTS)
def test_a_session_that_began_without_the_tool_never_gets_it(name: str, tmp_path: Path) -> None:
    setting = setup(f"{name} json", tmp_path / "s.db", RUN, RUN, mode="lossless")
    with setting as (simulator, client):
        client.turn()
        client.mode = "on"
        client.turn()
        assert [len(declared(request.json)) for request in simulator.requests] == [1, 1]
        assert not references_in(simulator.requests[-1])
