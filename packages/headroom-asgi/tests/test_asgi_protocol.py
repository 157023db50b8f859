"""The middleware as an ASGI server and an app see it, message by message."""

from __future__ import annotations

import asyncio
import gzip
import json
import sys
from collections.abc import Sequence
from typing import Any, TypeAlias

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import headroom.integrations.asgi as integrations
from headroom import retrieve_tool
from headroom.ccr.memory import MemoryStore
from headroom.formats import read_body
from headroom_asgi import PATHS, CompressionMiddleware
from headroom_testing.adapters import read_log
from headroom_testing.fakes import FailingStore

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Value: TypeAlias = Any
LOG = read_log("web-0")
BODY = json.dumps(
    {
        "model": "gpt-4o",
        "messages": [
            {"role": "user", "content": "Why? \u00e9"},
            {"role": "tool", "tool_call_id": "1", "content": LOG},
        ],
        "odd": [1.0, 2**63],
    }
).encode()


class Echo:
    """An app that keeps what it gets, and answers in three pieces."""

    def __init__(self, after: int = 0) -> None:
        self.scopes: list[Value] = []
        self.got: list[Value] = []
        self.after = after
        self.pieces = [b"data: 1\n\n", b"data: 2\n\n", b""]

    async def __call__(self, scope: Value, receive: Value, send: Value) -> None:
        self.scopes.append(scope)
        more = True
        while more:
            self.got.append(await receive())
            more = self.got[-1].get("more_body", False)
        for _ in range(self.after):
            self.got.append(await receive())
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for n, piece in enumerate(self.pieces):
            await send({"type": "http.response.body", "body": piece, "more_body": n < 2})

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.got)

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self.scopes[0]["headers"])


def pieces_of(body: bytes, count: int = 1) -> list[Value]:
    size = -(-len(body) // count) or 1
    cut = [body[n : n + size] for n in range(0, len(body), size)] or [b""]
    return [
        {"type": "http.request", "body": piece, "more_body": n < len(cut) - 1}
        for n, piece in enumerate(cut)
    ]


def call(
    app: Value,
    incoming: Sequence[Value],
    headers: dict[bytes, bytes] | None = None,
    *,
    backend: str = "asyncio",
    **scope: Value,
) -> list[Value]:
    """Runs one request; returns what the server was sent."""
    sent: list[Value] = []
    messages = iter(incoming)

    async def receive() -> Value:
        return next(messages)  # more than there are would be a request that never ends

    async def send(message: Value) -> None:
        sent.append(message)

    whole = {"type": "http", "method": "POST", "path": "/v1/chat/completions", **scope}
    whole["headers"] = list((headers or {}).items())
    anyio.run(app, whole, receive, send, backend=backend)
    return sent


def middleware(app: Value, **options: Value) -> CompressionMiddleware:
    return CompressionMiddleware(app, **{"store": MemoryStore(), **options})


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("count", [1, 7])
def test_the_app_gets_a_shorter_body_of_the_length_that_it_is_told(
    backend: str, count: int
) -> None:
    app = Echo()
    framing = b"transfer-encoding" if count > 1 else b"content-length"
    given_headers = {framing: b"chunked" if count > 1 else b"%d" % len(BODY), b"x-id": b"1"}
    call(middleware(app), pieces_of(BODY, count), given_headers, backend=backend)
    assert len(app.body) < len(BODY) * 0.8
    assert app.headers == {b"x-id": b"1", b"content-length": b"%d" % len(app.body)}
    before, _, after = BODY.partition(json.dumps(LOG).encode())
    assert app.body.startswith(before)
    assert app.body.endswith(after)
    assert app.scopes[0]["state"]["headroom"].tokens_saved > 1000


@pytest.mark.parametrize("encoding", [b"gzip", b"zstd"])
def test_packed_bodies_are_read_and_come_plain(encoding: bytes) -> None:
    app = Echo()
    packed = (gzip.compress if encoding == b"gzip" else zstd.compress)(BODY)
    call(middleware(app), pieces_of(packed, 3), {b"Content-Encoding": encoding})
    assert json.loads(app.body)["messages"][0] == json.loads(BODY)["messages"][0]
    assert app.headers == {b"content-length": b"%d" % len(app.body)}


SMALL = json.dumps({"messages": [{"role": "user", "content": "Hi"}]}).encode()


@pytest.mark.parametrize(
    ("body", "headers", "scope"),
    [
        (b"[1, 2]", {}, {}),
        (b"{", {}, {}),
        (b"\xff\xfe", {}, {}),
        (b"", {}, {}),
        (b'{"messages": "none"}', {}, {}),
        (b'{"messages": [7]}', {}, {}),
        (b"[" * 100_000, {}, {}),
        (SMALL, {}, {}),
        (gzip.compress(SMALL), {b"content-encoding": b"gzip"}, {}),
        (gzip.compress(BODY)[:-9], {b"content-encoding": b"gzip"}, {}),
        (gzip.compress(bytes(1 << 20)), {b"content-encoding": b"gzip"}, {}),
        (BODY, {b"content-encoding": b"br"}, {}),
        (BODY, {b"content-digest": b"sha-256=:AAAA:"}, {}),
        (BODY, {b"authorization": b"AWS4-HMAC-SHA256 Credential=x"}, {}),
        (BODY, {}, {"path": "/v1/embeddings"}),
        (BODY, {}, {"method": "PUT"}),
    ],
)
def test_what_is_no_conversation_passes_as_it_came(
    body: bytes, headers: dict[bytes, bytes], scope: Value
) -> None:
    app = Echo()
    incoming = pieces_of(body, 2)
    call(middleware(app, largest=1 << 19), incoming, headers, **scope)
    assert app.got == incoming
    assert app.headers == headers


@pytest.mark.parametrize("said", [True, False])
def test_longer_bodies_are_not_held_back(said: bool) -> None:
    """They are passed on before they are complete."""
    app = Echo()
    incoming = pieces_of(BODY, 4)
    headers = {b"content-length": b"%d" % len(BODY)} if said else {}
    call(middleware(app, largest=len(BODY) - 1), incoming, headers)
    assert app.got == incoming


def test_a_client_that_goes_away_is_gone_for_the_app_too() -> None:
    app = Echo()
    incoming = [pieces_of(BODY, 2)[0], {"type": "http.disconnect"}]
    call(middleware(app), incoming)
    assert app.got == incoming


def test_the_app_hears_of_a_client_that_goes_away_during_the_answer() -> None:
    app = Echo(after=1)
    call(middleware(app), [*pieces_of(BODY), {"type": "http.disconnect"}])
    assert app.got[1:] == [{"type": "http.disconnect"}]


def test_answers_pass_piece_by_piece() -> None:
    app = Echo()
    sent = call(middleware(app), pieces_of(BODY))
    assert [message.get("body") for message in sent[1:]] == app.pieces


@pytest.mark.parametrize("kind", ["lifespan", "websocket"])
def test_other_connections_are_the_apps_own(kind: str) -> None:
    seen: list[Value] = []

    async def app(*connection: Value) -> None:
        seen.extend(connection)

    async def never(*_: Value) -> Value:
        raise AssertionError

    scope = {"type": kind, "path": "/v1/responses"}
    asyncio.run(middleware(app)(scope, never, never))
    assert seen[0] is scope
    assert seen[1:] == [never, never]


def test_the_scope_outside_stays_as_it_was() -> None:
    inner = Echo()
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/chat/completions/",
        "headers": [(b"Content-Length", b"%d" % len(BODY))],
    }
    headers = list(scope["headers"])

    async def receive() -> Value:
        return pieces_of(BODY)[0]

    async def send(_: Value) -> None:
        return

    asyncio.run(middleware(inner)(scope, receive, send))
    assert scope["headers"] == headers
    assert inner.headers == {b"content-length": b"%d" % len(inner.body)}


