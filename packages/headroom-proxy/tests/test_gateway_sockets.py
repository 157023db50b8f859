"""WebSockets as Codex uses them: everything passes, and new tool outputs are shorter."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.sync.server import Server as SocketServer
from websockets.sync.server import ServerConnection, serve

from headroom.sessions import Sessions
from headroom.types import JSON
from headroom_proxy import Editor, Server, Settings
from headroom_testing.simulator import Call, Refusal, Reply, Simulator, Thinking

LOG = "".join(f"2026-11-21 10:00:{n % 60:02} INFO tick {n} é done\n" for n in range(300))
LOOK = Reply.of(Thinking("Look."), "Let me look.", Call("bash"), Call("bash"))
TURNS = 4


def gateway(url: str, mode: str = "lossless", **told: object) -> Server:
    settings = Settings(port=0, openai=url, chatgpt=url, **told)  # type: ignore[arg-type]
    editor = Editor(mode, Sessions("memory:"))  # type: ignore[arg-type]
    return Server(settings, editor)


def address(server: Server | Simulator, path: str = "/v1/responses") -> str:
    return server.url.replace("http", "ws", 1) + path


class Client:
    """Asks as Codex does: a first request that generates nothing, then only what is new."""

    def __init__(self, wire: ClientConnection) -> None:
        self.wire = wire
        self.frames: list[str] = []
        self.items: list[JSON] = []
        self.last = ""

    def ask(self, items: list[JSON], **fields: JSON) -> JSON:
        """Returns the response."""
        request = {"type": "response.create", "model": "gpt-5.6", "store": False, "input": items}
        request["include"] = ["reasoning.encrypted_content"]
        if self.last:
            request["previous_response_id"] = self.last
        self.wire.send(json.dumps({**request, **fields}, ensure_ascii=False))
        self.items += items
        while True:
            self.frames.append(str(self.wire.recv(timeout=10)))
            event = json.loads(self.frames[-1])
            assert event["type"] != "error", event
            if event["type"] == "response.completed":
                break
        response: JSON = event["response"]
        self.last = response["id"]
        self.items += response["output"]
        return response

    def play(self, turns: int, first: int = 0) -> None:
        items: list[JSON] = []
        if not self.last:
            self.ask([{"role": "user", "content": "What failed?"}], generate=False)
        for turn in range(first, first + turns):
            response = self.ask(items)
            items = [
                {"type": "function_call_output", "call_id": item["call_id"], "output": f"{turn}\n{LOG}"}
                for item in response["output"]
                if item["type"] == "function_call"
            ]  # fmt: skip
        self.ask(items)


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator([LOOK] * TURNS) as simulator:
        yield simulator


def inputs(simulator: Simulator) -> list[JSON]:
    """Returns the items that were sent, in all requests together."""
    return [item for request in simulator.requests for item in request.json["input"]]


def test_a_session_is_forwarded_and_only_its_outputs_are_shorter(simulator: Simulator) -> None:
    with connect(address(simulator)) as wire:
        direct = Client(wire)
        direct.play(TURNS)
    raw = inputs(simulator)
    with Simulator([LOOK] * TURNS) as behind, gateway(behind.url) as server:
        with connect(address(server)) as wire:
            through = Client(wire)
            through.play(TURNS)
        sent = inputs(behind)
        assert behind.violations == []
        assert [request.method for request in behind.requests] == ["WS"] * (TURNS + 2)
    for before, after in zip(raw, sent, strict=True):
        if "output" in before:
            assert len(after["output"]) < 0.8 * len(before["output"])
            assert {**after, "output": before["output"]} == before
        else:
            assert after == before
    assert [json.loads(f)["type"] for f in through.frames] == [
        json.loads(f)["type"] for f in direct.frames
    ]


def test_after_a_reconnect_the_same_texts_go_up(simulator: Simulator) -> None:
    with gateway(simulator.url) as server:
        with connect(address(server)) as wire:
            client = Client(wire)
            client.play(TURNS)
        first = [item["output"] for item in inputs(simulator) if "output" in item]
        simulator.requests.clear()
        with connect(address(server)) as wire:
            again = Client(wire)
            again.ask([*client.items, {"role": "user", "content": "Go on."}])
        replayed = [item["output"] for item in inputs(simulator) if "output" in item]
    assert replayed == first
    assert simulator.violations == []
    assert simulator.usages[-1].read > 1024


@pytest.mark.parametrize("mode", ["off", "observe"])
def test_other_modes_send_the_clients_bytes(simulator: Simulator, mode: str) -> None:
    with gateway(simulator.url, mode) as server, connect(address(server)) as wire:
        Client(wire).play(1)
    assert [item["output"] for item in inputs(simulator) if "output" in item] == [f"0\n{LOG}"] * 2


FRAMES = [
    '{"type": "response.cancel"}',
    "no JSON",
    '{"type": "response.create"}',
    '{"type":"response.create","input":"one string, é \\u00e9"}',
    '{"type": "response.create", "input": 7}',
    '{"type": "response.create", "previous_response_id": "resp_unknown", "input": [{"role": "user", "content": "x"}]}',
    '{"type": []}',
    '{"type": "response.steer", "previous_response_id": {}, "input": "x"}',
    "{}",
    "[]",
    "",
]


def test_frames_that_hold_nothing_to_edit_are_the_clients(simulator: Simulator) -> None:
    with gateway(simulator.url) as server, connect(address(server), max_queue=None) as wire:
        for frame in FRAMES:
            wire.send(frame)
            until = time.monotonic() + 10
            while not simulator.requests and time.monotonic() < until:
                time.sleep(0.005)
            assert simulator.requests.pop().body == frame.encode()


def test_an_unknown_history_is_not_guessed(simulator: Simulator) -> None:
    output = {"type": "function_call_output", "call_id": "c", "output": LOG}
    frame = json.dumps(
        {"type": "response.create", "previous_response_id": "resp_x", "input": [output]}
    )
    with gateway(simulator.url) as server, connect(address(server)) as wire:
        wire.send(frame)
        assert json.loads(wire.recv(timeout=10))["type"] == "error"
    assert simulator.requests[0].body == frame.encode()


def test_what_a_socket_did_is_in_the_books(simulator: Simulator) -> None:
    with gateway(simulator.url) as server:
        with connect(address(server)) as wire:
            Client(wire).play(TURNS)
            simulator.play([Refusal(429, "slow down")])
            wire.send('{"type": "response.create", "model": "gpt-5.6", "input": []}')
            assert json.loads(wire.recv(timeout=10))["status"] == 429
        stats: JSON = {}
        until = time.monotonic() + 10
        while time.monotonic() < until:
            stats = json.load(urlopen(server.url + "/stats"))
            if len(stats["last"]) == TURNS + 3:
                break
            time.sleep(0.05)
    last = list(reversed(stats["last"]))
    assert [one["status"] for one in last] == [200] * (TURNS + 2) + [429]
    assert last[-2]["usage"]["read"] > 1024
    assert last[-2]["dollars_saved"] > 0
    assert last[-2]["messages_before"] > 10


class Odd:
    """A provider with WebSockets that does what it is told."""

    def __init__(self, handler: Callable[[ServerConnection], None], **options: Any) -> None:  # noqa: ANN401
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.server: SocketServer = serve(handler, sock=self.listener, **options)

    @contextmanager
    def running(self) -> Iterator[None]:
        thread = Thread(target=self.server.serve_forever, daemon=True)
        thread.start()
        yield
        self.server.shutdown()
        thread.join()


def echo(wire: ServerConnection) -> None:
    for message in wire:
        wire.send(message)


@pytest.mark.parametrize("status", [401, 403, 426, 429, 500, 302])
def test_a_refused_handshake_is_the_providers(status: int) -> None:
    evil = socket.create_server(("127.0.0.1", 0))
    evil.settimeout(0.05)

    def refuse(wire: ServerConnection, request: object) -> object:
        response = wire.respond(status, "not today\n")
        response.headers["Retry-After"] = "7"
        response.headers["Location"] = f"ws://127.0.0.1:{evil.getsockname()[1]}/"
        return response

    provider = Odd(echo, process_request=refuse)
    upgrade = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    with provider.running(), gateway(provider.url) as server:
        connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=10)
        connection.request("GET", "/v1/responses", headers=upgrade)
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (status, b"not today\n")
        assert answer.headers["retry-after"] == "7"
        connection.close()
    with pytest.raises(TimeoutError):
        evil.accept()
    evil.close()


def test_other_sockets_pass_by() -> None:
    headers: dict[str, str] = {}

    def note(wire: ServerConnection) -> None:
        assert wire.request is not None
        headers.update(wire.request.headers.raw_items())
        assert wire.request.path == "/v1/realtime?model=gpt-x"
        echo(wire)

    provider = Odd(note, subprotocols=["realtime"], max_size=None)
    given = {"Authorization": "Bearer k", "X-Codex-Turn": "7", "X-Headroom-Mode": "off"}
    with provider.running(), gateway(provider.url) as server:
        options: JSON = {
            "subprotocols": ["realtime"],
            "additional_headers": given,
            "max_size": None,
        }
        with connect(address(server, "/v1/realtime?model=gpt-x"), **options) as wire:
            assert wire.subprotocol == "realtime"
            assert [str(e.name) for e in wire.protocol.extensions] == ["permessage-deflate"]
            for message in ("text é日🙂", b"\x00\xffbytes", "", b"", "x" * 3_000_000, LOG):
                wire.send(message)
                assert wire.recv(timeout=20) == message
    assert (headers["authorization"], headers["x-codex-turn"]) == ("Bearer k", "7")
    assert not [name for name in headers if name.lower().startswith("x-headroom")]
    assert headers["Host"] == provider.url.removeprefix("http://")


def test_each_side_may_close() -> None:
    seen: list[tuple[int | None, str | None]] = []

    def handler(wire: ServerConnection) -> None:
        if wire.request is not None and wire.request.path == "/v1/close":
            wire.close(4321, "enough")
            return
        with suppress(ConnectionClosed):
            wire.recv()
        seen.append((wire.close_code, wire.close_reason))

    provider = Odd(handler)
    with provider.running(), gateway(provider.url) as server:
        with connect(address(server, "/v1/close")) as wire, pytest.raises(ConnectionClosed):
            wire.recv(timeout=10)
        assert (wire.close_code, wire.close_reason) == (4321, "enough")
        with connect(address(server, "/v1/wait")) as wire:
            wire.close(4567, "bye")
        until = time.monotonic() + 10
        while not seen and time.monotonic() < until:
            time.sleep(0.01)
    assert seen == [(4567, "bye")]


def test_a_provider_that_breaks_off_is_said_so() -> None:
    def handler(wire: ServerConnection) -> None:
        wire.socket.shutdown(socket.SHUT_RDWR)

    provider = Odd(handler)
    with provider.running(), gateway(provider.url) as server:
        with connect(address(server)) as wire, pytest.raises(ConnectionClosed):
            wire.recv(timeout=10)
        assert wire.close_code == 1011
        assert "broke off" in (wire.close_reason or "")


def refused(url: str, **headers: str) -> tuple[int, bytes]:
    with pytest.raises(InvalidStatus) as raised, connect(url, additional_headers=headers):
        pass
    return raised.value.response.status_code, bytes(raised.value.response.body)


def test_who_may_not_talk_to_it(simulator: Simulator) -> None:
    with gateway(simulator.url) as server:
        assert refused(address(server), Origin="https://evil.example")[0] == 403
        assert refused(address(server), **{"Sec-Fetch-Site": "cross-site"})[0] == 403
        assert refused(address(server, "/v1/../x"))[0] == 400
        status, body = refused(address(server, "/model/anthropic.x/invoke"))
        assert (status, b"--bedrock" in body) == (404, True)
    with gateway(simulator.url, token="let me in") as server:
        assert refused(address(server))[0] == 401
        with connect(address(server), additional_headers={"X-Headroom-Token": "let me in"}) as wire:
            Client(wire).play(1)
    assert all(request.header("x-headroom-token") is None for request in simulator.requests)


def test_no_provider_is_said_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with gateway(url) as server:
        status, body = refused(address(server))
    assert status == 502
    assert url.encode() in body


def test_what_answers_to_an_unknown_history_passes_byte_for_byte() -> None:
    answer = json.dumps(
        {"type": "response.completed", "x": "", "response": {"id": "a", "output": []}}
    )

    def handler(wire: ServerConnection) -> None:
        for _ in wire:
            wire.send(answer)

    provider = Odd(handler)
    frame = {"type": "response.create", "previous_response_id": "resp_x", "input": "Hi"}
    with (
        provider.running(),
        gateway(provider.url, "on") as server,
        connect(address(server)) as wire,
    ):
        wire.send(json.dumps(frame))
        assert wire.recv(timeout=10) == answer
