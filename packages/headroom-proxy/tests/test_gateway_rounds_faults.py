"""What goes wrong while the model is given what it asked for."""

from __future__ import annotations

import asyncio
import http.client
import json
import random
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, closing, contextmanager
from urllib.parse import urlsplit

import pytest
from waiting import until

from headroom.ccr.memory import MemoryStore
from headroom.errors import StoreError
from headroom.formats import FORMATS
from headroom.joining import JOINING
from headroom.protocols import Store
from headroom.result import BodyResult
from headroom.sessions import Sessions
from headroom.types import JSON, Receipt
from headroom_proxy import Editor, Server, Settings
from headroom_proxy.retrieval import Retrieval
from headroom_proxy.upstream import Answer
from headroom_testing.simulator import (
    Asking,
    Call,
    Delivery,
    Part,
    Recorded,
    Refusal,
    Reply,
    Reset,
    Simulator,
    Text,
    anthropic,
    gemini,
    openai_chat,
    openai_responses,
    references_in,
)
from headroom_testing.simulator.provider import Answered, Provider, Shape

RUN: tuple[Part, ...] = (Text("Let me look."), Call("bash"))
ASK: tuple[Part, ...] = (Text("Let me see more."), Call("headroom_retrieve", {"lines": "30"}))
TOOL = {"type": "function", "function": {"name": "bash", "parameters": {"type": "object"}}}


def log() -> str:
    chance = random.Random(1)
    return "".join(
        f"2026-11-21T10:00:{n % 60:02} INFO worker-{chance.randrange(8)} GET "
        f"/api/{chance.randrange(10**6)} 200 {chance.randrange(90)}ms\n"
        for n in range(150)
    )