@pytest.mark.parametrize("end", PATHS)
def test_every_api_under_any_prefix(end: str) -> None:
    app = Echo()
    results = [{"text": LOG}]
    if end.startswith(":"):
        part = {"functionResponse": {"name": "logs", "response": {"result": LOG}}}
        body: Value = {"contents": [{"role": "user", "parts": [part]}]}
    elif "responses" in end:
        body = {"input": [{"type": "function_call_output", "call_id": "1", "output": LOG}]}
    elif "messages" in end:
        results = [{"type": "tool_result", "tool_use_id": "1", "content": LOG}]
        body = {"messages": [{"role": "user", "content": results}]}
    else:
        body = {"messages": [{"role": "tool", "tool_call_id": "1", "content": LOG}]}
    data = json.dumps(body).encode()
    call(middleware(app), pieces_of(data), path=f"/tenants/7/models/gemini-2.5-pro{end}")
    assert len(app.body) < len(data) * 0.9
    named = app.scopes[0]["state"]["headroom"].model
    assert named == ("gemini-2.5-pro" if end.startswith(":") else "")


def test_paths_of_ones_own() -> None:
    app = Echo()
    call(middleware(app, paths=["/chat"]), pieces_of(BODY), path="/api/chat")
    assert len(app.body) < len(BODY)


def test_a_store_that_fails_lets_requests_pass() -> None:
    app = Echo()
    store = FailingStore(puts=range(1, 10**6), gets=range(1, 10**6))
    call(middleware(app, store=store), pieces_of(BODY))
    assert app.body == BODY


def test_lines_are_left_out_where_the_client_can_ask() -> None:
    app, body = Echo(), json.loads(BODY)
    body["tools"] = [retrieve_tool()]
    call(middleware(app), pieces_of(json.dumps(body).encode()))
    assert b"headroom_retrieve(" in app.body
    assert json.loads(app.body)["tools"] == body["tools"]


TEXTS = st.one_of(st.text(max_size=30), st.just(LOG))
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.floats(allow_nan=False), st.integers(), TEXTS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
ROLES = st.sampled_from(["user", "assistant", "tool", "system", "else"])
MESSAGES = st.fixed_dictionaries(
    {"role": ROLES, "content": TEXTS | VALUES},
    optional={"tool_call_id": st.just("1"), "name": VALUES, "tool_calls": VALUES},
)
BODIES = st.one_of(
    st.binary(max_size=60),
    VALUES.map(lambda value: json.dumps(value).encode()),
    st.fixed_dictionaries(
        {"messages": st.lists(MESSAGES, max_size=4)},
        optional={"tools": VALUES, "model": VALUES, "stream": VALUES},
    ).map(lambda value: json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")),
)


@given(BODIES, st.integers(1, 5), st.sampled_from(PATHS))
@settings(max_examples=80, deadline=None)
def test_any_body_in_any_pieces_reaches_the_app(body: bytes, count: int, path: str) -> None:
    app, store = Echo(), MemoryStore()
    wrapped = middleware(app, store=store)
    call(wrapped, pieces_of(body, count), path=path)
    if app.body != body:
        assert len(app.body) < len(body)
        before, after = read_body(body), read_body(app.body)
        assert len(after.messages) == len(before.messages)
        assert app.headers[b"content-length"] == b"%d" % len(app.body)
    first = app.body
    app.got.clear()
    call(wrapped, pieces_of(body), path=path)
    assert app.body == first


def test_the_names_are_those_of_the_framework_too() -> None:
    assert integrations.CompressionMiddleware is CompressionMiddleware
    assert integrations.PATHS == PATHS
