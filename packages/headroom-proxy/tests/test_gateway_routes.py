"""Requests go to their provider, and are read where they hold a conversation that may be edited."""

from __future__ import annotations

import gzip
import http.client
import json
import sys
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from headroom.encoding import decoded
from headroom.sessions import Sessions
from headroom.types import JSON
from headroom_proxy import Editor, Server, Settings
from headroom_proxy.routes import route
from headroom_testing.simulator import Recorded, Simulator
from headroom_testing.strategies import anthropic_session, gemini_session, responses_session

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LOG = "".join(f"2026-11-21 10:00:{n % 60:02} INFO tick {n} é done\n" for n in range(300))
ALL = Settings(bedrock="https://bedrock.example", vertex="https://vertex.example")


@pytest.mark.parametrize(
    ("path", "provider", "wire", "model"),
    [
        ("/v1/messages", "anthropic", "anthropic_messages", ""),
        ("/v1/messages/count_tokens", "anthropic", "anthropic_messages", ""),
        ("/v1/messages/batches", "anthropic", None, ""),
        ("/v1/chat/completions", "openai", "openai_chat", ""),
        ("/v1/responses", "openai", "openai_responses", ""),
        ("/v1/responses/compact", "openai", None, ""),
        ("/v1/embeddings", "openai", None, ""),
        ("/backend-api/codex/responses", "chatgpt", "openai_responses", ""),
        ("/backend-api/wham/usage", "chatgpt", None, ""),
        ("/v1beta/models/gemini-2.5-pro:generateContent", "gemini", "gemini", "gemini-2.5-pro"),
        ("/v1beta/models/gemini-2.5-pro:countTokens", "gemini", "gemini", "gemini-2.5-pro"),
        ("/model/us.anthropic.claude-opus-5-v1:0/invoke", "bedrock", "anthropic_messages", "us.anthropic.claude-opus-5-v1:0"),
        ("/model/anthropic.claude-x/invoke-with-response-stream", "bedrock", "anthropic_messages", "anthropic.claude-x"),
        ("/model/amazon.nova-pro-v1:0/invoke", "bedrock", None, ""),
        ("/model/anthropic.claude-x/converse", "bedrock", None, ""),
        ("/v1/projects/p/locations/us-east5/publishers/anthropic/models/claude-opus-5@1:rawPredict", "vertex", "anthropic_messages", "claude-opus-5@1"),
        ("/v1/projects/p/locations/l/publishers/anthropic/models/c:streamRawPredict", "vertex", "anthropic_messages", "c"),
        ("/v1beta1/projects/p/locations/l/publishers/google/models/g:streamGenerateContent", "vertex", "gemini", "g"),
        ("/v1/projects/p/locations/l/publishers/mistral/models/m:rawPredict", "vertex", None, ""),
    ],
)  # fmt: skip
def test_the_path_says_who_and_what(path: str, provider: str, wire: str | None, model: str) -> None:
    found = route("POST", path, [], ALL)
    assert found.provider == provider
    assert found.upstream == getattr(ALL, provider)
    assert (found.wire_format.name if found.wire_format else None, found.model) == (wire, model)
    assert route("GET", path, [], ALL).wire_format is None


@pytest.mark.parametrize(
    ("path", "query", "joins"),
    [
        ("/v1/messages", b"beta=true", True),
        ("/model/anthropic.claude-x/invoke", b"", True),
        ("/model/anthropic.claude-x/invoke-with-response-stream", b"", False),
        ("/v1beta/models/g:generateContent", b"", True),
        ("/v1beta/models/g:streamGenerateContent", b"key=x&alt=sse", True),
        ("/v1beta/models/g:streamGenerateContent", b"key=x", False),
    ],
)
def test_answers_in_frames_of_another_kind_are_not_joined(
    path: str, query: bytes, joins: bool
) -> None:
    assert route("POST", path, [], ALL, query).joins == joins


def test_a_body_under_a_signature_is_not_edited() -> None:
    path = "/model/anthropic.claude-x/invoke"
    for header in (
        (b"authorization", b"AWS4-HMAC-SHA256 Credential=x"),
        (b"x-amz-content-sha256", b"0" * 64),
    ):
        assert route("POST", path, [header], ALL).wire_format is None
    bearer = [(b"authorization", b"Bearer x"), (b"x-amz-content-sha256", b"UNSIGNED-PAYLOAD")]
    assert route("POST", path, bearer, ALL).wire_format is not None


class Wire:
    """A gateway in front of one provider for everything."""

    def __init__(self, simulator: Simulator) -> None:
        url = simulator.url
        told = Settings(
            port=0, anthropic=url, openai=url, gemini=url, chatgpt=url, bedrock=url, vertex=url
        )
        editor = Editor("lossless", Sessions("memory:"))
        self.simulator, self.server = simulator, Server(told, editor)

    def post(self, path: str, body: bytes, **headers: str) -> tuple[int, JSON]:
        """Returns status and body of the answer."""
        connection = http.client.HTTPConnection(urlsplit(self.server.url).netloc)
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        found = answer.status, json.loads(answer.read())
        connection.close()
        return found

    def arrived(self, path: str, body: bytes, **headers: str) -> Recorded:
        """Returns a request as it arrived at the provider."""
        self.post(path, body, **headers)
        return self.simulator.requests.pop()


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with Simulator(strict=False) as simulator:
        found = Wire(simulator)
        with found.server:
            yield found


