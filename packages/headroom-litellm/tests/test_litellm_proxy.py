"""The real proxy of LiteLLM, started by its own command with our callback in its configuration."""

from __future__ import annotations

import json
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from headroom import Headroom, retrieve_tool
from headroom_testing.adapters import ANSWER, LONG_LOG, QUESTION, curious, read_log
from headroom_testing.simulator import Simulator

JSON: TypeAlias = Any
Converse: TypeAlias = Callable[[str, Headroom], str]
KEY = f"sk-{secrets.token_hex(32)}"
CONFIG = """
model_list:
  - model_name: gpt
    litellm_params: {{model: openai/gpt-4o, api_base: "{url}/v1", api_key: x}}
  - model_name: claude
    litellm_params: {{model: anthropic/claude-opus-5, api_base: "{url}", api_key: x}}
general_settings:
  master_key: {key}
litellm_settings:
  callbacks: headroom_litellm.callback
"""


@pytest.fixture(scope="module")
def provider() -> Iterator[Simulator]:
    with Simulator(count=len) as provider:
        yield provider


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def proxy(
    provider: Simulator, store: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    config = tmp_path_factory.mktemp("proxy") / "config.yaml"
    log = config.with_name("log")
    config.write_text(CONFIG.format(url=provider.url, key=KEY))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    command = Path(sys.executable).with_name("litellm")
    environment = {
        "HEADROOM_HOME": str(store),
        "HOME": str(store),
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "PATH": str(command.parent),
    }
    arguments = ["--config", str(config), "--host", "127.0.0.1", "--port", str(port)]
    with log.open("wb") as said:
        started = subprocess.Popen([command, *arguments], env=environment, stdout=said, stderr=said)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(f"{url}/health/liveliness", started, log)
        yield url
    finally:
        started.terminate()
        started.wait()


def wait_for(url: str, started: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(1800):
        assert started.poll() is None, log.read_text()[-2000:]
        try:
            with urlopen(url):
                return
        except (URLError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError(f"nothing answers at {url}")


def post(url: str, body: JSON) -> JSON:
    headers = {"content-type": "application/json", "authorization": f"Bearer {KEY}"}
    with urlopen(Request(url, json.dumps(body).encode(), headers)) as answer:
        return json.load(answer)


def results(headroom: Headroom, name: str, arguments: JSON) -> str:
    if name == "read_log":
        return read_log(**arguments)
    return headroom.retrieve(arguments["ref"], query=arguments["query"])


def chat(url: str, headroom: Headroom) -> str:
    log = {"type": "function", "function": {"name": "read_log", "parameters": {"type": "object"}}}
    messages: list[JSON] = [{"role": "user", "content": QUESTION}]
    while True:
        body = {"model": "gpt", "messages": messages, "tools": [log, retrieve_tool("openai")]}
        message = post(f"{url}/v1/chat/completions", body)["choices"][0]["message"]
        if not message.get("tool_calls"):
            return str(message["content"])
        messages.append(message)
        for call in message["tool_calls"]:
            function = call["function"]
            text = results(headroom, function["name"], json.loads(function["arguments"]))
            messages.append({"role": "tool", "tool_call_id": call["id"], "content": text})


def anthropic(url: str, headroom: Headroom) -> str:
    log = {"name": "read_log", "input_schema": {"type": "object"}}
    messages: list[JSON] = [{"role": "user", "content": QUESTION}]
    tools = [log, retrieve_tool("anthropic")]
    while True:
        body = {"model": "claude", "messages": messages, "tools": tools, "max_tokens": 99}
        blocks = post(f"{url}/v1/messages", body)["content"]
        calls = [block for block in blocks if block["type"] == "tool_use"]
        if not calls:
            return str(blocks[0]["text"])
        texts = [results(headroom, call["name"], call["input"]) for call in calls]
        content = [
            {"type": "tool_result", "tool_use_id": call["id"], "content": text}
            for call, text in zip(calls, texts, strict=True)
        ]
        messages += [{"role": "assistant", "content": blocks}, {"role": "user", "content": content}]


def responses(url: str, headroom: Headroom) -> str:
    log = {"type": "function", "name": "read_log", "parameters": {"type": "object"}}
    items: list[JSON] = [{"role": "user", "content": QUESTION}]
    tools = [log, retrieve_tool("openai_responses")]
    while True:
        output = post(f"{url}/v1/responses", {"model": "gpt", "input": items, "tools": tools})[
            "output"
        ]
        calls = [item for item in output if item["type"] == "function_call"]
        if not calls:
            return str(output[-1]["content"][0]["text"])
        items += output
        for call in calls:
            text = results(headroom, call["name"], json.loads(call["arguments"]))
            items.append(
                {"type": "function_call_output", "call_id": call["call_id"], "output": text}
            )


@pytest.mark.parametrize("converse", [chat, anthropic, responses])
def test_a_conversation_through_the_proxy(
    proxy: str, provider: Simulator, store: Path, converse: Converse
) -> None:
    headroom = Headroom(store=f"sqlite://{store / 'store.db'}")
    del provider.requests[:]
    provider.play(curious)
    assert converse(proxy, headroom) == ANSWER
    bodies = [request.json for request in provider.requests]
    assert len(bodies) == 3
    field = "input" if converse is responses else "messages"
    for before, after in pairwise(body[field] for body in bodies):
        assert after[: len(before)] == before
    assert len(provider.requests[1].body) < len(read_log(LONG_LOG)) / 2
    restored = json.dumps(headroom.restore(bodies[1][field]))
    assert json.dumps(read_log(LONG_LOG)) in restored
