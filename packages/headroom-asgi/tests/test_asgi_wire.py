"""Apps that forward requests, on real sockets, with the clients of the SDKs in front of them."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from threading import Thread
from typing import Any, TypeAlias

import httpx2
import pytest
import uvicorn
from anthropic import Anthropic
from fastapi import FastAPI
from openai import OpenAI
from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from headroom import Headroom, Policy, call_retrieve, retrieve_tool
from headroom.types import JSON
from headroom_asgi import CompressionMiddleware
from headroom_testing.adapters import (
    PICTURE,
    QUESTION,
    SCRIPT,
    AdapterConformance,
    RetrievalConformance,
    Session,
    read_log,
)
from headroom_testing.simulator import Delivery, Reply, Simulator

App: TypeAlias = Any
Make: TypeAlias = Callable[[str, dict[str, Any] | None], App]
PARAMETERS = {"type": "object", "properties": {"name": {"type": "string"}}}


@contextmanager
def serving(app: App) -> Iterator[str]:
    """An app on a free port; its URL."""
    config = uvicorn.Config(app, log_config=None, log_level="critical", ws="none")
    server = uvicorn.Server(config)
    listener = socket.create_server(("127.0.0.1", 0))
    thread = Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def forwarder(upstream: str) -> Callable[[Request], Any]:
    """An endpoint that forwards its requests, and streams what comes back."""

    async def forward(request: Request) -> StreamingResponse:
        client = httpx2.AsyncClient(timeout=10)
        headers = {k: v for k, v in request.headers.items() if k not in ("host", "accept-encoding")}
        sent = client.build_request(
            "POST", upstream + request.url.path, content=await request.body(), headers=headers
        )
        answer = await client.send(sent, stream=True)

        async def pieces() -> AsyncIterator[bytes]:
            try:
                async for piece in answer.aiter_raw():
                    yield piece
            finally:
                await answer.aclose()
                await client.aclose()

        return StreamingResponse(pieces(), answer.status_code, dict(answer.headers))

    return forward


def starlette(upstream: str, options: dict[str, Any] | None) -> App:
    app = Starlette(routes=[Route("/{path:path}", forwarder(upstream), methods=["POST"])])
    if options is not None:
        app.add_middleware(CompressionMiddleware, **options)
    return app


def fastapi(upstream: str, options: dict[str, Any] | None) -> App:
    app = FastAPI()
    forward = forwarder(upstream)

    @app.post("/{path:path}")
    async def everything(request: Request) -> StreamingResponse:
        answer: StreamingResponse = await forward(request)
        return answer

    app.add_middleware(GZipMiddleware)
    if options is not None:
        app.add_middleware(CompressionMiddleware, **options)
    return app


def plain(upstream: str, options: dict[str, Any] | None) -> App:
    forward = forwarder(upstream)

    async def app(scope: App, receive: App, send: App) -> None:
        if scope["type"] == "http":
            await (await forward(Request(scope, receive)))(scope, receive, send)

    return app if options is None else CompressionMiddleware(app, **options)


def results(calls: list[tuple[str, str, JSON]], headroom: Headroom | None) -> Iterator[JSON]:
    """Yields the identifier of each call, what its tool says, and whether that is an error."""
    for identifier, name, arguments in calls:
        try:
            if name == "read_log":
                yield identifier, read_log(**arguments), False
            else:
                yield identifier, call_retrieve(arguments, headroom=headroom), False
        except FileNotFoundError as error:
            yield identifier, str(error), True


def ask_claude(url: str, headroom: Headroom | None, *, retrieves: bool) -> Sequence[str]:
    source = {"type": "base64", "media_type": "image/png", "data": PICTURE}
    text = {"type": "text", "text": QUESTION, "cache_control": {"type": "ephemeral"}}
    messages: list[Any] = [{"role": "user", "content": [{"type": "image", "source": source}, text]}]
    tools: list[Any] = [{"name": "read_log", "input_schema": PARAMETERS}]
    tools += [retrieve_tool("anthropic")] * retrieves
    held: list[str] = []
    with Anthropic(base_url=url, api_key="x", max_retries=0) as client:
        while True:
            with client.messages.stream(
                model="claude-opus-5", max_tokens=99, messages=messages, tools=tools
            ) as stream:
                answer = stream.get_final_message()
            calls = [(b.id, b.name, b.input) for b in answer.content if b.type == "tool_use"]
            if not calls:
                return held
            found = list(results(calls, headroom))
            held += [
                text
                for (_, name, _), (_, text, _) in zip(calls, found, strict=True)
                if name == "read_log"
            ]
            said = [b.model_dump(exclude_none=True) for b in answer.content]
            shown = [
                {"type": "tool_result", "tool_use_id": i, "content": t, "is_error": e}
                for i, t, e in found
            ]
            messages += [{"role": "assistant", "content": said}, {"role": "user", "content": shown}]


def ask_chat(url: str, headroom: Headroom | None, *, retrieves: bool) -> Sequence[str]:
    picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PICTURE}"}}
    messages: list[Any] = [
        {"role": "user", "content": [picture, {"type": "text", "text": QUESTION}]}
    ]
    function = {"name": "read_log", "parameters": PARAMETERS}
    tools: list[Any] = [{"type": "function", "function": function}]
    tools += [retrieve_tool("openai")] * retrieves
    held: list[str] = []
    with OpenAI(base_url=f"{url}/v1", api_key="x", max_retries=0) as client:
        while True:
            answer = client.chat.completions.create(model="gpt-4o", messages=messages, tools=tools)
            said = answer.choices[0].message
            if not said.tool_calls:
                return held
            asked = [
                (call.id, call.function.name, json.loads(call.function.arguments))
                for call in said.tool_calls
                if call.type == "function"
            ]
            found = list(results(asked, headroom))
            held += [
                text
                for (_, name, _), (_, text, _) in zip(asked, found, strict=True)
                if name == "read_log"
            ]
            messages.append(said.model_dump(exclude_none=True))
            messages += [{"role": "tool", "tool_call_id": i, "content": t} for i, t, _ in found]


def run(provider: Simulator, headroom: Headroom | None, *, make: Make, ask: App) -> Sequence[str]:
    options = {"store": headroom.store} if headroom else None
    with serving(make(provider.url, options)) as url:
        held: Sequence[str] = ask(url, headroom)
        return held


class Suites(AdapterConformance, RetrievalConformance):
    make: Make
    ask: App

    @pytest.fixture
    def session(self) -> Session:
        kind = type(self)
        return partial(run, make=kind.make, ask=partial(kind.ask, retrieves=True))


class TestStarlette(Suites):
    make = staticmethod(starlette)
    ask = staticmethod(ask_claude)


class TestFastApi(Suites):
    make = staticmethod(fastapi)
    ask = staticmethod(ask_chat)


class TestPlain(Suites):
    make = staticmethod(plain)
    ask = staticmethod(ask_claude)


def test_nothing_is_left_out_where_nobody_could_ask_for_it() -> None:
    headroom = Headroom(store="memory:")
    with Simulator(SCRIPT, count=len) as provider:
        run(provider, headroom, make=plain, ask=partial(ask_claude, retrieves=False))
        sent = [request.body.decode() for request in provider.requests]
    assert not any("headroom_retrieve" in body for body in sent)
    assert len(sent[-1]) < len(read_log("web-0")) * 5 * 0.85


def test_a_session_goes_on_as_it_began_with_other_workers() -> None:
    """Two share the store; one of them would have left nothing out."""
    headroom = Headroom(store="memory:")
    with Simulator(SCRIPT, count=len) as provider:
        policies = Policy(), Policy.lossless()
        apps = [plain(provider.url, {"store": headroom.store, "policy": p}) for p in policies]
        turn = iter(range(9))

        async def any_of(scope: App, receive: App, send: App) -> None:
            if scope["type"] == "http":
                await apps[next(turn) % 2](scope, receive, send)

        with serving(any_of) as url:
            ask_claude(url, headroom, retrieves=True)
        assert provider.violations == []
        sent = [request.json["messages"] for request in provider.requests]
    for before, after in pairwise(sent):
        assert after[: len(before)] == before


def test_streams_pass_as_they_are_made() -> None:
    body = json.dumps(
        {"model": "gpt-4o", "stream": True, "messages": [{"role": "user", "content": "Hi"}]}
    )

    def stream(make: Make, options: dict[str, Any] | None) -> bytes:
        reply = Reply.of("one two three").by(Delivery(split=7))
        with Simulator([reply]) as provider, serving(make(provider.url, options)) as url:
            return httpx2.post(f"{url}/v1/chat/completions", content=body).content

    found = stream(starlette, {"store": "memory:"})
    assert b"data: [DONE]" in found
    assert found.count(b"data: ") > 3
    strip = partial(re.sub, rb'"(id|created)":\s*("[^"]*"|\d+)', b"")
    assert strip(found) == strip(stream(starlette, None))


def test_the_readme_runs() -> None:
    text = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", text, re.S)
    names: dict[str, Any] = {}
    exec(example, names)
    messages = [{"role": "tool", "tool_call_id": "1", "content": read_log("web-0")}]
    asked = {"model": "gpt-4o", "messages": messages}
    with serving(names["app"]) as url:
        answer = httpx2.post(f"{url}/v1/chat/completions", json=asked)
    assert answer.status_code == 200
    assert answer.json()["saved"] > 1000
    assert len(answer.json()["request"]["messages"][0]["content"]) < len(read_log("web-0")) * 0.8
