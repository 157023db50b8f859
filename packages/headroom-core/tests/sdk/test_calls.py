"""Every way in which an SDK sends a conversation is compressed; what is none goes as it came."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, TypeAlias

import anthropic
import openai
import pydantic
import pytest

from headroom import Headroom, with_headroom, without_headroom
from headroom.types import JSON
from headroom_testing.simulator import Refusal, Reply, Simulator

LOG = "".join(f"2026-11-21 10:00:{n % 60:02} INFO tick {n} done\n" for n in range(300))
MESSAGES: list[JSON] = [{"role": "user", "content": f"What failed?\n{LOG}"}]
CLAUDE: JSON = {"model": "claude-opus-5", "max_tokens": 99, "messages": MESSAGES}
CHAT: JSON = {"model": "gpt-4o", "messages": MESSAGES}
RESPONSES: JSON = {"model": "gpt-5.6", "input": MESSAGES, "store": False}
KEYS: JSON = {"api_key": "x", "max_retries": 0}
Client: TypeAlias = Any


class Found(pydantic.BaseModel):
    """What a model is to answer with."""

    number: int


HEADROOM = Headroom(store="memory:")
MADE: list[Client] = []


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while MADE:
        MADE.pop().close()


def made(client: Client) -> Client:
    MADE.append(client)
    return with_headroom(client, headroom=HEADROOM)


def claude(provider: Simulator) -> Client:
    return made(anthropic.Anthropic(base_url=provider.url, **KEYS))


def gpt(provider: Simulator) -> Client:
    return made(openai.OpenAI(base_url=f"{provider.url}/v1", **KEYS))


def drained(stream: Client) -> None:
    with stream as events:
        for _ in events:
            pass


CALLS: dict[str, tuple[Callable[[Simulator], Client], Callable[[Client], object]]] = {
    "messages": (claude, lambda c: c.messages.create(**CLAUDE)),
    "messages, events": (claude, lambda c: drained(c.messages.create(**CLAUDE, stream=True))),
    "messages, helper": (claude, lambda c: drained(c.messages.stream(**CLAUDE))),
    "messages, raw": (claude, lambda c: c.messages.with_raw_response.create(**CLAUDE).parse()),
    "messages, parsed": (claude, lambda c: c.messages.parse(**CLAUDE, output_format=Found)),
    "beta": (claude, lambda c: c.beta.messages.create(**CLAUDE)),
    "beta, helper": (claude, lambda c: drained(c.beta.messages.stream(**CLAUDE))),
    "beta, runner": (
        claude,
        lambda c: c.beta.messages.tool_runner(**CLAUDE, tools=[]).until_done(),
    ),
    "chat": (gpt, lambda c: c.chat.completions.create(**CHAT)),
    "chat, events": (gpt, lambda c: drained(c.chat.completions.create(**CHAT, stream=True))),
    "chat, helper": (gpt, lambda c: drained(c.chat.completions.stream(**CHAT))),
    "chat, raw": (gpt, lambda c: c.chat.completions.with_raw_response.create(**CHAT).parse()),
    "chat, parsed": (gpt, lambda c: c.chat.completions.parse(**CHAT, response_format=Found)),
    "responses": (gpt, lambda c: c.responses.create(**RESPONSES)),
    "responses, events": (gpt, lambda c: drained(c.responses.create(**RESPONSES, stream=True))),
    "responses, helper": (gpt, lambda c: drained(c.responses.stream(**RESPONSES))),
    "responses, raw": (gpt, lambda c: c.responses.with_raw_response.create(**RESPONSES).parse()),
    "responses, parsed": (gpt, lambda c: c.responses.parse(**RESPONSES, text_format=Found)),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_sends_less_what_the_caller_can_have_back(name: str) -> None:
    connect, call = CALLS[name]
    with Simulator([Reply.of('{"number": 7}')]) as provider:
        call(connect(provider))
        (sent,) = provider.requests
    assert len(sent.body) < len(LOG) * 0.8
    field = "input" if "responses" in name else "messages"
    assert HEADROOM.restore(sent.json[field]) == MESSAGES


@pytest.mark.parametrize("name", ["messages", "chat", "responses"])
def test_a_streamed_response_is_the_providers(name: str) -> None:
    with Simulator([Reply.of("Found it.")]) as provider:
        connect, _ = CALLS[name]
        client = connect(provider)
        resources = {
            "messages": lambda: client.messages.with_streaming_response.create(**CLAUDE),
            "chat": lambda: client.chat.completions.with_streaming_response.create(**CHAT),
            "responses": lambda: client.responses.with_streaming_response.create(**RESPONSES),
        }
        with resources[name]() as response:
            assert "Found it." in response.read().decode()
        assert len(provider.requests[0].body) < len(LOG) * 0.8


OTHERS: dict[str, tuple[Callable[[Simulator], Client], Callable[[Client], object]]] = {
    "batches": (
        claude,
        lambda c: c.messages.batches.create(requests=[{"custom_id": "a", "params": CLAUDE}]),
    ),
    "beta batches": (
        claude,
        lambda c: c.beta.messages.batches.create(requests=[{"custom_id": "a", "params": CLAUDE}]),
    ),
    "embeddings": (gpt, lambda c: c.embeddings.create(model="m", input=[LOG])),
    "completions": (gpt, lambda c: c.completions.create(model="m", prompt=LOG)),
    "moderations": (gpt, lambda c: c.moderations.create(input=LOG)),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_conversation_goes_as_it_came(name: str) -> None:
    connect, call = OTHERS[name]
    with Simulator() as provider:
        client = connect(provider)
        for one in (client, without_headroom(client)):
            with suppress(anthropic.NotFoundError, openai.NotFoundError):
                call(one)
        wrapped, bare = provider.requests
    assert wrapped.body == bare.body
    assert wrapped.path == bare.path


@pytest.mark.filterwarnings("ignore:connect.. must be used:DeprecationWarning")  # the SDK's
def test_what_goes_over_a_socket_goes_as_it_came() -> None:
    with Simulator([Reply.of("Found it.")]) as provider:
        with gpt(provider).responses.connect() as connection:
            connection.response.create(**RESPONSES)
            event = connection.recv()
        (sent,) = provider.requests
    assert sent.json["input"] == MESSAGES
    assert event.type == "response.created"


def bedrock(provider: Simulator) -> Client:
    return anthropic.AnthropicBedrock(base_url=provider.url, aws_region="us-east-1", **KEYS)


def vertex(provider: Simulator) -> Client:
    return anthropic.AnthropicVertex(
        base_url=provider.url, region="r", project_id="p", access_token="t", max_retries=0
    )


def foundry(provider: Simulator) -> Client:
    return anthropic.AnthropicFoundry(base_url=provider.url, **KEYS)


def azure(provider: Simulator) -> Client:
    return openai.AzureOpenAI(azure_endpoint=provider.url, api_version="2026-01-01", **KEYS)


CLOUDS: dict[str, tuple[Callable[[Simulator], Client], Callable[[Client], object]]] = {
    "Bedrock": (bedrock, lambda c: c.messages.create(**CLAUDE)),
    "Vertex": (vertex, lambda c: c.messages.create(**CLAUDE)),
    "Foundry": (foundry, lambda c: c.messages.create(**CLAUDE)),
    "Azure": (azure, lambda c: c.chat.completions.create(**CHAT)),
}


@pytest.mark.parametrize("name", CLOUDS)
def test_clients_for_other_clouds_compress_too(name: str) -> None:
    connect, call = CLOUDS[name]
    with Simulator() as provider:
        bare = connect(provider)
        client = made(bare)
        assert type(client).__name__ == type(bare).__name__
        assert isinstance(client, type(bare))
        for one in (client, client.with_options(timeout=9), without_headroom(client)):
            with suppress(anthropic.NotFoundError, openai.NotFoundError):
                call(one)
        first, second, plain = provider.requests
    assert first.body == second.body
    assert len(first.body) < len(LOG) * 0.8 < len(plain.body)
    assert first.path == plain.path


def test_bedrock_says_why_it_cannot_answer_retrievals() -> None:
    with Simulator() as provider:
        bare = bedrock(provider)
        MADE.append(bare)
        with pytest.raises(
            TypeError, match=r"server-sent events, got AnthropicBedrock.*resolve=Fal"
        ):
            with_headroom(bare, resolve=True)


@pytest.mark.parametrize("name", ["messages", "chat", "responses"])
def test_every_attempt_sends_the_same_bytes(name: str) -> None:
    connect, call = CALLS[name]
    with Simulator([Refusal(500, "oops"), Refusal(429, "slow down"), Reply.of("Ok.")]) as provider:
        call(connect(provider).with_options(max_retries=2))
        bodies = {request.body for request in provider.requests}
        assert len(provider.requests) == 3
    (body,) = bodies
    assert len(body) < len(LOG) * 0.8


@pytest.mark.parametrize("connect", [claude, gpt])
def test_a_shallow_copy_compresses_and_others_are_refused_as_ever(
    connect: Callable[[Simulator], Client],
) -> None:
    with Simulator() as provider:
        client = connect(provider)
        twin = copy.copy(client)
        assert with_headroom(twin) is twin
        with pytest.raises((TypeError, pickle.PicklingError)):
            pickle.dumps(client)
