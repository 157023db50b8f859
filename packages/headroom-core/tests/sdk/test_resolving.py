"""What the model asks for is answered within the same call of the provider's own client."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import anthropic
import httpx2
import openai
import pytest
from talks import ASK, LOOP, OPEN, RUN, SCHEMA, WAYS, Client, Talk, log

from headroom import Headroom, with_headroom
from headroom.ccr.memory import MemoryStore
from headroom.errors import StoreError
from headroom.types import JSON
from headroom_testing.simulator import (
    Asking,
    Delivery,
    Refusal,
    Reply,
    Simulator,
)


@pytest.fixture(scope="module", autouse=True)
def _loop() -> Iterator[None]:
    yield
    LOOP.close()


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while OPEN:
        closing = OPEN.pop().close()
        if closing is not None:
            LOOP.run_until_complete(closing)


def connected(
    name: str,
    provider: Simulator,
    headroom: Headroom,
    *,
    stream: bool = False,
    is_async: bool = False,
    retries: int = 0,
) -> Talk:
    talk, now, later, path = WAYS[name]
    kind: Callable[..., Client] = later if is_async else now
    bare = kind(base_url=provider.url + path, api_key="x", max_retries=retries)
    OPEN.append(bare)
    return talk(with_headroom(bare, headroom=headroom, resolve=True), stream)


def names(calls: list[JSON]) -> list[str]:
    return [getattr(call, "name", None) or call.function.name for call in calls]


def declared(request: JSON) -> list[str]:
    return [tool.get("name") or tool["function"]["name"] for tool in request["tools"]]


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("stream", [False, True], ids=["create", "stream"])
@pytest.mark.parametrize("name", WAYS)
def test_the_model_asks_and_the_caller_gets_one_answer(
    name: str, stream: bool, is_async: bool
) -> None:
    hr = Headroom(store=MemoryStore())
    with Simulator(Asking(RUN, ASK, ASK, RUN, RUN)) as provider:
        talk = connected(name, provider, hr, stream=stream, is_async=is_async)
        turns = [talk.turn() for _ in range(4)]
        assert provider.violations == []
        requests, usages = [one.json for one in provider.requests], provider.usages
    assert [names(turn.calls) for turn in turns] == [["bash"]] * 3 + [[]]
    assert turns[1].text == "Let me see more.Let me see more.Let me look."
    assert "headroom_retrieve" not in str(talk.messages)
    if name not in ("messages", "beta"):  # where input tokens are what was not read from the cache
        assert turns[1].tokens == sum(usage.input for usage in usages[1:4])
    assert [declared(request) for request in requests] == [["bash", "headroom_retrieve"]] * 6
    conversation = "input" if name == "responses" else "messages"
    for before, after in pairwise(request[conversation] for request in requests):
        assert after[: len(before)] == before
    (line,) = log(2 if name != "responses" else 4).splitlines()[29:30]
    assert line not in json.dumps(requests[1])
    assert line in json.dumps(requests[2])
    assert line in json.dumps(requests[-1])


@pytest.mark.parametrize("name", WAYS)
def test_another_process_says_the_hidden_part_again(name: str) -> None:
    store = MemoryStore()
    with Simulator(Asking(RUN, ASK, RUN, RUN)) as provider:
        first = connected(name, provider, Headroom(store=store))
        first.turn()
        first.turn()
        second = connected(name, provider, Headroom(store=store), stream=True)
        second.messages = first.messages
        second.turn()
        assert provider.violations == []
        assert "Let me see more." in provider.requests[-1].body.decode()


def test_who_names_the_answer_before_goes_on_from_its_end() -> None:
    """As the SDK does unless told otherwise, where OpenAI keeps the conversation."""
    with Simulator(Asking(RUN, ASK, RUN, ASK, RUN)) as provider:
        client = connected("responses", provider, Headroom(store=MemoryStore())).client
        tool = {"type": "function", "name": "bash", "parameters": SCHEMA, "strict": False}
        given: JSON = {"model": "gpt-5.6", "tools": [tool]}
        answer = client.responses.create(**given, input="What failed?")
        for n in (1, 2):
            (call,) = [item for item in answer.output if item.type == "function_call"]
            printed = {"type": "function_call_output", "call_id": call.call_id, "output": log(n)}
            named = {"previous_response_id": answer.id, "input": [printed]}
            answer = client.responses.create(**given, **named)
            assert answer.output_text == "Let me see more.Let me look."
        requests = [one.json for one in provider.requests]
    assert [one.get("previous_response_id") for one in requests] == [
        None, *(f"resp_{n:06}" for n in range(1, 5))
    ]  # fmt: skip
    assert [declared(request) for request in requests] == [["bash", "headroom_retrieve"]] * 5
    assert len(requests[3]["input"][0]["output"]) < len(log(2)) / 2


@pytest.mark.parametrize("name", WAYS)
def test_retries_send_what_the_first_attempt_sent(name: str) -> None:
    with Simulator(Asking(Refusal(500, "oops"), RUN, Refusal(500, "oops"), RUN)) as provider:
        talk = connected(name, provider, Headroom(store=MemoryStore()), retries=1)
        talk.turn()
        talk.turn()
        bodies = [request.body for request in provider.requests]
    assert bodies[0] == bodies[1]
    assert bodies[2] == bodies[3]


@pytest.mark.parametrize("stream", [False, True], ids=["create", "stream"])
@pytest.mark.parametrize("name", WAYS)
def test_a_provider_that_fails_in_between_raises_the_sdks_own_error(
    name: str, stream: bool
) -> None:
    with Simulator(Asking(RUN, ASK, Refusal(400, "not like this"), RUN)) as provider:
        talk = connected(name, provider, Headroom(store=MemoryStore()), stream=stream)
        talk.turn()
        with pytest.raises((anthropic.APIError, openai.APIError), match="not like this"):
            talk.turn()
        talk.turn()
        assert provider.violations == []


@pytest.mark.parametrize("name", WAYS)
def test_a_model_that_never_stops_asking_is_told_to(name: str) -> None:
    with Simulator(Asking(RUN, *[ASK] * 6, RUN)) as provider:
        talk = connected(name, provider, Headroom(store=MemoryStore()))
        talk.turn()
        assert names(talk.turn().calls) == ["bash"]
        assert "asked for too often" in provider.requests[-1].body.decode()
        talk.turn()
        assert provider.violations == []


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("name", ["messages", "chat"])
def test_a_stream_that_is_left_is_closed(name: str, is_async: bool) -> None:
    slow = Reply(RUN, delivery=Delivery(pause=0.2))
    with Simulator(Asking(RUN, slow)) as provider:
        talk = connected(name, provider, Headroom(store=MemoryStore()), is_async=is_async)
        talk.turn()
        talk.given = {"stream": True}
        if is_async:
            LOOP.run_until_complete(_leave(talk))
        else:
            with talk.resource.create(**talk.asked()) as events:
                assert next(iter(events))
        until(lambda: len(provider.cancelled) == 1)
    assert len(provider.requests) == 2


async def _leave(talk: Talk) -> None:
    async with await talk.resource.create(**talk.asked()) as events:
        async for _ in events:
            break


def until(condition: Callable[[], bool]) -> None:
    """Waits; a test that waits for too long fails."""
    for _ in range(2000):
        if condition():
            return
        time.sleep(0.005)
    raise AssertionError("it did not happen")


@pytest.mark.parametrize("name", ["messages", "chat", "responses"])
def test_raw_responses_are_of_one_answer_too(name: str) -> None:
    with Simulator(Asking(RUN, ASK, RUN, ASK, RUN, ASK, RUN)) as provider:
        talk = connected(name, provider, Headroom(store=MemoryStore()))
        talk.turn()
        raw = talk.resource.with_raw_response.create(**talk.asked())
        assert "headroom_retrieve" not in said(raw.http_response.text)
        assert raw.headers["content-length"] == str(len(raw.http_response.content))
        assert raw.parse().model
        with talk.resource.with_streaming_response.create(**talk.asked()) as response:
            text = said(response.read().decode())
        assert "headroom_retrieve" not in text
        assert "bash" in text
        with talk.resource.with_streaming_response.create(**talk.asked(), stream=True) as told:
            lines = "".join(said(line[6:]) for line in told.iter_lines() if line[:7] == "data: {")
        assert "headroom_retrieve" not in lines
        assert "bash" in lines
        assert len(provider.requests) == 7


@pytest.mark.parametrize("name", ["messages", "chat"])
def test_requests_by_hand_are_of_one_answer_too(name: str) -> None:
    with Simulator(Asking(RUN, ASK, RUN)) as provider:
        talk = connected(name, provider, Headroom(store=MemoryStore()))
        talk.turn()
        path = "/v1/messages" if name == "messages" else "/chat/completions"
        answer = talk.client.post(path, body=talk.asked(), cast_to=httpx2.Response)
    assert "headroom_retrieve" not in answer.text
    assert "bash" in answer.text


def test_a_transport_of_a_test_may_answer() -> None:
    choice = {
        "index": 0,
        "finish_reason": "stop",
        "message": {"role": "assistant", "content": "Hi"},
    }
    answer = {"id": "1", "created": 1, "model": "gpt-4o", "object": "chat.completion"}
    transport = httpx2.MockTransport(
        lambda _: httpx2.Response(200, json={**answer, "choices": [choice]})
    )
    with openai.OpenAI(api_key="x", http_client=httpx2.Client(transport=transport)) as bare:
        client = with_headroom(bare, headroom=Headroom(store=MemoryStore()), resolve=True)
        tool = {"type": "function", "function": {"name": "bash", "parameters": SCHEMA}}
        asked: Any = {"messages": [{"role": "user", "content": "Hello"}], "tools": [tool]}
        got = client.chat.completions.create(model="gpt-4o", **asked)
    assert got.choices[0].message.content == "Hi"


def said(data: str) -> str:
    """Returns what a provider sends without its echo of the request's tools."""
    found = json.loads(data)
    found.get("response", found).pop("tools", None)
    return json.dumps(found)


