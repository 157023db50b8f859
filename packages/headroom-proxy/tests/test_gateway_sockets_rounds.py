"""Retrieval over WebSockets: the client sees one answer, and the provider its own conversation."""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence
from threading import Thread
from urllib.request import urlopen

import pytest
from socket_client import ASK, BOTH, END, RUN, Client, at, kinds, log, sent, setup, tools
from waiting import until
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from headroom.ccr.memory import MemoryStore
from headroom.ccr.tool import NAME
from headroom.sessions import Sessions
from headroom.steering import Steering
from headroom.types import JSON
from headroom_proxy import Editor, Server, Settings
from headroom_testing.simulator import (
    Answer,
    Delivery,
    Refusal,
    Reply,
    Reset,
    Simulator,
)


def test_the_model_gets_what_it_asks_for_and_its_client_sees_one_answer() -> None:
    with setup(RUN, ASK, RUN, END) as (simulator, server), at(server) as wire:
        client = Client(wire)
        assert client.turn(generate=False)["output"] == []
        client.new = []
        client.turn()
        said = client.turn()
        shown = [item["type"] for item in said["output"]]
        assert shown == ["reasoning", "message", "reasoning", "message", "function_call"]
        assert said["usage"]["input_tokens"] == sum(u.input for u in simulator.usages[2:4])
        asked, got = sent(simulator)[2:]
        (answer,) = got["input"]
        assert answer["output"] == "".join(log(1).splitlines(keepends=True)[29:32])
        renamed = {"input": 0, "previous_response_id": "resp_000003"}
        assert got == {**asked, **renamed, "input": [answer]}
        assert client.turn()["output"][-1]["content"][0]["text"] == "It was 42."
    assert simulator.violations == []
    assert tools(simulator) == [["bash", NAME]] * 5
    assert [request.get("previous_response_id") for request in sent(simulator)] == [
        None, "resp_000001", "resp_000002", "resp_000003", "resp_000004",
    ]  # fmt: skip


def memory(simulator: Simulator) -> list[JSON]:
    """Returns all items of a conversation on one socket that the client's side sent."""
    return [item for request in sent(simulator) for item in request["input"]]


@pytest.mark.parametrize(
    "turns",
    [(RUN, ASK, RUN, END), (RUN, ASK, ASK, RUN, ASK, END), (BOTH, RUN, BOTH, BOTH, END)],
    ids=["once", "twice", "beside"],
)
def test_who_reconnects_finds_the_hidden_exchange_where_it_was(turns: Sequence[Answer]) -> None:
    """The thoughts after it are bound to it, and the provider refuses them without."""
    with setup(*turns) as (simulator, server):
        with at(server) as wire:
            client = Client(wire)
            while client.turn()["output"][-1]["type"] != "message":
                pass
        told = [item for item in memory(simulator) if item.get("type") == "function_call_output"]
        simulator.requests.clear()
        with at(server) as wire:
            again = Client(wire, [*client.items, *client.new])
            again.turn()
            again.turn()
    assert simulator.violations == []
    whole = sent(simulator)[0]["input"]
    assert [i for i in whole if i.get("type") == "function_call_output"] == told
    assert len(told) == sum(i.get("type") == "function_call" for i in whole)
    assert simulator.usages[-2].read > 0.9 * simulator.usages[-3].input
    assert tools(simulator) == [["bash", NAME]] * 2


def test_a_call_beside_the_clients_own_is_answered_with_the_next_request() -> None:
    with setup(BOTH, END, mode="on") as (simulator, server), at(server) as wire:
        client = Client(wire)
        client.turn()
        client.new = [{**one, "output": "short"} for one in client.new]
        client.turn()
    (_, asked) = sent(simulator)
    assert [item["call_id"][-1] for item in asked["input"]] == ["2", "1", "3"]
    assert [item["output"] for item in asked["input"]][1:] == ["short"] * 2


def test_who_asks_without_end_is_told_that_it_is_enough() -> None:
    with setup(RUN, *[ASK] * 9, RUN, END) as (simulator, server), at(server) as wire:
        client = Client(wire)
        client.turn()
        assert kinds(client.turn()["output"]) == ["reasoning", "message"] * 9
        assert "too often" in memory(simulator)[-1]["output"]
        client.turn()
        assert kinds(sent(simulator)[-1]["input"]) == ["function_call_output", "message"]
    assert simulator.violations == []


def test_requests_that_wait_are_answered_in_their_order() -> None:
    with setup(RUN, ASK, END, END) as (simulator, server), at(server) as wire:
        client = Client(wire)
        client.turn()
        client.send()
        client.last, client.new = "", [{"role": "user", "content": "Something else."}]
        client.send()
        first, second = client.hear()["response"], client.hear()["response"]
    assert kinds(first["output"]) == ["reasoning", "message", "reasoning", "message"]
    assert kinds(second["output"]) == ["reasoning", "message"]
    assert memory(simulator)[-1]["content"] == "Something else."


