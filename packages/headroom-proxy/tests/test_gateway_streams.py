"""Answers come down as the provider sends them: pieces, errors, and breaks."""

from __future__ import annotations

import http.client
import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from headroom_proxy import Editor, Server, Settings
from headroom_testing.simulator import Delivery, Refusal, Reply, Reset, Simulator

NUMBER = re.compile(rb"msg_\d+")
REPLY = Reply.of("Grüße aus Zürich, 日本 🙂")
BODY = json.dumps(
    {
        "model": "claude-opus-5",
        "max_tokens": 9,
        "stream": True,
        "messages": [{"role": "user", "content": "Hi"}],
    }
).encode()


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


def settings_for(url: str, **more: float) -> Settings:
    return Settings(port=0, anthropic=url, openai=url, gemini=url, **more)  # type: ignore[arg-type]


@pytest.fixture
def gateway(simulator: Simulator) -> Iterator[Server]:
    with Server(settings_for(simulator.url), Editor("off")) as gateway:
        yield gateway


def connect(url: str, timeout: float = 30) -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=timeout)
    connection.request("POST", "/v1/messages", BODY)
    return connection


def answered(url: str) -> tuple[int, bytes, http.client.HTTPMessage]:
    with closing(connect(url)) as connection, connection.getresponse() as response:
        return response.status, response.read(), response.headers


def test_a_stream_is_the_same_wherever_it_is_cut(simulator: Simulator, gateway: Server) -> None:
    simulator.play(lambda request: REPLY)
    _, direct, direct_headers = answered(simulator.url)
    size = len(direct)
    for places in (1, 7, 64, tuple(range(1, size, 97)), (size - 1,)):
        simulator.play([REPLY.by(Delivery(split=places))])
        status, through, headers = answered(gateway.url)
        assert status == 200
        assert NUMBER.sub(b"", through) == NUMBER.sub(b"", direct)
        assert headers["content-type"] == direct_headers["content-type"]


def test_pieces_do_not_wait_for_the_next_one(simulator: Simulator, gateway: Server) -> None:
    simulator.play([REPLY.by(Delivery(split=(100,), pause=60))])
    connection = connect(gateway.url, timeout=10)
    response = connection.getresponse()
    assert len(response.read1(1000)) == 100
    connection.close()


@pytest.mark.parametrize(
    "refusal",
    [
        Refusal(429, "slow down", 3, (("anthropic-ratelimit-requests-remaining", "0"),)),
        Refusal(500),
        Refusal(529, "overloaded"),
        Refusal(401),
    ],
)
def test_a_refusal_is_the_providers(
    simulator: Simulator, gateway: Server, refusal: Refusal
) -> None:
    simulator.play([refusal, refusal])
    direct, through = answered(simulator.url), answered(gateway.url)
    assert through[:2] == direct[:2]
    for name in ("retry-after", "anthropic-ratelimit-requests-remaining", "request-id"):
        assert through[2][name] == direct[2][name]


@pytest.mark.parametrize("cut", ["reset", "half-close"])
def test_an_answer_that_breaks_off_does_not_look_complete(
    simulator: Simulator, gateway: Server, cut: str
) -> None:
    delivery = Delivery(cut_after=200, cut="reset" if cut == "reset" else "half-close")
    simulator.play([REPLY.by(delivery)])
    with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
        answered(gateway.url)


def test_no_answer_is_said_so(simulator: Simulator, gateway: Server) -> None:
    simulator.play([Reset()])
    status, body, _ = answered(gateway.url)
    assert status == 502
    assert "no answer" in json.loads(body)["error"]["message"]
    assert len(simulator.requests) == 1  # sent once


def test_a_provider_that_is_not_there_is_said_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with Server(settings_for(url), Editor("off")) as gateway:
        status, body, _ = answered(gateway.url)
    assert status == 502
    assert url in json.loads(body)["error"]["message"]


def test_a_provider_that_is_silent_is_said_so(simulator: Simulator) -> None:
    simulator.play([REPLY.by(Delivery(first_byte=60)), REPLY.by(Delivery(pause=60))])
    told = settings_for(simulator.url, first_byte=0.2, idle=0.2)
    with Server(told, Editor("off")) as gateway:
        assert answered(gateway.url)[0] == 504
        with pytest.raises(http.client.IncompleteRead):
            answered(gateway.url)


def test_a_client_that_goes_away_stops_the_provider(simulator: Simulator, gateway: Server) -> None:
    simulator.play([REPLY.by(Delivery(first_byte=60)), REPLY.by(Delivery(pause=60))])
    for n in range(2):
        connection = connect(gateway.url, timeout=0.5)
        with pytest.raises(TimeoutError):
            connection.getresponse().read()
        connection.close()
        until = time.monotonic() + 10
        while len(simulator.cancelled) <= n and time.monotonic() < until:
            time.sleep(0.01)
    assert simulator.cancelled == simulator.requests