class Client:
    """Streams, and keeps what it got."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.messages: list[JSON] = [{"role": "user", "content": "What failed?"}]

    @contextmanager
    def asking(self, *, stream: bool = True) -> Iterator[http.client.HTTPResponse]:
        body = {"model": "gpt-4o", "messages": self.messages, "tools": [TOOL], "stream": stream}
        with closing(http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=30)) as sending:
            sending.request("POST", "/v1/chat/completions", json.dumps(body).encode())
            with sending.getresponse() as response:
                yield response

    def turn(self) -> JSON:
        with self.asking(stream=False) as response:
            answer = json.loads(response.read())
        message = answer["choices"][0]["message"]
        self.messages.append(message)
        for call in message.get("tool_calls", ()):
            result = {"role": "tool", "tool_call_id": call["id"], "content": log()}
            self.messages.append(result)
        return message


@contextmanager
def setup(
    *turns: tuple[Part, ...] | Reply | Refusal | Reset, store: Store | None = None
) -> Iterator[tuple[Simulator, Client]]:
    with Simulator(Asking(*turns)) as simulator:
        told = Settings(port=0, openai=simulator.url)
        with Server(told, Editor("on", Sessions(store or MemoryStore()))) as gateway:
            yield simulator, Client(gateway.url)


def test_who_goes_away_meanwhile_ends_the_hidden_request() -> None:
    slow = Reply(RUN, delivery=Delivery(first_byte=30.0))
    with setup(RUN, ASK, slow) as (simulator, client):
        client.turn()
        with client.asking() as response:
            came = b""
            while b"Let me see" not in came:
                came += response.read1(100)
            until(lambda: len(simulator.requests) == 3)
        until(lambda: len(simulator.cancelled) == 1)
        assert simulator.cancelled == [simulator.requests[2]]


@pytest.mark.parametrize(
    "broken", [Reset(), Reply(RUN, delivery=Delivery(cut_after=300))], ids=["reset", "cut"]
)
def test_an_answer_that_breaks_off_is_not_complete(broken: Reply | Reset) -> None:
    """Nothing is made up; the client asks again, and the session goes on."""
    with setup(RUN, ASK, broken, ASK, RUN) as (simulator, client):
        client.turn()
        with client.asking() as response, pytest.raises(http.client.IncompleteRead) as error:
            response.read()
        assert b"Let me see" in b"".join(error.value.args)
        assert b"[DONE]" not in b"".join(error.value.args)
        assert "headroom_retrieve" not in json.dumps(client.turn())
        assert len(simulator.requests) == 5


@pytest.mark.parametrize("status", [429, 500, 529])
def test_what_the_provider_says_instead_is_told(status: int) -> None:
    refused = Refusal(status, "not now", retry_after=7)
    with setup(RUN, ASK, refused, ASK, refused) as (_, client):
        client.turn()
        with client.asking() as response:
            events = response.read().strip().split(b"\n\n")
        assert json.loads(events[-1].removeprefix(b"data: "))["error"]["message"] == "not now"
        with client.asking(stream=False) as response:
            assert response.status == status
            assert response.headers["retry-after"] == "7"
            assert json.loads(response.read())["error"]["message"] == "not now"


class Locked(MemoryStore):
    """Keeps all, and shows nothing."""

    def get(self, ref: str) -> str | None:
        raise StoreError(f"{ref}: the database is locked")


def test_a_store_that_fails_in_the_middle_is_told_to_the_model() -> None:
    with setup(RUN, ASK, RUN, store=Locked()) as (simulator, client):
        client.turn()
        assert client.turn()["tool_calls"][0]["function"]["name"] == "bash"
        assert "the store failed" in simulator.requests[-1].json["messages"][-1]["content"]


def test_a_call_that_the_client_could_not_run_is_answered_all_the_same() -> None:
    """Also over two gateways, and never anew what the provider has seen."""
    store = MemoryStore()
    with setup(RUN, store=store) as (simulator, client):
        client.turn()
        client.turn()
        (ref, *_) = references_in(simulator.requests[-1])
    arguments = json.dumps({"ref": ref, "lines": "30"})
    function = {"name": "headroom_retrieve", "arguments": arguments}
    call = {"id": "call_9", "type": "function", "function": function}
    leaked = {"role": "assistant", "content": None, "tool_calls": [call]}
    unknown = {"role": "tool", "tool_call_id": "call_9", "content": "unknown tool"}
    sent = []
    for _ in range(2):
        with setup(RUN, store=store) as (simulator, again):
            again.messages = [*client.messages[:-1], leaked, unknown]
            again.turn()
            again.turn()
            sent += [request.json["messages"] for request in simulator.requests]
    at = len(client.messages)
    assert [messages[at]["content"] for messages in sent] == [log().splitlines()[29] + "\n"] * 4


SHAPES: Mapping[str, Shape] = {
    "anthropic_messages": anthropic,
    "openai_chat": openai_chat,
    "openai_responses": openai_responses,
    "gemini": gemini,
}


def answer_of(wire: str, parts: tuple[Part, ...]) -> Answer:
    """Returns what a provider answers, as a stream."""
    provider = Provider([Reply(parts)], strict=False, count=len)
    said = {"role": "user", "parts": [{"text": "Hi"}], "content": "Hi"}
    request = {"max_tokens": 9, "messages": [said], "input": [said], "contents": [said]}
    recorded = Recorded("POST", "/", (), b"{}", 0.0)
    found = provider.answer(SHAPES[wire], request, recorded, "model")
    assert isinstance(found, Answered)

    async def pieces() -> AsyncIterator[bytes]:
        for frame in found.rendered.frames:
            yield frame

    return Answer(200, [(b"content-type", b"text/event-stream")], pieces())


@pytest.mark.parametrize("wire", SHAPES)
def test_who_waits_hears_that_the_connection_is_alive(wire: str) -> None:
    """But for Gemini's clients, to which every event is a piece of the answer."""
    ping = JOINING[wire].ping
    asyncio.run(wait_for(wire, ping))
    assert bool(ping) == (wire != "gemini")


async def wait_for(wire: str, ping: bytes) -> None:
    heard = asyncio.Event()

    @asynccontextmanager
    async def again(body: bytes) -> AsyncIterator[Answer]:
        await (heard.wait() if ping else asyncio.sleep(0.05))
        yield answer_of(wire, RUN)

    wire_format = next(one for one in FORMATS if one.name == wire)
    body = json.dumps({wire_format.field: [{"role": "user", "content": "Hi"}]}).encode()
    sent = BodyResult(body, Receipt(), {}, lineage=(b"root",), retrieves=True)
    retrieval = Retrieval(Sessions(MemoryStore()), silence=0.01)
    first = answer_of(wire, (Text("Let me see more."), Call("headroom_retrieve", {"ref": "a"})))
    answer = await retrieval.joined(first, again, sent, wire_format)
    got = []
    async for piece in answer.pieces:
        got.append(piece)
        if ping and piece == ping:
            heard.set()
    assert b"" not in got
    assert b"bash" in b"".join(got)