def test_a_request_may_follow_on_from_an_answer_that_is_on_its_way() -> None:
    slow = Reply(ASK, delivery=Delivery(first_byte=0.1, pause=0.005))
    with setup(RUN, slow, RUN, END) as (simulator, server), at(server) as wire:
        client = Client(wire)
        client.turn()
        client.send()
        client.last = json.loads(wire.recv(timeout=10))["response"]["id"]
        client.new = [{"role": "user", "content": "And then?"}]
        client.send()
        client.hear()
        assert client.hear()["type"] == "error"  # of the provider: no tool output found
    assert sent(simulator)[-1]["previous_response_id"] == "resp_000003"


def test_lanes_do_not_mix() -> None:
    with setup(RUN, RUN, ASK, RUN, ASK, END, END) as (simulator, server), at(server) as wire:
        one = Client(wire, lane="one")
        other = Client(wire, [{"role": "user", "content": "And you?"}], lane="two")
        one.turn()
        other.turn()
        for client in (one, other, one):
            client.turn()
            lanes = {event.get("stream_id") for event in client.events}
            assert lanes == {client.fields["stream_id"]}
    assert simulator.violations == []
    assert [request["stream_id"] for request in sent(simulator)] == [
        "one", "two", "one", "one", "two", "two", "one",
    ]  # fmt: skip


def test_who_cancels_gets_no_more() -> None:
    """Neither of a hidden answer, nor, if it comes before one, another answer at all."""
    slow = Reply(RUN, delivery=Delivery(first_byte=30))
    with setup(RUN, ASK, slow, END) as (simulator, server), at(server) as wire:
        client = Client(wire)
        client.turn()
        client.send()
        until(lambda: len(simulator.requests) == 3)
        wire.send(json.dumps({"type": "response.cancel"}))
        last = client.hear()
        assert last["type"] == "response.cancelled"
        assert kinds(last["response"]["output"]) == ["reasoning", "message"]
        client.last, client.new = "", [*client.items, {"role": "user", "content": "Go on."}]
        assert client.turn()["output"][-1]["content"][0]["text"] == "It was 42."


def test_who_cancels_before_the_model_goes_on_hears_the_end() -> None:
    """Also of a provider that takes no notice."""
    call = {"type": "function_call", "id": "fc", "call_id": "c", "name": NAME, "arguments": "{}"}
    answer: JSON = {"id": "resp_1", "status": "completed", "output": [call], "usage": None}
    got: list[JSON] = []

    def deaf(wire: ServerConnection) -> None:
        got.append(json.loads(wire.recv()))
        begun = {"type": "response.created", "response": {**answer, "status": "in_progress"}}
        wire.send(json.dumps(begun))
        got.append(json.loads(wire.recv()))
        for kind in ("added", "done"):
            item = {"type": f"response.output_item.{kind}", "output_index": 0, "item": call}
            wire.send(json.dumps(item))
        wire.send(json.dumps({"type": "response.completed", "response": answer}))
        got.extend(json.loads(frame) for frame in wire)

    listener = socket.create_server(("127.0.0.1", 0))
    provider = serve(deaf, sock=listener)
    serving = Thread(target=provider.serve_forever, daemon=True)
    serving.start()
    told = Settings(port=0, openai=f"http://127.0.0.1:{listener.getsockname()[1]}")
    with Server(told, Editor("on", Sessions(MemoryStore()))) as server, at(server) as wire:
        client = Client(wire)
        client.send()
        wire.recv(timeout=10)
        wire.send(json.dumps({"type": "response.cancel"}))
        assert client.hear()["response"]["output"] == []
    provider.shutdown()
    serving.join()
    assert [request["type"] for request in got] == ["response.create", "response.cancel"]


def test_what_the_provider_says_instead_of_going_on_is_told() -> None:
    refused = Refusal(429, "slow down")
    with setup(RUN, ASK, refused, ASK, RUN, END) as (simulator, server), at(server) as wire:
        client = Client(wire)
        client.turn()
        client.send()
        assert client.hear()["error"]["message"] == "slow down"
        client.last, client.new, client.items = "", client.items, []
        client.turn()
        client.turn()
        stats: JSON = {}
        until(
            lambda: (
                len(stats.update(json.load(urlopen(server.url + "/stats"))) or stats["last"]) == 4
            )
        )
    assert simulator.violations == []
    assert [one["status"] for one in reversed(stats["last"])] == [200, 429, 200, 200]


def test_a_provider_that_is_lost_meanwhile_is_said_so_and_asked_anew() -> None:
    with setup(RUN, ASK, Reset(), ASK, RUN, END) as (simulator, server):
        with at(server) as wire:
            client = Client(wire)
            client.turn()
            client.send()
            with pytest.raises(ConnectionClosed):
                client.hear()
            assert wire.close_code == 1011
            assert NAME not in json.dumps(client.events[5:])
        with at(server) as wire:
            again = Client(wire, client.items)
            again.turn()
            again.turn()
    assert simulator.violations == []


