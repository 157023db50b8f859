"""What is not edited goes up byte for byte, and an answer comes down as it is."""

from __future__ import annotations

import gzip
import http.client
import json
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headroom.result import BodyResult
from headroom.sessions import Sessions, Way
from headroom_proxy import Editor, Server, Settings
from headroom_testing.simulator import Recorded, Simulator
from headroom_testing.strategies import (
    Dialogue,
    Spelled,
    anthropic_dialogues,
    anthropic_session,
    bodies,
    gemini_dialogues,
    gemini_session,
    junk,
    openai_dialogues,
    openai_session,
    responses_dialogues,
    responses_session,
    spelled,
)

LOG = "".join(f"2026-11-21 10:00:{n % 60:02} INFO tick {n} é done\n" for n in range(300))
PATHS = {
    "messages": "/v1/messages?beta=true",
    "input": "/v1/responses",
    "contents": "/v1beta/models/gemini-2.5-pro:generateContent",
}
DIALOGUES = openai_dialogues() | anthropic_dialogues() | responses_dialogues() | gemini_dialogues()


class Wire:
    """A gateway between us and a provider that remembers what it was sent."""

    def __init__(self, simulator: Simulator, gateway: Server) -> None:
        self.simulator = simulator
        self.address = urlsplit(gateway.url).netloc

    def send(self, path: str, body: bytes, method: str = "POST", **headers: str) -> Recorded:
        """Returns the request as it arrived at the provider."""
        connection = http.client.HTTPConnection(self.address)
        connection.request(method, path, body, headers)
        connection.getresponse().read()
        connection.close()
        return self.simulator.requests.pop()


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with Simulator(strict=False) as simulator:
        url = simulator.url
        told = Settings(port=0, anthropic=url, openai=url, gemini=url)
        editor = Editor("lossless", Sessions("memory:"))
        with Server(told, editor) as gateway:
            yield Wire(simulator, gateway)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(body=bodies(DIALOGUES))
def test_where_nothing_is_to_do_the_bytes_are_the_clients(
    wire: Wire, body: tuple[Dialogue, Spelled]
) -> None:
    dialogue, written = body
    recorded = wire.send(PATHS[dialogue.field], written.data)
    assert recorded.body == written.data
    assert recorded.path == PATHS[dialogue.field]


@settings(max_examples=40, deadline=None)
@given(body=junk(), path=st.sampled_from(("/v1/messages", "/v1/files", "/v1/unknown?a=%2F&b")))
def test_what_nobody_can_read_passes_by(wire: Wire, body: bytes, path: str) -> None:
    recorded = wire.send(path, body)
    assert (recorded.body, recorded.path) == (body, path)


@pytest.mark.parametrize(
    ("session", "path"),
    [
        (openai_session, "/v1/chat/completions"),
        (anthropic_session, "/v1/messages"),
        (responses_session, "/v1/responses"),
        (gemini_session, "/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse"),
    ],
)
def test_only_the_long_output_is_shorter(
    wire: Wire, session: Callable[[list[str]], Dialogue], path: str
) -> None:
    dialogue = session(["short", LOG])
    request = {"model": "gpt-4o", dialogue.field: dialogue.messages, "n": [1.0, 2**63]}
    for seed in range(5):
        written = spelled(request, seed)
        recorded = wire.send(path, written.data)
        (place,) = [p for p in dialogue.editable if _at(request, p) == LOG]
        found = written.edited(recorded.body, [place])
        assert len(found[place]) < 0.8 * len(LOG)


def _at(node: object, path: tuple[str | int, ...]) -> object:
    for step in path:
        node = node[step]  # type: ignore[index]
    return node


def body_with_log(task: str) -> bytes:
    messages = openai_session([LOG]).messages
    return json.dumps({"messages": [{"role": "user", "content": task}, *messages]}).encode()


@pytest.mark.parametrize("mode", ["off", "observe"])
def test_a_request_may_ask_for_its_own_bytes(wire: Wire, mode: str) -> None:
    body = body_with_log(f"in mode {mode}")
    recorded = wire.send("/v1/chat/completions", body, **{"X-Headroom-Mode": mode})
    assert recorded.body == body
    assert not [name for name, _ in recorded.headers if name.startswith("x-headroom")]
    assert wire.send("/v1/chat/completions", body).body == body  # the provider saw it like that
    other = body_with_log(f"not in mode {mode}")
    assert wire.send("/v1/chat/completions", other).body != other


