"""The suites for adapters find every mutant, and nothing wrong with an honest session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import anthropic
import pytest

from headroom import Headroom, Policy, retrieve_tool
from headroom.call import call_retrieve
from headroom.types import JSON
from headroom_testing._failing import failing
from headroom_testing.adapters import (
    PICTURE,
    QUESTION,
    AdapterConformance,
    RetrievalConformance,
    read_log,
)
from headroom_testing.fakes import FailingStore
from headroom_testing.simulator import Simulator

Change: TypeAlias = Callable[[Headroom, list[JSON]], list[JSON]]
Client: TypeAlias = Any


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with anthropic.Anthropic(base_url="http://localhost", api_key="x", max_retries=0) as client:
        yield client


class Agent:
    """A session with Anthropic's SDK, whose requests go through `change`."""

    def __init__(self, client: Client, change: Change) -> None:
        self.client = client
        self.change = change

    def __call__(self, provider: Simulator, headroom: Headroom | None) -> list[str]:
        client = self.client.copy(base_url=provider.url)
        image = {"type": "base64", "media_type": "image/png", "data": PICTURE}
        asked = {"type": "text", "text": QUESTION, "cache_control": {"type": "ephemeral"}}
        content: JSON = [{"type": "image", "source": image}, asked]
        messages: list[JSON] = [{"role": "user", "content": content}]
        log: JSON = {"name": "read_log", "input_schema": {"type": "object"}}
        request: JSON = {"tools": [log, retrieve_tool("anthropic")], "max_tokens": 99}
        while True:
            sent = self.change(headroom, messages) if headroom else messages
            answer = client.messages.create(model="claude-opus-5", messages=sent, **request)
            calls = [block for block in answer.content if block.type == "tool_use"]
            if not calls:
                return held(messages)
            said = [block.model_dump(exclude_none=True) for block in answer.content]
            messages.append({"role": "assistant", "content": said})
            results = [result_of(call, headroom) for call in calls]
            messages.append({"role": "user", "content": results})


def result_of(call: Client, headroom: Headroom | None) -> JSON:
    result = {"type": "tool_result", "tool_use_id": call.id}
    if call.name == "headroom_retrieve":
        ref, query = call.input["ref"], call.input["query"]
        text = headroom.retrieve(ref, query=query) if headroom else call_retrieve(call.input)
        return {**result, "content": text, "retrieved": None}
    try:
        return {**result, "content": read_log(**call.input)}
    except FileNotFoundError as error:
        return {**result, "content": str(error), "is_error": True}


def held(messages: list[JSON]) -> list[str]:
    blocks = [block for message in messages for block in message["content"]]
    return [b["content"] for b in blocks if b["type"] == "tool_result" and "retrieved" not in b]


def honest(headroom: Headroom, messages: list[JSON]) -> list[JSON]:
    return list(headroom.compress(messages))


def idle(headroom: Headroom, messages: list[JSON]) -> list[JSON]:
    return messages


def without(field: str) -> Change:
    """Returns an adapter that loses a field of blocks."""

    def change(headroom: Headroom, messages: list[JSON]) -> list[JSON]:
        return [
            {**m, "content": [{k: v for k, v in b.items() if k != field} for b in m["content"]]}
            for m in honest(headroom, messages)
        ]

    return change


def pictureless(headroom: Headroom, messages: list[JSON]) -> list[JSON]:
    first, *rest = honest(headroom, messages)
    return [{**first, "content": first["content"][1:]}, *rest]


def forgetful(headroom: Headroom, messages: list[JSON]) -> list[JSON]:
    return [*messages[:-1], honest(headroom, messages)[-1]]


def greedy(headroom: Headroom, messages: list[JSON]) -> list[JSON]:
    messages[:] = honest(headroom, messages)
    return messages


def fragile(headroom: Headroom, messages: list[JSON]) -> list[JSON]:
    if isinstance(headroom.store, FailingStore):
        headroom.store.put([])
    return honest(headroom, messages)


def lossless(headroom: Headroom, messages: list[JSON]) -> list[JSON]:
    return list(headroom.under(Policy.lossless()).compress(messages))


def test_an_honest_session_passes(client: Client) -> None:
    agent = Agent(client, honest)
    assert failing(AdapterConformance(), session=agent) == set()
    assert failing(RetrievalConformance(), session=agent) == set()


@pytest.mark.parametrize(
    ("change", "test"),
    [
        (idle, "test_only_the_texts_of_results_change"),
        (without("is_error"), "test_only_the_texts_of_results_change"),
        (without("cache_control"), "test_only_the_texts_of_results_change"),
        (pictureless, "test_only_the_texts_of_results_change"),
        (forgetful, "test_what_was_sent_is_sent_again"),
        (greedy, "test_what_the_framework_holds_stays_as_it_was"),
        (fragile, "test_a_store_that_fails_costs_only_savings"),
    ],
)
def test_a_mutant_is_found(client: Client, change: Change, test: str) -> None:
    assert failing(AdapterConformance(), test, session=Agent(client, change)) == {test}


@pytest.mark.parametrize("change", [idle, lossless])
def test_an_adapter_without_a_way_back_is_found(client: Client, change: Change) -> None:
    assert failing(RetrievalConformance(), session=Agent(client, change))
