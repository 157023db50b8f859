"""Anthropic's SDK talks to the simulator as to its provider."""

from __future__ import annotations

from collections.abc import Iterator

import anthropic
import pytest
from anthropic.types import MessageParam

from headroom.types import JSON
from headroom_testing.simulator import Call, Refusal, Reply, Simulator, Text, Thinking

GUIDE = "Prefer small changes. Explain what you did and why. " * 300
TOOLS: JSON = [{"name": "bash", "description": "Runs.", "input_schema": {"type": "object"}}]


@pytest.fixture
def client(simulator: Simulator) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=simulator.url, api_key="test", max_retries=0) as client:
        yield client


def ask(client: anthropic.Anthropic, messages: list[JSON], **more: JSON) -> JSON:
    given: JSON = {"model": "claude-opus-5", "max_tokens": 500, "tools": TOOLS, **more}
    return client.messages.create(messages=messages, **given)


def agent(client: anthropic.Anthropic, turns: int = 3) -> list[JSON]:
    """Plays an agent that runs what the model asks for, and returns the conversation."""
    messages: list[JSON] = [{"role": "user", "content": "What failed?"}]
    for _ in range(turns):
        answer = ask(client, messages)
        messages.append({"role": "assistant", "content": answer.content})
        results = [
            {"type": "tool_result", "tool_use_id": block.id, "content": f"output of {block.id}"}
            for block in answer.content
            if block.type == "tool_use"
        ]
        if not results:
            break
        messages.append({"role": "user", "content": results})
    return messages


PARALLEL = Reply.of(
    Thinking("Both at once."),
    "Let me look.",
    Call("bash", {"command": "ls"}),
    Call("headroom_retrieve", {"ref": "aaaaaaaaaaaaa"}),
)


@pytest.mark.parametrize("stream", [False, True])
def test_thoughts_texts_and_parallel_calls_arrive(
    simulator: Simulator, client: anthropic.Anthropic, stream: bool
) -> None:
    simulator.play([PARALLEL])
    messages: list[MessageParam] = [{"role": "user", "content": "What failed?"}]
    answer: JSON
    if stream:
        with client.messages.stream(
            model="claude-opus-5", max_tokens=500, messages=messages
        ) as events:
            answer = events.get_final_message()
    else:
        answer = client.messages.create(model="claude-opus-5", max_tokens=500, messages=messages)
    thinking, text, first, second = answer.content
    assert (thinking.type, text.type, first.type, second.type) == (
        "thinking", "text", "tool_use", "tool_use",
    )  # fmt: skip
    assert thinking.signature
    assert (first.input, second.name) == ({"command": "ls"}, "headroom_retrieve")
    assert first.id != second.id
    assert answer.stop_reason == "tool_use"
    assert answer.usage.output_tokens > 10


def test_a_session_that_only_grows_keeps_its_seals(
    simulator: Simulator, client: anthropic.Anthropic
) -> None:
    simulator.play([PARALLEL, PARALLEL, Reply.of(Thinking("Now I know."), "The disk is full.")])
    messages = agent(client)
    assert messages[-1]["content"][-1].text == "The disk is full."
    messages.append({"role": "user", "content": "Thanks."})
    assert ask(client, messages).content[0].text == "Done."
    assert simulator.violations == []


def test_thinking_behind_a_changed_prefix_is_refused(
    simulator: Simulator, client: anthropic.Anthropic
) -> None:
    simulator.play([PARALLEL, Reply.of("Fine.")])
    messages = agent(client)
    messages[0] = {"role": "user", "content": "What worked?"}
    messages.append({"role": "user", "content": "And now?"})
    with pytest.raises(anthropic.BadRequestError, match="bound to a different conversation"):
        ask(client, messages)
    assert len(simulator.violations) == 1