CLAUDE: JSON = {
    "anthropic_version": "bedrock-2023-05-31",
    "messages": anthropic_session([LOG]).messages,
}


@pytest.mark.parametrize(
    ("path", "request_body"),
    [
        ("/model/anthropic.claude-opus-5/invoke", CLAUDE),
        ("/model/us.anthropic.claude-opus-5-v1%3A0/invoke-with-response-stream", CLAUDE),
        ("/v1/projects/p/locations/l/publishers/anthropic/models/claude-opus-5:rawPredict", CLAUDE),
        ("/v1/projects/p/locations/l/publishers/google/models/g:generateContent", {"contents": gemini_session([LOG]).messages}),
        ("/backend-api/codex/responses", {"input": responses_session([LOG]).messages}),
    ],
)  # fmt: skip
def test_other_doors_of_the_vendors(wire: Wire, path: str, request_body: JSON) -> None:
    body = json.dumps(request_body).encode()
    recorded = wire.arrived(path, body)
    assert recorded.path == path
    assert len(recorded.body) < 0.8 * len(body)
    signed = wire.arrived(path, body, Authorization="AWS4-HMAC-SHA256 x")
    assert signed.body == body


def test_where_nothing_is_set_nobody_is_asked() -> None:
    with Server(Settings(port=0)) as server:
        for path, flag in (
            ("/model/anthropic.x/invoke", "--bedrock"),
            ("/v1/projects/p/x", "--vertex"),
        ):
            connection = http.client.HTTPConnection(urlsplit(server.url).netloc)
            connection.request("POST", path, b"{}")
            answer = connection.getresponse()
            assert answer.status == 404
            assert flag in json.loads(answer.read())["error"]["message"]
            connection.close()


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_packed_bodies_are_read(wire: Wire, encoding: str) -> None:
    pack = gzip.compress if encoding == "gzip" else zstd.compress
    plain = json.dumps({"model": "gpt-5.6", "input": responses_session([LOG]).messages}).encode()
    recorded = wire.arrived("/v1/responses", pack(plain), **{"Content-Encoding": encoding})
    assert recorded.body == wire.arrived("/v1/responses", plain).body
    assert recorded.header("content-encoding") is None
    small = pack(b'{"input": [ ]}')
    recorded = wire.arrived("/v1/responses", small, **{"Content-Encoding": encoding})
    assert (recorded.body, recorded.header("content-encoding")) == (small, encoding)


@pytest.mark.parametrize("encoding", [b"gzip", b"zstd"])
def test_packed_bodies_that_swell_or_break_off_pass_by(encoding: bytes) -> None:
    pack = gzip.compress if encoding == b"gzip" else zstd.compress
    bomb = pack(bytes(50_000_000))
    assert decoded(bomb, encoding, 1_000_000) is None
    assert decoded(bomb, encoding, 50_000_000) == bytes(50_000_000)
    assert decoded(bomb[:-3], encoding, 50_000_000) is None
    assert decoded(pack(b"x") * 2, encoding, 9) is None
    assert decoded(b"no archive", encoding, 9) is None


def test_the_library_over_http(wire: Wire) -> None:
    messages = anthropic_session([LOG]).messages
    asked = {"messages": messages, "model": "claude-opus-5", "query": "which tick is late?"}
    status, found = wire.post("/v1/compress", json.dumps({**asked, "retrieves": True}).encode())
    assert status == 200
    assert found["tokens_saved"] == found["tokens_before"] - found["tokens_after"] > 0
    (ref,) = set(found["refs"])
    assert wire.post("/v1/retrieve", json.dumps({"ref": ref}).encode()) == (200, {"content": LOG})
    lines = wire.post("/v1/retrieve", json.dumps({"ref": ref, "lines": "2-3"}).encode())[1]
    assert "tick 1 " in lines["content"]


def test_who_does_not_say_to_retrieve_gets_everything(wire: Wire) -> None:
    """LiteLLM's guardrail `headroom` asks like this, and knows no references of ours."""
    asked = {"messages": anthropic_session([LOG]).messages, "model": "claude-opus-5"}
    status, found = wire.post("/v1/compress", json.dumps(asked).encode())
    assert (status, found["refs"]) == (200, [])
    assert found["tokens_saved"] > 0
    assert len(found["messages"]) == len(asked["messages"])


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/compress", b"", 400),
        ("/v1/compress", b"[]", 400),
        ("/v1/compress", b'{"messages": 7}', 400),
        ("/v1/compress", b'{"messages": [], "ratio": 0.5}', 400),
        ("/v1/compress", b'{"messages": [{"role": 7}]}', 400),
        ("/v1/retrieve", b"{}", 400),
        ("/v1/retrieve", b'{"ref": ["x"]}', 400),
        ("/v1/retrieve", b'{"ref": "nobodyknows00"}', 404),
    ],
)
def test_what_is_asked_wrongly_is_a_sentence(
    wire: Wire, path: str, body: bytes, status: int
) -> None:
    found = wire.post(path, body)
    assert found[0] == status
    assert found[1]["error"]["message"].startswith("headroom: ")


def test_it_says_when_it_is_ready(wire: Wire) -> None:
    connection = http.client.HTTPConnection(urlsplit(wire.server.url).netloc)
    until = time.monotonic() + 30
    said: JSON = None
    while said != {"status": "ready"} and time.monotonic() < until:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        said = json.loads(answer.read())
        assert answer.status == (200 if said == {"status": "ready"} else 503)
        time.sleep(0.02)
    assert said == {"status": "ready"}
    connection.close()
