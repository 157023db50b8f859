"""OpenAI's SDK talks to the simulator as to its provider: chat completions and responses."""

from __future__ import annotations

import json
from collections.abc import Iterator

import openai
import pytest

from headroom.types import JSON
from headroom_testing.simulator import Call, Refusal, Reply, Simulator, Thinking

GUIDE = "Prefer small changes. Explain what you did and why. " * 300
PARALLEL = Reply.of(
    Thinking("Both at once."),
    "Let me look.",
    Call("bash", {"command": "ls"}),
    Call("headroom_retrieve", {"ref": "aaaaaaaaaaaaa"}),
)
CALLS = [("bash", {"command": "ls"}), ("headroom_retrieve", {"ref": "aaaaaaaaaaaaa"})]


@pytest.fixture
def client(simulator: Simulator) -> Iterator[openai.OpenAI]:
    url = f"{simulator.url}/v1"
    with openai.OpenAI(base_url=url, api_key="test", max_retries=0) as client:
        yield client


def test_chat_with_parallel_calls(simulator: Simulator, client: openai.OpenAI) -> None:
    simulator.play([PARALLEL])
    messages: list[JSON] = [{"role": "user", "content": "What failed?"}]
    answer = client.chat.completions.create(model="gpt-4o", messages=messages)
    message = answer.choices[0].message
    assert message.content == "Let me look."
    assert answer.choices[0].finish_reason == "tool_calls"
    made: JSON = message.tool_calls
    assert [(c.function.name, json.loads(c.function.arguments)) for c in made] == CALLS
    messages.append(message)
    messages += [{"role": "tool", "tool_call_id": call.id, "content": "x"} for call in made]
    again = client.chat.completions.create(model="gpt-4o", messages=messages)
    assert again.choices[0].message.content == "Done."
    with pytest.raises(openai.BadRequestError, match="no tool message"):
        client.chat.completions.create(model="gpt-4o", messages=messages[:-1])


def test_chat_as_a_stream(simulator: Simulator, client: openai.OpenAI) -> None:
    simulator.play([PARALLEL])
    with client.chat.completions.stream(
        model="gpt-4o",
        messages=[{"role": "user", "content": "What failed?"}],
        stream_options={"include_usage": True},
    ) as events:
        answer = events.get_final_completion()
    made: JSON = answer.choices[0].message.tool_calls
    assert [(c.function.name, json.loads(c.function.arguments)) for c in made] == CALLS
    assert answer.choices[0].message.content == "Let me look."
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def test_prefixes_are_cached_in_steps(client: openai.OpenAI) -> None:
    def cached(*said: str) -> int:
        messages: list[JSON] = [{"role": "system", "content": GUIDE}]
        messages += [{"role": "user", "content": text} for text in said]
        usage: JSON = client.chat.completions.create(model="gpt-5.6", messages=messages).usage
        return int(usage.prompt_tokens_details.cached_tokens)

    assert cached("a") == 0
    assert cached("b") > 3000
    assert cached("b", "c") % 128 == 0


def test_short_prompts_are_not_cached(client: openai.OpenAI) -> None:
    for _ in range(2):
        usage: JSON = client.chat.completions.create(
            model="gpt-5.6", messages=[{"role": "user", "content": "Hi"}]
        ).usage
        assert usage.prompt_tokens_details.cached_tokens == 0


@pytest.mark.parametrize("stream", [False, True])
def test_responses_with_reasoning_and_calls(
    simulator: Simulator, client: openai.OpenAI, stream: bool
) -> None:
    simulator.play([PARALLEL, PARALLEL, Reply.of("The disk is full.")])
    items: list[JSON] = [{"role": "user", "content": "What failed?"}]
    given: JSON = {
        "model": "gpt-5.6",
        "input": items,
        "store": False,
        "include": ["reasoning.encrypted_content"],
    }
    answer: JSON
    for _ in range(3):
        if stream:
            with client.responses.stream(**given) as events:
                answer = events.get_final_response()
        else:
            answer = client.responses.create(**given)
        items += answer.output
        items += [
            {"type": "function_call_output", "call_id": item.call_id, "output": "x"}
            for item in answer.output
            if item.type == "function_call"
        ]
    assert answer.output_text == "The disk is full."
    assert simulator.violations == []
    items[0] = {"role": "user", "content": "changed"}
    with pytest.raises(openai.BadRequestError, match="bound"):
        client.responses.create(**given)


def test_responses_go_on_from_the_one_before(simulator: Simulator, client: openai.OpenAI) -> None:
    simulator.play([PARALLEL, Reply.of("Fine.")])
    first = client.responses.create(model="gpt-5.6", input="What failed?", instructions=GUIDE)
    outputs: JSON = [
        {"type": "function_call_output", "call_id": item.call_id, "output": "x"}
        for item in first.output
        if item.type == "function_call"
    ]
    second = client.responses.create(
        model="gpt-5.6", previous_response_id=first.id, input=outputs, instructions=GUIDE
    )
    assert second.output_text == "Fine."
    assert second.usage is not None
    assert second.usage.input_tokens_details.cached_tokens > 3000
    with pytest.raises(openai.BadRequestError, match="not found"):
        client.responses.create(model="gpt-5.6", previous_response_id="resp_x", input="a")
    with pytest.raises(openai.BadRequestError, match="No tool call found"):
        client.responses.create(model="gpt-5.6", input=outputs)


def test_responses_over_a_websocket(simulator: Simulator) -> None:
    from websockets.sync.client import connect  # noqa: PLC0415 - only here

    simulator.play([PARALLEL, Reply.of("Fine.")])
    with connect(simulator.url.replace("http", "ws") + "/v1/responses") as socket:

        def ask(**fields: JSON) -> JSON:
            request = {"type": "response.create", "model": "gpt-5.6", "store": False, **fields}
            socket.send(json.dumps(request))
            while (event := json.loads(socket.recv()))["type"] != "response.completed":
                assert event["type"] != "error", event
            return event["response"]

        warm = ask(generate=False, input=[{"role": "user", "content": GUIDE}])
        assert warm["output"] == []
        first = ask(previous_response_id=warm["id"], input=[])
        assert first["usage"]["input_tokens_details"]["cached_tokens"] > 3000
        outputs = [
            {"type": "function_call_output", "call_id": item["call_id"], "output": "x"}
            for item in first["output"]
            if item["type"] == "function_call"
        ]
        second = ask(previous_response_id=first["id"], input=outputs)
        assert second["output"][0]["content"][0]["text"] == "Fine."
        socket.send("{}")
        assert json.loads(socket.recv())["type"] == "error"
    assert [request.method for request in simulator.requests] == ["WS"] * 4


def test_errors_and_models(simulator: Simulator, client: openai.OpenAI) -> None:
    simulator.play([Refusal(429, "slow down", retry_after=1.5)])
    with pytest.raises(openai.RateLimitError, match="slow down") as raised:
        client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "x"}])
    assert raised.value.response.headers["retry-after"] == "1.5"
    assert "gpt-4o" in [model.id for model in client.models.list()]
    with pytest.raises(openai.NotFoundError):
        client.embeddings.create(model="text-embedding-3-small", input="x")