def test_breakpoints_may_move_and_a_string_is_its_block(
    simulator: Simulator, client: anthropic.Anthropic
) -> None:
    simulator.play([PARALLEL, Reply.of("Fine.")])
    messages = agent(client)
    mark = {"type": "ephemeral"}
    messages[0] = {
        "role": "user",
        "content": [{"type": "text", "text": "What failed?", "cache_control": mark}],
    }
    messages.append({"role": "user", "content": "And now?"})
    ask(client, messages)
    assert simulator.violations == []


def test_a_lenient_provider_only_notes_it() -> None:
    with Simulator([PARALLEL], strict=False) as simulator:
        with anthropic.Anthropic(base_url=simulator.url, api_key="x", max_retries=0) as client:
            messages = agent(client, turns=1)
            messages[0] = {"role": "user", "content": "changed"}
            ask(client, messages)
        assert len(simulator.violations) == 1


def test_the_cache_is_accounted_for(simulator: Simulator, client: anthropic.Anthropic) -> None:
    system = [{"type": "text", "text": GUIDE, "cache_control": {"type": "ephemeral"}}]
    first = ask(client, [{"role": "user", "content": "a"}], system=system).usage
    second = ask(client, [{"role": "user", "content": "b"}], system=system).usage
    assert first.cache_read_input_tokens == 0
    assert first.cache_creation_input_tokens == second.cache_read_input_tokens > 3000
    assert first.cache_creation.ephemeral_5m_input_tokens == first.cache_creation_input_tokens
    assert second.cache_creation_input_tokens == 0
    total = client.messages.count_tokens(
        model="claude-opus-5",
        messages=[{"role": "user", "content": "b"}],
        system=system,  # type: ignore[arg-type]
        tools=TOOLS,
    )
    assert total.input_tokens == second.input_tokens + second.cache_read_input_tokens


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        ([{"role": "user", "content": ""}], "non-empty"),
        (
            [
                {
                    "role": "user",
                    "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "x"}],
                }
            ],
            "tool_use",
        ),
        (
            [
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}
                    ]
                    * 5,
                }
            ],
            "maximum of 4",
        ),
    ],
)
def test_what_the_api_refuses_is_refused(
    client: anthropic.Anthropic, messages: list[JSON], reason: str
) -> None:
    with pytest.raises(anthropic.BadRequestError, match=reason):
        ask(client, messages)


@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        (Refusal(429, "slow down", retry_after=2), anthropic.RateLimitError),
        (Refusal(500), anthropic.InternalServerError),
        (Refusal(529, "overloaded"), anthropic.InternalServerError),
    ],
)
def test_scripted_errors_arrive_as_errors(
    simulator: Simulator,
    client: anthropic.Anthropic,
    refusal: Refusal,
    error: type[anthropic.APIStatusError],
) -> None:
    simulator.play([refusal])
    with pytest.raises(error, match=refusal.message) as raised:
        ask(client, [{"role": "user", "content": "x"}])
    wait = raised.value.response.headers.get("retry-after")
    assert wait == (None if refusal.retry_after is None else "2")


def test_the_sdk_retries_and_both_requests_are_recorded(simulator: Simulator) -> None:
    simulator.play([Refusal(529), Reply.of("Now.")])
    with anthropic.Anthropic(base_url=simulator.url, api_key="secret", max_retries=1) as client:
        answer = ask(client, [{"role": "user", "content": "zürich"}])
    assert answer.content[0].text == "Now."
    first, second = simulator.requests
    assert first.body == second.body
    assert first.json["messages"][0]["content"] == "zürich"
    assert first.header("Authorization") == "Bearer secret"


def test_models_are_listed(client: anthropic.Anthropic) -> None:
    assert "claude-opus-5" in [model.id for model in client.models.list()]
    assert client.models.retrieve("claude-opus-5").id == "claude-opus-5"


def test_a_script_may_look_at_the_request(
    simulator: Simulator, client: anthropic.Anthropic
) -> None:
    simulator.play(lambda request: Reply.of(Text(request.json["messages"][-1]["content"][::-1])))
    assert ask(client, [{"role": "user", "content": "abc"}]).content[0].text == "cba"