@pytest.mark.parametrize("name", WAYS)
def test_what_the_caller_adds_by_hand_is_seen(name: str) -> None:
    """`extra_body` is put over the rest by the SDK, at the very end."""
    with Simulator(Asking(RUN, RUN)) as provider:
        talk = connected(name, provider, Headroom(store=MemoryStore()))
        tools = talk.asked()["tools"]
        talk.given = {"extra_body": {"tools": [*tools], "metadata": {"user_id": "u"}}}
        talk.turn()
        talk.turn()
        for request in provider.requests:
            assert declared(request.json) == ["bash", "headroom_retrieve"]
            assert request.json["metadata"] == {"user_id": "u"}
        assert "headroom_retrieve(" in json.dumps(provider.requests[1].json)


@pytest.mark.parametrize(
    "given", [{"tools": anthropic.omit}, {"tool_choice": {"type": "tool", "name": "bash"}}]
)
def test_nothing_is_left_out_where_the_model_is_not_free_to_ask(given: JSON) -> None:
    hr = Headroom(store=MemoryStore())
    with Simulator(Asking(RUN, RUN)) as provider:
        talk = connected("messages", provider, hr)
        talk.given = given
        talk.messages[0]["content"] += f"\n{log(1)}"
        talk.turn()
        (request,) = provider.requests
    assert "headroom_retrieve" not in request.body.decode()
    assert len(request.body) < len(log(1))
    assert log(1) in hr.restore(request.json["messages"])[0]["content"]