def test_who_goes_away_meanwhile_ends_the_hidden_answer() -> None:
    slow = Reply(RUN, delivery=Delivery(first_byte=30))
    with setup(RUN, ASK, slow) as (simulator, server):
        with at(server) as wire:
            client = Client(wire)
            client.turn()
            client.send()
            until(lambda: len(simulator.requests) == 3)
        until(lambda: simulator.cancelled == [simulator.requests[2]])


def test_what_began_without_the_tool_stays_without() -> None:
    store = MemoryStore()
    with setup(RUN, RUN, RUN, store=store) as (simulator, server):
        with at(server, additional_headers={"x-headroom-mode": "lossless"}) as wire:
            client = Client(wire)
            client.turn()
        with at(server) as wire:
            Client(wire, [*client.items, *client.new]).turn()
            unknown = Client(wire)
            unknown.last = "resp_of_another_socket"
            unknown.send()
            assert unknown.hear()["type"] == "error"
    assert tools(simulator) == [["bash"]] * 3


def test_who_steers_an_answer_gets_the_next_one_too() -> None:
    """What others put into a conversation is not guessed; the model may ask in it all the same."""
    by = Delivery(pause=0.005)
    turns = RUN, Reply(ASK, delivery=by), END, Reply(END, delivery=by), ASK, RUN, END
    with setup(*turns) as (simulator, server), at(server) as wire:
        client = Client(wire)
        client.turn()
        for said in ("Be quick!", "Quicker!"):
            client.send()
            client.last = json.loads(wire.recv(timeout=10))["response"]["id"]
            steer = {"type": "response.steer", "previous_response_id": client.last}
            wire.send(json.dumps({**steer, "input": said}))
            client.hear()
            assert "response.steer.pending" not in [event["type"] for event in client.events]
            client.new = [{"role": "user", "content": "Thanks."}]
        shown = [item["type"] for item in client.hear()["response"]["output"]]
        assert shown == ["reasoning", "message", "reasoning", "message", "function_call"]
        client.take(client.events[-1]["response"])
        printed = client.new
        client.turn()
    *_, steered, asked, last = sent(simulator)
    assert steered["previous_response_id"] == "resp_000004"
    assert (asked["previous_response_id"], kinds(asked["input"])) == (
        "resp_000005",
        ["function_call_output"],
    )
    assert last["input"] == printed
    assert simulator.violations == []


def test_a_string_goes_up_as_a_string() -> None:
    with setup(END, END) as (simulator, server), at(server) as wire:
        client = Client(wire)
        client.turn(input="Hello?")
        client.turn(input="And now?")
    assert [request["input"] for request in sent(simulator)] == ["Hello?", "And now?"]


@pytest.mark.parametrize("begins", [[{"role": "developer", "content": "Be careful."}], []])
def test_a_model_is_asked_for_less_where_the_conversation_begins(begins: list[JSON]) -> None:
    """Not by what only warms up, and once: also for who reconnects, and asks with a string."""
    asked = {"role": "user", "content": "Be brief."}
    steering = Steering(text="Be brief.", effort="low", holdout=0.0)
    with setup(RUN, ASK, END, END, END, steering=steering) as (simulator, server):
        with at(server) as wire:
            client = Client(wire)
            client.fields = {"reasoning": {"effort": "high"}}
            new, client.new = client.new, begins
            if begins:
                client.turn(generate=False)
            client.new = new
            client.turn(**({} if begins else {"input": "What failed?"}))
            client.turn()
            client.new = [{"role": "user", "content": "é?"}]
            client.turn(input="é?")
        with at(server) as wire:
            again = Client(wire, [*client.items, *client.new])
            again.fields = client.fields
            again.turn()
    assert simulator.violations == []
    whole = sent(simulator)[-1]["input"]
    assert [n for n, item in enumerate(whole) if item == asked] == [len(begins) + 1]
    assert [item for item in memory(simulator)[: len(begins) + 2]] == [*begins, *new, asked]
    efforts = [request["reasoning"]["effort"] for request in sent(simulator)]
    assert efforts == ["high"] * len(begins) + ["low"] * 5


def test_what_another_connection_was_told_is_gone_on_with_by_its_name() -> None:
    """Where the provider keeps it."""
    with setup(RUN, BOTH, END) as (simulator, server):
        with at(server) as wire:
            client = Client(wire)
            client.fields = {"store": True}
            client.turn()
            client.turn()
        with at(server) as wire:
            client.wire = wire
            client.turn()
    assert simulator.violations == []
    assert tools(simulator) == [["bash", NAME]] * 3
    assert [item["call_id"][-1] for item in sent(simulator)[-1]["input"]] == ["2", "1", "3"]
