"""The providers' own clients send less, over real sockets, and notice nothing."""

from __future__ import annotations

import asyncio
import copy
import inspect
import json
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, TypeAlias

import anthropic
import openai
import pytest

import headroom
from headroom import Headroom, retrieve_tool, with_headroom, without_headroom
from headroom.types import JSON
from headroom_testing.simulator import Call, Refusal, Reply, Simulator, Thinking

LOG = "".join(f"2026-11-21 10:00:{n % 60:02} INFO tick {n} done\n" for n in range(300))
TURNS = 3
SCRIPT = [
    Reply.of(Thinking(f"step {n}"), "Let me look.", Call("bash"), Call("bash"))
    for n in range(TURNS)
]
Client: TypeAlias = Any


LOOP = asyncio.new_event_loop()


@pytest.fixture(scope="module", autouse=True)
def _loop() -> Iterator[None]:
    yield
    LOOP.close()


def now(answer: JSON) -> JSON:
    """Returns an answer, whether the client is asynchronous or not."""
    if not inspect.isawaitable(answer):
        return answer
    return LOOP.run_until_complete(answer)


MADE: list[Client] = []


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    """Closes the connections of a test, which clients leave to the garbage collector."""
    yield
    while MADE:
        now(MADE.pop().close())


def claude(kind: Callable[..., Client], provider: Simulator) -> Client:
    MADE.append(kind(base_url=provider.url, api_key="x", max_retries=0))
    return MADE[-1]


def gpt(kind: Callable[..., Client], provider: Simulator) -> Client:
    MADE.append(kind(base_url=f"{provider.url}/v1", api_key="x", max_retries=0))
    return MADE[-1]


def session_of_claude(client: Client, **options: JSON) -> list[JSON]:
    messages: list[JSON] = [{"role": "user", "content": "What failed?"}]
    for turn in range(TURNS + 1):
        answer = now(
            client.messages.create(
                model="claude-opus-5", max_tokens=99, messages=messages, **options
            )
        )
        messages.append({"role": "assistant", "content": answer.content})
        results = [
            {"type": "tool_result", "tool_use_id": block.id, "content": f"{turn}\n{LOG}"}
            for block in answer.content
            if block.type == "tool_use"
        ]
        messages.append({"role": "user", "content": results or "Thanks."})
    return messages


def session_of_responses(client: Client) -> list[JSON]:
    items: list[JSON] = [{"role": "user", "content": "What failed?"}]
    for turn in range(TURNS + 1):
        answer = now(client.responses.create(model="gpt-5.6", input=items, store=False))
        items += answer.output
        items += [
            {"type": "function_call_output", "call_id": item.call_id, "output": f"{turn}\n{LOG}"}
            for item in answer.output
            if item.type == "function_call"
        ]
    return items


def session_of_chat(client: Client) -> list[JSON]:
    messages: list[JSON] = [{"role": "user", "content": "What failed?"}]
    for turn in range(TURNS + 1):
        answer = now(client.chat.completions.create(model="gpt-4o", messages=messages))
        message = answer.choices[0].message
        messages.append(message)
        messages += [
            {"role": "tool", "tool_call_id": call.id, "content": f"{turn}\n{LOG}"}
            for call in message.tool_calls or ()
        ]
    return messages


SESSIONS = {
    "Anthropic": (anthropic.Anthropic, claude, session_of_claude),
    "AsyncAnthropic": (anthropic.AsyncAnthropic, claude, session_of_claude),
    "OpenAI responses": (openai.OpenAI, gpt, session_of_responses),
    "AsyncOpenAI responses": (openai.AsyncOpenAI, gpt, session_of_responses),
    "OpenAI chat": (openai.OpenAI, gpt, session_of_chat),
    "AsyncOpenAI chat": (openai.AsyncOpenAI, gpt, session_of_chat),
}


def bodies(name: str, change: Callable[[Client], Client]) -> list[JSON]:
    """Returns what a provider gets of a session, which it must never see rewritten."""
    kind, connect, session = SESSIONS[name]
    with Simulator(SCRIPT) as provider:
        client = change(connect(kind, provider))
        session(client)
        assert provider.violations == []
        return [request.json for request in provider.requests]


def unsigned(messages: JSON) -> str:
    """Returns messages without the seals of their thinking, which hold for one prefix each."""
    return re.sub(r'"(signature|encrypted_content)": "[^"]*"', "", json.dumps(messages))


@pytest.mark.parametrize("name", SESSIONS)
def test_a_session_sends_less_and_only_grows(name: str) -> None:
    hr = Headroom(store="memory:")
    raw = bodies(name, lambda client: client)
    sent = bodies(name, lambda client: with_headroom(client, headroom=hr))
    field = "input" if "responses" in name else "messages"
    assert len(str(sent)) < len(str(raw)) / 2
    for before, after in pairwise(body[field] for body in sent):
        assert after[: len(before)] == before
    restored = [hr.restore(body[field]) for body in sent]
    assert unsigned(restored) == unsigned([body[field] for body in raw])
    assert [body | {field: 0} for body in sent] == [body | {field: 0} for body in raw]


