"""Conversations that the provider keeps: a client names the answer that it goes on from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import openai
import pytest
from socket_client import END, RUN, TOOL, log

from headroom.ccr.tool import NAME
from headroom.sessions import Sessions
from headroom.types import JSON
from headroom_proxy import Editor, Server, Settings
from headroom_proxy.settings import Mode
from headroom_testing.simulator import (
    Answer,
    Asking,
    Call,
    Part,
    Refusal,
    Simulator,
    Text,
    Thinking,
    references_in,
)

ASK: tuple[Part, ...] = (Thinking("hm"), Text("Let me see more."), Call(NAME, {"lines": "30-32"}))
BOTH: tuple[Part, ...] = (Text("Both."), Call("bash"), Call(NAME, {"lines": "30"}))


class Client:
    """Sends what is new, and names the answer before; or sends everything, as `names` says."""

    def __init__(self, *, stream: bool, names: bool, refers: bool = False) -> None:
        self.stream = stream
        self.refers = refers
        self.names = names
        self.said: list[JSON] = []
        self.new: JSON = [{"role": "user", "content": "What failed?"}]
        self.last: str | None = None
        self.count = 0

    def turn(self, server: Server, **given: JSON) -> JSON:
        sends = self.new if self.names and self.last else [*self.said, *self.new]
        asked = {
            "model": "gpt-5.6", "tools": [TOOL], "include": ["reasoning.encrypted_content"],
            "previous_response_id": self.last if self.names and self.last else openai.omit,
            "input": sends, **given,
        }  # fmt: skip
        plain = openai.DefaultHttpxClient(verify=False)  # certificates take long to load
        url = f"{server.url}/v1"
        with openai.OpenAI(base_url=url, api_key="x", max_retries=0, http_client=plain) as client:
            if self.stream:
                with client.responses.stream(**asked) as events:
                    answer = events.get_final_response()
            else:
                answer = client.responses.create(**asked)
        output = [item.to_dict(warnings=False) for item in answer.output]
        self.last = answer.id
        referred = [{"type": "item_reference", "id": item["id"]} for item in output]
        self.said += [*self.new, *(referred if self.refers else output)]
        self.new = []
        for item in output:
            if item["type"] == "function_call":
                self.count += 1
                printed = {"type": "function_call_output", "call_id": item["call_id"]}
                self.new.append({**printed, "output": log(self.count)})
        self.new = self.new or [{"role": "user", "content": "Thanks."}]
        return output


class Setup:
    """A provider, and gateways in front of it that have a store in common."""

    def __init__(self, simulator: Simulator, store: Path, mode: Mode) -> None:
        self.simulator = simulator
        self.store = store
        self.mode = mode

    @contextmanager
    def gateway(self) -> Iterator[Server]:
        told = Settings(port=0, openai=self.simulator.url)
        with Server(told, Editor(self.mode, Sessions(f"sqlite://{self.store}"))) as server:
            yield server

    @property
    def sent(self) -> list[JSON]:
        return [request.json for request in self.simulator.requests]

    def check(self) -> None:
        """Asserts that the model always had the tool, and that nothing before it was changed."""
        assert self.simulator.violations == []
        names = [[tool["name"] for tool in request["tools"]] for request in self.sent]
        assert names == [["bash", NAME]] * len(names)


@contextmanager
def setup(store: Path, *turns: Sequence[Part] | Answer, mode: Mode = "on") -> Iterator[Setup]:
    with Simulator(Asking(*turns)) as simulator:
        yield Setup(simulator, store, mode)


def kinds(items: Sequence[JSON]) -> list[str]:
    return [item.get("type", "message") for item in items]


@pytest.mark.parametrize("stream", [True, False])
def test_who_names_the_answer_before_goes_on_from_its_end(tmp_path: Path, *, stream: bool) -> None:
    """Also through another gateway."""
    client = Client(stream=stream, names=True)
    with setup(tmp_path / "s.db", RUN, ASK, ASK, RUN, ASK, END, END) as one:
        with one.gateway() as server:
            client.turn(server)
            assert kinds(client.turn(server)) == ["reasoning", "message"] * 3 + ["function_call"]
        with one.gateway() as server:
            client.turn(server)
            assert client.turn(server)[-1]["content"][0]["text"] == "It was 42."
        one.check()
        named = [request.get("previous_response_id") for request in one.sent]
        assert named == [None, *(f"resp_{n:06}" for n in range(1, 7))]
        assert [kinds(request["input"]) for request in one.sent[1:6]] == [
            ["function_call_output"]
        ] * 5
        assert one.sent[2]["input"][0]["output"] == "".join(log(1).splitlines(keepends=True)[29:32])
        assert len(one.sent[4]["input"][0]["output"]) < 0.5 * len(log(2))


@pytest.mark.parametrize("stream", [True, False])
def test_who_only_refers_to_what_was_said_is_understood(tmp_path: Path, *, stream: bool) -> None:
    """As if it said it: thoughts and calls in between stand where they stood."""
    sent = []
    for refers in (True, False):
        client = Client(stream=stream, names=False, refers=refers)
        with (
            setup(tmp_path / f"{refers}.db", RUN, ASK, BOTH, ASK, END) as one,
            one.gateway() as server,
        ):
            for _ in range(4):
                client.turn(server)
            one.check()
            sent.append([item for item in one.sent[-1]["input"] if "output" in item])
            types = kinds(one.sent[-1]["input"])
            assert ("item_reference" in types) == refers
            assert types.count("function_call") >= 3
    assert sent[0] == sent[1]


@pytest.mark.parametrize("first", [True, False])
def test_who_sends_everything_finds_the_hidden_exchange_where_it_was(
    tmp_path: Path, *, first: bool
) -> None:
    """Whether or not answers were named before; and the other way round."""
    client = Client(stream=True, names=first)
    with setup(tmp_path / "s.db", RUN, ASK, RUN, ASK, RUN, ASK, END) as one:
        with one.gateway() as server:
            client.turn(server)
            client.turn(server)
            client.names = not first
            client.turn(server)
            client.names = first
            client.turn(server)
        one.check()
        told: dict[str, str] = {}
        for request in one.sent:
            printed = [item for item in request["input"] if "output" in item]
            known = len(printed) if len(request["input"]) > 1 else 0
            for item in printed:
                assert told.setdefault(item["call_id"], item["output"]) == item["output"]
            assert not known or [item["call_id"] for item in printed] == list(told)
        assert len(told) == 6


def test_thoughts_that_are_not_sealed_are_left_to_who_keeps_them(tmp_path: Path) -> None:
    client = Client(stream=False, names=False)
    with setup(tmp_path / "s.db", RUN, ASK, ASK, RUN, END) as one, one.gateway() as server:
        for _ in range(3):
            client.turn(server, include=[])
        named = [request.get("previous_response_id") for request in one.sent]
        assert named == [None, None, "resp_000002", "resp_000003", None]
        assert [kinds(request["input"]) for request in one.sent[2:4]] == [
            ["function_call_output"]
        ] * 2
        assert kinds(one.sent[4]["input"]).count("function_call_output") == 4
        one.check()


def test_what_was_asked_for_is_kept_in_mind(tmp_path: Path) -> None:
    """By request and call, both in the answer before: as much is left out as in the whole."""
    got = []
    for names in (True, False):
        client = Client(stream=False, names=names)
        wanted = log(1).splitlines()[70].split()[4]
        client.new = [{"role": "user", "content": f"Who asked for {wanted}?"}]
        with setup(tmp_path / f"{names}.db", RUN, END) as one, one.gateway() as server:
            client.turn(server)
            client.turn(server)
            got.append(one.sent[-1]["input"][-1]["output"])
            assert wanted in got[-1]
    assert got[0] == got[1]
    assert len(got[0]) < 0.5 * len(log(1))


def test_a_call_beside_the_clients_own_is_answered_with_what_it_sends_next(tmp_path: Path) -> None:
    client = Client(stream=True, names=True)
    with setup(tmp_path / "s.db", RUN, BOTH, END) as one, one.gateway() as server:
        client.turn(server)
        assert kinds(client.turn(server)) == ["message", "function_call"]
        client.turn(server)
        ours, theirs = one.sent[-1]["input"]
        assert ours["output"] == log(1).splitlines(keepends=True)[29]
        assert theirs["call_id"] == "call_000002_1"
        one.check()


def test_who_asks_without_end_gets_the_rest_beside_a_string(tmp_path: Path) -> None:
    client = Client(stream=False, names=True)
    with setup(tmp_path / "s.db", RUN, *[ASK] * 9, END) as one, one.gateway() as server:
        client.turn(server)
        client.turn(server)
        client.new = []
        client.turn(server, input="And?")
        assert kinds(one.sent[-1]["input"]) == ["function_call_output", "message"]
        assert one.sent[-1]["input"][1] == {"role": "user", "content": "And?"}
        one.check()


@pytest.mark.parametrize(
    "given",
    [
        {"previous_response_id": "resp_of_another_way"},
        {"conversation": "conv_1"},
        {"background": True},
    ],
    ids=["previous", "conversation", "background"],
)
def test_what_the_model_has_read_is_not_guessed(tmp_path: Path, given: JSON) -> None:
    """What is new is shorter all the same, but nothing is left out of it."""
    with Simulator(lambda request: Refusal(418)) as simulator:
        one = Setup(simulator, tmp_path / "s.db", "on")
        client = Client(stream=False, names=False)
        client.new = [{"type": "function_call_output", "call_id": "c", "output": log(1)}]
        with one.gateway() as server, pytest.raises(openai.APIStatusError):
            client.turn(server, **given)
        assert [tool["name"] for tool in one.sent[0]["tools"]] == ["bash"]
        assert not references_in(simulator.requests[0])
        assert 100 < len(one.sent[0]["input"][0]["output"]) < len(log(1))


def test_what_is_kept_can_be_asked_for_as_the_provider_has_it(tmp_path: Path) -> None:
    with setup(tmp_path / "s.db") as one, one.gateway() as server:
        plain = openai.DefaultHttpxClient(verify=False)
        url = f"{server.url}/v1"
        with openai.OpenAI(base_url=url, api_key="x", max_retries=0, http_client=plain) as client:
            for asked in (client.responses.retrieve, client.responses.delete):
                with pytest.raises(openai.NotFoundError):
                    asked("resp_000001")
        assert [request.method for request in one.simulator.requests] == ["GET", "DELETE"]
        assert {request.path for request in one.simulator.requests} == {"/v1/responses/resp_000001"}
