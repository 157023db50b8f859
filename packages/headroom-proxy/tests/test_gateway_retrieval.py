"""What was left out comes back to the model, and its client never knows."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from urllib.request import Request, urlopen

import anthropic
import pytest

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
    Reply,
    Simulator,
    Text,
    Thinking,
    references_in,
)

PATHS = ["/api/users", "/api/orders", "/healthz"]
TOOL: JSON = {"name": "bash", "description": "Runs a command.", "input_schema": {"type": "object"}}


def log(seed: int) -> str:
    chance = random.Random(seed)
    return "".join(
        f"2026-11-21T10:{n // 60 % 60:02}:{n % 60:02} INFO worker-{chance.randrange(8)} GET "
        f"{chance.choice(PATHS)}/{chance.randrange(10**6)} 200 {chance.randrange(90)}ms\n"
        for n in range(150)
    )


def says(*turns: Sequence[Part] | Refusal) -> Asking:
    return Asking(*turns, delivery=Delivery(split=7))


RUN = (Thinking("what is there?"), Text("Let me look."), Call("bash"))
ASK = (
    Thinking("what is left out?"),
    Text("Let me see more."),
    Call("headroom_retrieve", {"lines": "30-32"}),
)
ONLY_ASK = (Call("headroom_retrieve", {"lines": "30"}),)


def asking(url: str) -> anthropic.Anthropic:
    """Returns a client that needs no certificates, which take long to load."""
    plain = anthropic.DefaultHttpxClient(verify=False)
    return anthropic.Anthropic(base_url=url, api_key="x", max_retries=0, http_client=plain)


class Client:
    """An agent that streams, or does not."""

    def __init__(self, url: str, *, stream: bool) -> None:
        self.url = url
        self.stream = stream
        self.messages: list[JSON] = [{"role": "user", "content": "What failed?"}]
        self.given: JSON = {"tools": [TOOL]}
        self.count = 0

    def turn(self, mode: Mode | None = None) -> JSON:
        """Returns the answer of one request, and appends it with what the tools print."""
        headers = {"x-headroom-mode": mode} if mode else {}
        given: JSON = {"model": "claude-opus-5", "max_tokens": 99, "messages": self.messages}
        given |= {**self.given, "extra_headers": headers}
        with asking(self.url) as client:
            if self.stream:
                with client.messages.stream(**given) as events:
                    message: JSON = events.get_final_message()
            else:
                message = client.messages.create(**given)
        answer = message.to_dict()
        self.messages.append({"role": "assistant", "content": answer["content"]})
        results = []
        for block in answer["content"]:
            if block["type"] == "tool_use":
                self.count += 1
                printed = {"type": "tool_result", "tool_use_id": block["id"]}
                results.append({**printed, "content": log(self.count)})
        self.messages.append({"role": "user", "content": results or "Thanks."})
        return answer


@contextmanager
def setup(
    model: Asking, store: Path, *, stream: bool, mode: Mode = "on"
) -> Iterator[tuple[Simulator, Client]]:
    with Simulator(model) as simulator:
        told = Settings(port=0, anthropic=simulator.url)
        with Server(told, Editor(mode, Sessions(f"sqlite://{store}"))) as gateway:
            yield simulator, Client(gateway.url, stream=stream)


def check(simulator: Simulator) -> None:
    """Asserts that each request begins with the one before."""
    assert simulator.violations == []
    sent = [request.json["messages"] for request in simulator.requests]
    assert all(now[: len(last)] == last for last, now in pairwise(sent))
    tools = [[tool["name"] for tool in request.json["tools"]] for request in simulator.requests]
    assert tools == [["bash", "headroom_retrieve"]] * len(tools)


def blocks(request: Recorded) -> list[JSON]:
    contents = [message["content"] for message in request.json["messages"]]
    return [block for content in contents if isinstance(content, list) for block in content]


def kinds(answer: JSON) -> list[str]:
    return [block.get("name") or block["type"] for block in answer["content"]]


@pytest.fixture(params=[False, True], ids=["json", "sse"])
def stream(request: pytest.FixtureRequest) -> bool:
    found: bool = request.param
    return found


def test_the_model_goes_on_in_the_same_answer(tmp_path: Path, stream: bool) -> None:
    model = says(RUN, ASK, RUN, ONLY_ASK, ASK, (Thinking("so"), Text("It was 42.")))
    with setup(model, tmp_path / "s.db", stream=stream) as (simulator, client):
        client.turn()
        answer = client.turn()
        assert kinds(answer) == ["thinking", "text", "thinking", "text", "bash"]
        assert answer["stop_reason"] == "tool_use"
        first, second = simulator.usages[1:3]
        usage = answer["usage"]
        counted = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
        assert sum(usage[name] for name in counted) == first.input + second.input
        answer = client.turn()
        assert kinds(answer) == ["thinking", "text", "thinking", "text"]
        assert answer["stop_reason"] == "end_turn"
        client.turn()
        check(simulator)
        last = blocks(simulator.requests[-1])
    shown = [block["content"] for block in last if block["type"] == "tool_result"]
    assert "".join(log(1).splitlines(keepends=True)[29:32]) in shown
    said = [message for message in client.messages if message["role"] == "assistant"]
    assert "headroom_retrieve" not in json.dumps(said)


@pytest.mark.parametrize("order", [(1, 0), (0, 1)], ids=["after", "before"])
def test_beside_calls_of_the_client(tmp_path: Path, stream: bool, order: tuple[int, int]) -> None:
    """The client gets its own, and our result travels with its own."""
    both = [Call("headroom_retrieve", {"lines": "30"}), Call("bash")]
    turn: tuple[Thinking | Call, ...] = (Thinking("two things"), *(both[n] for n in order))
    with setup(says(RUN, turn, RUN), tmp_path / "s.db", stream=stream) as (simulator, client):
        client.turn()
        answer = client.turn()
        assert kinds(answer) == ["thinking", "bash"]
        client.turn()
        client.turn()
        check(simulator)
        sent = simulator.requests[2].json["messages"]
    names = [block.get("name") for block in sent[-2]["content"][1:]]
    assert names == [both[n].name for n in order]
    assert log(1).splitlines()[29] in sent[-1]["content"][0]["content"]


def test_restarts_and_other_modes_do_not_lose_it(tmp_path: Path, stream: bool) -> None:
    turns = (RUN, ASK, RUN, ASK, (*ONLY_ASK, Call("bash")), RUN)
    model = says(*turns)
    with Simulator(model) as simulator:
        told = Settings(port=0, anthropic=simulator.url)
        client = Client("", stream=stream)
        for mode in ("on", "on", "off", "lossless", "observe", "on"):
            editor = Editor(mode, Sessions(f"sqlite://{tmp_path}/s.db"))
            with Server(told, editor) as gateway:
                client.url = gateway.url
                client.turn()
        check(simulator)


def test_a_client_that_drops_thoughts_gets_its_calls_back(tmp_path: Path) -> None:
    with setup(says(RUN, ASK, RUN, RUN), tmp_path / "s.db", stream=False) as (simulator, client):
        client.turn()
        client.turn()
        for message in client.messages:
            if message["role"] == "assistant":
                message["content"] = [b for b in message["content"] if b["type"] != "thinking"]
        client.turn()
        sent = simulator.requests[-1].json["messages"]
    roles = [message["role"] for message in sent]
    assert roles == ["user", "assistant"] * 3 + ["user"]
    assert [b["type"] for b in sent[3]["content"]] == ["text", "tool_use"]
    assert simulator.violations == []


def test_who_asks_on_and_on_is_stopped(tmp_path: Path, stream: bool) -> None:
    with setup(says(RUN, *[ASK] * 9), tmp_path / "s.db", stream=stream) as (simulator, client):
        client.turn()
        answer = client.turn()
        assert answer["stop_reason"] == "end_turn"
        assert len(simulator.requests) == 1 + 1 + 8
        client.turn()
        check(simulator)


def test_what_is_not_there_is_said(tmp_path: Path, stream: bool) -> None:
    wrong = Call("headroom_retrieve", {"lines": "99999"})
    model = says((Call("headroom_retrieve", {"ref": "nothing"}),), RUN, (wrong,))
    with setup(model, tmp_path / "s.db", stream=stream) as (simulator, client):
        client.turn()
        client.turn()
        check(simulator)
        said = [b for b in blocks(simulator.requests[-1]) if b.get("is_error")]
    assert "no original is stored" in said[0]["content"]
    assert "lines" in said[1]["content"]


def test_a_provider_that_fails_in_between_is_told_truthfully(tmp_path: Path, stream: bool) -> None:
    model = says(RUN, ASK, Refusal(529, "Overloaded"), ASK, RUN)
    with setup(model, tmp_path / "s.db", stream=stream) as (simulator, client):
        client.turn()
        with pytest.raises(anthropic.APIStatusError, match="Overloaded"):
            client.turn()
        assert kinds(client.turn())[-1] == "bash"
        assert simulator.violations == []


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"tools": []},
        {"tools": [TOOL], "tool_choice": {"type": "none"}},
        {"tools": [TOOL], "tool_choice": {"type": "tool", "name": "bash"}},
        {"tools": [TOOL], "output_config": {"format": {"type": "json_schema", "schema": {}}}},
    ],
)
def test_without_a_way_to_ask_nothing_is_left_out(tmp_path: Path, given: JSON) -> None:
    with setup(says(RUN), tmp_path / "s.db", stream=False) as (simulator, client):
        client.given = {"extra_body": given}
        client.turn()
        client.turn()
        assert not references_in(simulator.requests[-1])


def test_a_session_that_began_without_the_tool_never_gets_it(tmp_path: Path) -> None:
    setting = setup(says(RUN, RUN), tmp_path / "s.db", stream=False, mode="lossless")
    with setting as (simulator, client):
        client.turn()
        client.turn("on")
        assert [len(request.json["tools"]) for request in simulator.requests] == [1, 1]
        assert not references_in(simulator.requests[-1])


@pytest.mark.parametrize("split", [1, 2, 3, 1000])
def test_a_stream_without_retrievals_is_the_providers_own(tmp_path: Path, split: int) -> None:
    """Byte for byte, wherever it is cut."""
    turn = (Thinking("日本"), Text("ünï"), Call("bash", {"command": "ls 🙂"}))
    reply = Reply(turn, delivery=Delivery(split=split))
    body: JSON = {"model": "claude-opus-5", "max_tokens": 9, "stream": True}
    body |= {"tools": [TOOL], "messages": [{"role": "user", "content": "é"}]}
    with Simulator([reply]) as direct:
        own = [TOOL, retrieve_tool("anthropic")]
        expected = raw(direct.url, {**body, "tools": own})
    with Simulator([reply]) as simulator:
        told = Settings(port=0, anthropic=simulator.url)
        with Server(told, Editor("on", Sessions(f"sqlite://{tmp_path}/s.db"))) as gateway:
            assert raw(gateway.url, body) == expected
        assert simulator.requests[0].json["tools"] == own


def raw(url: str, body: JSON) -> bytes:
    """Returns the bytes of an answer."""
    headers = {"content-type": "application/json"}
    with urlopen(Request(f"{url}/v1/messages", json.dumps(body).encode(), headers)) as answer:
        data: bytes = answer.read()
    return data
