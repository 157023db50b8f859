"""Agents with the providers' SDKs work through the gateway, and send less."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import anthropic
import openai
import pytest

from headroom.result import BodyResult
from headroom.sessions import Sessions
from headroom.types import JSON
from headroom_proxy import Editor, Server, Settings
from headroom_testing.simulator import Call, Reply, Simulator, Thinking

LOG = "".join(f"2026-11-21 10:00:{n % 60:02} INFO tick {n} done\n" for n in range(300))
TURNS = 4
SCRIPT = [
    Reply.of(Thinking(f"step {n}"), "Let me look.", Call("bash"), Call("bash"))
    for n in range(TURNS)
]


class Setup:
    """A strict provider behind a gateway, and what the gateway saved."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.results: list[BodyResult] = []
        url = simulator.url
        told = Settings(port=0, anthropic=url, openai=url, gemini=url)
        self.gateway = Server(told, Editor("lossless", Sessions("memory:"), self.results.append))

    def check(self) -> None:
        """Asserts that the session only grew, and got smaller."""
        assert self.simulator.violations == []
        assert [result.reason for result in self.results] == [""] * len(self.results)
        assert self.results[-1].savings > 0.5
        reads = [usage.read for usage in self.simulator.usages]
        assert reads == sorted(reads)
        assert reads[-1] > 1024


@pytest.fixture
def setup() -> Iterator[Setup]:
    with Simulator(SCRIPT) as simulator:
        made = Setup(simulator)
        with made.gateway:
            yield made


@pytest.mark.parametrize("stream", [False, True])
def test_anthropic(setup: Setup, stream: bool) -> None:
    mark = {"cache_control": {"type": "ephemeral"}}
    messages: list[JSON] = [{"role": "user", "content": "What failed?"}]
    given: JSON = {"model": "claude-opus-5", "max_tokens": 99, "messages": messages}
    with anthropic.Anthropic(base_url=setup.gateway.url, api_key="x", max_retries=0) as client:
        for turn in range(TURNS + 1):
            if stream:
                with client.messages.stream(**given, extra_body=mark) as events:
                    answer: JSON = events.get_final_message()
            else:
                answer = client.messages.create(**given, extra_body=mark)
            messages.append({"role": "assistant", "content": answer.content})
            results = [
                {"type": "tool_result", "tool_use_id": block.id, "content": f"{turn}\n{LOG}"}
                for block in answer.content
                if block.type == "tool_use"
            ]
            messages.append({"role": "user", "content": results or "Thanks."})
    assert answer.content[0].text == "Done."
    setup.check()


@pytest.mark.parametrize("stream", [False, True])
def test_openai_responses(setup: Setup, stream: bool) -> None:
    items: list[JSON] = [{"role": "user", "content": "What failed?"}]
    given: JSON = {"model": "gpt-5.6", "input": items, "store": False}
    given["include"] = ["reasoning.encrypted_content"]
    url = f"{setup.gateway.url}/v1"
    with openai.OpenAI(base_url=url, api_key="x", max_retries=0) as client:
        for turn in range(TURNS + 1):
            if stream:
                with client.responses.stream(**given) as events:
                    answer: JSON = events.get_final_response()
            else:
                answer = client.responses.create(**given)
            items += answer.output
            items += [
                {
                    "type": "function_call_output",
                    "call_id": item.call_id,
                    "output": f"{turn}\n{LOG}",
                }
                for item in answer.output
                if item.type == "function_call"
            ]
    assert answer.output_text == "Done."
    setup.check()


def test_openai_chat_with_the_async_client(setup: Setup) -> None:
    asyncio.run(chat(setup))
    setup.check()


async def chat(setup: Setup) -> None:
    messages: list[JSON] = [{"role": "user", "content": "What failed?"}]
    url = f"{setup.gateway.url}/v1"
    async with openai.AsyncOpenAI(base_url=url, api_key="x", max_retries=0) as client:
        for turn in range(TURNS + 1):
            answer = await client.chat.completions.create(model="gpt-4o", messages=messages)
            message: JSON = answer.choices[0].message
            messages.append(message)
            messages += [
                {"role": "tool", "tool_call_id": call.id, "content": f"{turn}\n{LOG}"}
                for call in message.tool_calls or ()
            ]
    assert messages[-1].content == "Done."