def test_what_the_caller_holds_stays_as_it_was() -> None:
    with Simulator(SCRIPT) as provider:
        client = with_headroom(claude(anthropic.Anthropic, provider))
        messages: list[JSON] = [{"role": "user", "content": f"What failed?\n{LOG}"}]
        before = copy.deepcopy(messages)
        client.messages.create(model="claude-opus-5", max_tokens=9, messages=messages)
        assert messages == before
        assert len(provider.requests[0].body) < len(LOG)


def test_lines_are_left_out_only_where_the_model_can_ask_for_them() -> None:
    log = "".join(
        f"2026-11-21 10:00:{n % 60:02} INFO tick {n * n % 997} of {n}\n" for n in range(900)
    )
    messages: list[JSON] = [{"role": "user", "content": f"What failed?\n{log}"}]
    given: JSON = {"model": "claude-opus-5", "max_tokens": 9, "messages": messages}
    with Simulator() as provider:
        client = with_headroom(claude(anthropic.Anthropic, provider))
        client.messages.create(**given)
        client.messages.create(**given, tools=[retrieve_tool("anthropic")])
        without, with_tool = (request.body.decode() for request in provider.requests)
    assert "headroom_retrieve(" not in without
    assert "headroom_retrieve(" in with_tool
    assert len(with_tool) < len(without)


@pytest.mark.parametrize("name", SESSIONS)
def test_wrapping_twice_is_wrapping_once_and_can_be_taken_back(name: str) -> None:
    kind, connect, _ = SESSIONS[name]
    with Simulator() as provider:
        bare: Client = connect(kind, provider)
        client: Client = with_headroom(bare)
        assert with_headroom(client) is client
        assert with_headroom(client.with_options(timeout=3)).timeout == 3
        assert isinstance(client, kind)
        plain = without_headroom(client)
        assert type(plain) is kind
        assert with_headroom(plain) is not plain


@pytest.mark.parametrize("options", [{}, {"timeout": 9.0}])
def test_copies_compress_too(options: JSON) -> None:
    with Simulator(SCRIPT) as provider:
        bare: openai.OpenAI = gpt(openai.OpenAI, provider)
        client = with_headroom(bare).with_options(**options)
        messages: list[JSON] = [{"role": "user", "content": f"What failed?\n{LOG}"}]
        client.chat.completions.create(model="gpt-4o", messages=messages)
        client.with_raw_response.chat.completions.create(model="gpt-4o", messages=messages)
        list(client.chat.completions.create(model="gpt-4o", messages=messages, stream=True))
        assert [len(r.body) < len(LOG) * 0.8 for r in provider.requests] == [True] * 3


class Ours(openai.OpenAI):
    """A client as applications make theirs: other arguments, and credentials added elsewhere."""

    def __init__(self, gateway: str) -> None:
        super().__init__(base_url=f"{gateway}/v1", max_retries=0, _enforce_credentials=False)


def test_a_client_is_wrapped_however_it_was_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    messages: list[JSON] = [{"role": "user", "content": f"What failed?\n{LOG}"}]
    key = {"Authorization": "Bearer x"}
    asked: dict[str, Any] = {"model": "gpt-4o", "messages": messages, "extra_headers": key}
    with Simulator() as provider, Ours(provider.url) as bare:
        bare.chat.completions.create(**asked)
        client = with_headroom(bare)
        client.chat.completions.create(**asked)
        without_headroom(client).chat.completions.create(**asked)
        raw, sent, raw_again = (len(request.body) for request in provider.requests)
    assert type(without_headroom(client)) is Ours
    assert sent < raw * 0.8
    assert raw_again == raw


def test_what_is_counted_is_what_would_be_sent() -> None:
    messages: list[JSON] = [{"role": "user", "content": f"What failed?\n{LOG}"}]
    with Simulator() as provider:
        bare = claude(anthropic.Anthropic, provider)
        counts = [
            client.messages.count_tokens(model="claude-opus-5", messages=messages).input_tokens
            for client in (bare, with_headroom(bare))
        ]
    assert counts[1] < counts[0] * 0.7


def test_errors_are_the_sdks_own() -> None:
    with Simulator([Refusal(429, "slow down")]) as provider:
        client = with_headroom(claude(anthropic.Anthropic, provider))
        with pytest.raises(anthropic.RateLimitError, match="slow down"):
            client.messages.create(
                model="m", max_tokens=9, messages=[{"role": "user", "content": "?"}]
            )


def test_malformed_messages_go_to_the_provider_which_says_what_is_wrong() -> None:
    with Simulator() as provider:
        client = with_headroom(claude(anthropic.Anthropic, provider))
        with pytest.raises(anthropic.BadRequestError):
            client.messages.create(model="m", max_tokens=9, messages=[{"role": "user"}])
        assert provider.requests[0].json["messages"] == [{"role": "user"}]


def test_other_clients_are_refused() -> None:
    with pytest.raises(TypeError, match="expected a client of the anthropic or the openai package"):
        with_headroom(object())


def test_it_has_the_name_that_it_has_elsewhere() -> None:
    assert headroom.withHeadroom is with_headroom