def test_what_is_counted_is_what_would_be_sent_and_nothing_is_promised_by_it() -> None:
    with Simulator(Asking(RUN, RUN)) as provider:
        talk = connected("messages", provider, Headroom(store=MemoryStore()))
        talk.turn()
        given = talk.asked()
        given.pop("max_tokens")
        counted = talk.client.messages.count_tokens(**given)
        talk.turn()
        usage = provider.usages[-1]
        assert counted.input_tokens == usage.input
        assert declared(provider.requests[1].json) == ["bash", "headroom_retrieve"]


class Broken(MemoryStore):
    """A store whose disk is full."""

    def put(self, entries: object) -> None:
        raise StoreError("the disk is full")

    def record(self, *_: object) -> list[bytes]:
        raise StoreError("the disk is full")


def test_a_store_that_fails_costs_savings_and_no_call() -> None:
    with Simulator(Asking(RUN, RUN)) as provider:
        talk = connected("messages", provider, Headroom(store=Broken()))
        assert [names(talk.turn().calls) for _ in range(2)] == [["bash"]] * 2
        assert log(2) in provider.requests[-1].json["messages"][2]["content"][0]["content"]


def test_resolving_is_added_to_a_client_that_compresses_and_kept() -> None:
    with Simulator() as provider:
        bare = anthropic.Anthropic(base_url=provider.url, api_key="x")
        OPEN.append(bare)
        client = with_headroom(with_headroom(bare), resolve=True)
        assert with_headroom(client) is client
        assert with_headroom(client.copy(), resolve=True).messages is not bare.messages
        assert len(client.middleware) == 1