class Broken(Sessions):
    """A library with a defect."""

    def send(self, body: bytes, way: Way, **options: object) -> BodyResult:
        raise ZeroDivisionError


def test_a_defect_of_ours_sends_the_clients_bytes(wire: Wire) -> None:
    url = wire.simulator.url
    told = Settings(port=0, anthropic=url, openai=url, gemini=url)
    with Server(told, Editor("lossless", Broken("memory:"))) as gateway:
        sent = Wire(wire.simulator, gateway).send("/v1/chat/completions", body_with_log("x"))
    assert sent.body == body_with_log("x")


def test_a_zipped_body_goes_up_as_it_came_or_edited_and_plain(wire: Wire) -> None:
    zipped = {"Content-Encoding": "gzip"}
    small, long = gzip.compress(b'{"messages": [ ]}'), gzip.compress(body_with_log("z"))
    recorded = wire.send("/v1/chat/completions", small, **zipped)
    assert (recorded.body, recorded.header("content-encoding")) == (small, "gzip")
    recorded = wire.send("/v1/chat/completions", long, **zipped)
    assert recorded.body == wire.send("/v1/chat/completions", body_with_log("z")).body
    assert recorded.header("content-encoding") is None


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (b"no gzip", "gzip"),
        (gzip.compress(body_with_log("x"))[:-9], "gzip"),
        (gzip.compress(body_with_log("x")) * 2, "gzip"),
        (b"(\xb5/\xfd", "zstd"),
        (gzip.compress(gzip.compress(body_with_log("x"))), "gzip, gzip"),
    ],
)
def test_encodings_that_cannot_be_undone_pass_by(wire: Wire, body: bytes, encoding: str) -> None:
    recorded = wire.send("/v1/chat/completions", body, **{"Content-Encoding": encoding})
    assert (recorded.body, recorded.header("content-encoding")) == (body, encoding)


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
def test_other_methods_and_paths_pass_by(wire: Wire, method: str) -> None:
    recorded = wire.send("/v1/some/%2Fpath?x=1&x=2", body_with_log("x"), method)
    assert (recorded.method, recorded.path) == (method, "/v1/some/%2Fpath?x=1&x=2")
    assert recorded.body == body_with_log("x")


def test_headers_travel_but_for_those_of_the_connection(wire: Wire) -> None:
    connection = http.client.HTTPConnection(wire.address)
    connection.putrequest("POST", "/v1/messages", skip_accept_encoding=True)
    sent = [
        ("Authorization", "Bearer sk-ant-oat01"),
        ("Anthropic-Beta", "a-2026-01-01,b-2026-02-02"),
        ("ChatGPT-Account-ID", "acct"),
        ("X-Twice", "1"),
        ("X-Twice", "2"),
        ("Connection", "X-Hop"),
        ("X-Hop", "gone"),
        ("X-Headroom-Token", "gone"),
        ("TE", "trailers"),
        ("Content-Length", "2"),
    ]
    for name, value in sent:
        connection.putheader(name, value)
    connection.endheaders(b"{}")
    connection.getresponse().read()
    connection.close()
    arrived = wire.simulator.requests.pop().headers
    kept = [
        (n.lower(), v)
        for n, v in sent
        if n not in ("Connection", "X-Hop", "X-Headroom-Token", "TE")
    ]
    assert [pair for pair in arrived if pair[0] != "host"] == kept
    assert dict(arrived)["host"] == urlsplit(wire.simulator.url).netloc


def test_a_body_in_chunks_goes_up_in_chunks(wire: Wire) -> None:
    connection = http.client.HTTPConnection(wire.address)
    pieces = [b"one, ", b"two"]
    connection.request("POST", "/v1/files", iter(pieces), encode_chunked=True)
    connection.getresponse().read()
    connection.close()
    assert wire.simulator.requests.pop().body == b"one, two"
