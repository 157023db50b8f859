"""A client that speaks to a gateway over a WebSocket, as coding agents do."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from websockets.sync.client import ClientConnection, connect

from headroom.ccr.memory import MemoryStore
from headroom.ccr.tool import NAME
from headroom.sessions import Sessions
from headroom.steering import Steering
from headroom.types import JSON
from headroom_proxy import Editor, Server, Settings
from headroom_proxy.settings import Mode
from headroom_testing.simulator import (
    Answer,
    Asking,
    Call,
    Part,
    Simulator,
    Text,
    Thinking,
)

TOOL: JSON = {"type": "function", "name": "bash", "parameters": {"type": "object"}, "strict": False}
RUN: tuple[Part, ...] = (Thinking("what is there?"), Text("Let me look."), Call("bash"))
ASK: tuple[Part, ...] = (
    Thinking("what is left out?"),
    Text("Let me see more. 🙂"),
    Call(NAME, {"lines": "30-32"}),
)
BOTH: tuple[Part, ...] = (Text("Both."), Call("bash"), Call(NAME, {"lines": "30"}), Call("bash"))
END: tuple[Part, ...] = (Thinking("so"), Text("It was 42."))


def log(seed: int) -> str:
    chance = random.Random(seed)
    return "".join(
        f"2026-11-21T10:{n // 60 % 60:02}:{n % 60:02} INFO worker-{chance.randrange(8)} GET "
        f"/api/{chance.randrange(10**6)} 200 {chance.randrange(90)}ms\n"
        for n in range(150)
    )


class Client:
    """An agent on one socket: it warms up, asks, and sends what its tools print."""

    def __init__(self, wire: ClientConnection, items: Sequence[JSON] = (), lane: str = "") -> None:
        self.wire = wire
        self.events: list[JSON] = []
        self.items: list[JSON] = []
        self.new: list[JSON] = list(items) or [{"role": "user", "content": "What failed?"}]
        self.fields: JSON = {"stream_id": lane} if lane else {}
        self.last = ""
        self.count = 0

    def send(self, **fields: JSON) -> None:
        request = {
            "type": "response.create", "model": "gpt-5.6", "store": False, "tools": [TOOL],
            "include": ["reasoning.encrypted_content"], "input": self.new, **self.fields,
        }  # fmt: skip
        if self.last:
            request["previous_response_id"] = self.last
        self.wire.send(json.dumps({**request, **fields}, ensure_ascii=False))
        self.items += self.new
        self.new = []

    def hear(self) -> JSON:
        """Returns the last event of an answer."""
        self.events = []
        while True:
            self.events.append(json.loads(self.wire.recv(timeout=10)))
            last = self.events[-1]
            if last["type"] in ("response.completed", "response.cancelled", "error"):
                return last

    def turn(self, **fields: JSON) -> JSON:
        """Returns a whole response, and runs what it calls."""
        previous = self.last or None
        self.send(**fields)
        last = self.hear()
        assert "response" in last, last
        response = last["response"]
        assert response["previous_response_id"] == previous
        self.take(response)
        return response

    def take(self, response: JSON) -> None:
        check(self.events, response)
        self.last = response["id"]
        self.items += response["output"]
        for item in response["output"]:
            if item["type"] == "function_call":
                self.count += 1
                printed = {"type": "function_call_output", "call_id": item["call_id"]}
                self.new.append({**printed, "output": log(self.count)})
        self.new = self.new or [{"role": "user", "content": "Thanks."}]


def check(events: Sequence[JSON], response: JSON) -> None:
    """Asserts that events are one answer without a call of ours."""
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    done = [event for event in events if event["type"] == "response.output_item.done"]
    assert [event["output_index"] for event in done] == list(range(len(done)))
    assert [event["item"] for event in done] == response["output"]
    named = [event["response"] for event in events if "response" in event]
    assert {one["id"] for one in named} == {response["id"]}
    assert {one["previous_response_id"] for one in named} == {response["previous_response_id"]}
    assert NAME not in json.dumps(done)


@contextmanager
def setup(
    *turns: Sequence[Part] | Answer,
    mode: Mode = "on",
    store: MemoryStore | None = None,
    steering: Steering | None = None,
) -> Iterator[tuple[Simulator, Server]]:
    with Simulator(Asking(*turns)) as simulator:
        told = Settings(port=0, openai=simulator.url)
        sessions = Sessions(store or MemoryStore())
        with Server(told, Editor(mode, sessions, steering=steering)) as server:
            yield simulator, server


def at(server: Server, **options: JSON) -> ClientConnection:
    return connect(server.url.replace("http", "ws", 1) + "/v1/responses", **options)


def sent(simulator: Simulator) -> list[JSON]:
    """Returns the requests that came to the provider."""
    return [request.json for request in simulator.requests]


def tools(simulator: Simulator) -> list[list[str]]:
    return [[tool["name"] for tool in request["tools"]] for request in sent(simulator)]


def kinds(items: Sequence[JSON]) -> list[str]:
    return [item.get("type", "message") for item in items]
