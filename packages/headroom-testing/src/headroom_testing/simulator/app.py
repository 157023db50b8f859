"""The provider's routes, as a Starlette application."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeAlias

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from headroom.errors import FormatError
from headroom.types import JSON
from headroom_testing.simulator import anthropic, gemini, openai_chat, openai_responses
from headroom_testing.simulator.delivery import Connections, Delivered, reset
from headroom_testing.simulator.provider import Answered, Provider, Shape
from headroom_testing.simulator.recording import Recorded
from headroom_testing.simulator.script import Refusal, Reset
from headroom_testing.simulator.sockets import ResponsesSocket

Endpoint: TypeAlias = Callable[[Request], Awaitable[ASGIApp]]

MODELS = ("claude-opus-5-5", "claude-opus-5", "gpt-5.6", "gpt-4o", "gemini-2.5-pro")


def make_app(provider: Provider, connections: Connections) -> Starlette:
    """Returns the application of a provider.

    Args:
        provider: Answers.
        connections: Returns the server's connections, for faults below HTTP.
    """
    api = _Api(provider, connections)
    return Starlette(
        routes=[
            Route("/v1/messages", api.of(anthropic), methods=["POST"]),
            Route("/v1/messages/count_tokens", api.count_anthropic, methods=["POST"]),
            Route("/v1/chat/completions", api.of(openai_chat), methods=["POST"]),
            Route("/v1/responses", api.of(openai_responses), methods=["POST"]),
            WebSocketRoute("/v1/responses", api.socket),
            Route("/v1/models", api.models),
            Route("/v1/models/{model}", api.model),
            Route("/{version}/models/{model}:{method}", api.gemini, methods=["POST"]),
            Route("/{path:path}", api.unknown, methods=["GET", "POST", "PUT", "DELETE"]),
        ]
    )


class _Api:
    def __init__(self, provider: Provider, connections: Connections) -> None:
        self._provider = provider
        self._connections = connections

    def of(self, shape: Shape) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            recorded = await self._record(request)
            body = _parsed(recorded)
            if not isinstance(body, dict):
                return _error(shape, Refusal(400, "The body is no JSON object."))
            streamed = bool(body.get("stream"))
            return await self._generate(shape, request, recorded, body, stream=streamed)

        return endpoint

    async def gemini(self, request: Request) -> Response:
        """generateContent, streamGenerateContent, countTokens."""
        recorded = await self._record(request)
        method, body = request.path_params["method"], _parsed(recorded)
        if not isinstance(body, dict):
            return _error(gemini, Refusal(400, "The body is no JSON object."))
        if method == "countTokens":
            whole = body.get("generateContentRequest", body)
            return self._counted(gemini, whole, gemini.count)
        if method not in ("generateContent", "streamGenerateContent"):
            return _error(gemini, Refusal(404, f"There is no method {method}."))
        body = {**body, "model": request.path_params["model"]}
        streamed = method.startswith("stream")
        return await self._generate(gemini, request, recorded, body, stream=streamed)

    async def count_anthropic(self, request: Request) -> Response:
        """count_tokens."""
        body = _parsed(await self._record(request))
        return self._counted(anthropic, body, anthropic.count)

    async def socket(self, socket: WebSocket) -> None:
        """Responses over a WebSocket: one event a frame."""
        await socket.accept()
        record = partial(self._recorded, socket, "WS")
        cut = partial(reset, self._connections, socket)
        await ResponsesSocket(socket, self._provider, record, cut).serve()

    async def models(self, request: Request) -> Response:
        """The list of models, as the SDK that asks expects it."""
        await self._record(request)
        entries = [_model(request, model) for model in MODELS]
        if "anthropic-version" in request.headers:
            ends = {"first_id": MODELS[0], "last_id": MODELS[-1], "has_more": False}
            return JSONResponse({"data": entries, **ends})
        return JSONResponse({"object": "list", "data": entries})

    async def model(self, request: Request) -> Response:
        """One model."""
        await self._record(request)
        return JSONResponse(_model(request, request.path_params["model"]))

    async def unknown(self, request: Request) -> Response:
        """Any other path."""
        recorded = await self._record(request)
        return _error(openai_chat, Refusal(404, f"There is nothing at {recorded.path}."))

    async def _generate(
        self, shape: Shape, request: Request, recorded: Recorded, body: JSON, *, stream: bool
    ) -> Response:
        answer = self._provider.answer(shape, body, recorded, str(body.get("model", "")))
        match answer:
            case Refusal():
                return _error(shape, answer)
            case Reset():
                return reset(self._connections, request)
            case Answered(rendered, reply):
                frames = rendered.frames if stream else (_bytes(rendered.payload),)
                if stream and shape is gemini and request.query_params.get("alt") != "sse":
                    frames = (_bytes([rendered.payload]),)
                    stream = False
                return Delivered(
                    frames,
                    "text/event-stream" if stream else "application/json",
                    reply.delivery,
                    self._connections,
                    lambda: self._provider.cancelled.append(recorded),
                )

    def _counted(self, shape: Shape, body: JSON, answer: Callable[[int], JSON]) -> Response:
        try:
            return JSONResponse(answer(self._provider.tokens(body)))
        except FormatError as error:
            return _error(shape, Refusal(400, str(error)))

    async def _record(self, request: Request) -> Recorded:
        return self._recorded(request, request.method, await request.body())

    def _recorded(self, request: Request | WebSocket, method: str, body: bytes) -> Recorded:
        query = f"?{request.url.query}" if request.url.query else ""
        path = request.scope["raw_path"].decode("latin-1") + query
        headers = tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in request.headers.raw)
        recorded = Recorded(method, path, headers, body, self._provider.clock())
        self._provider.requests.append(recorded)
        return recorded


def _parsed(recorded: Recorded) -> JSON:
    try:
        zipped = recorded.header("content-encoding") == "gzip"
        return json.loads(gzip.decompress(recorded.body) if zipped else recorded.body)
    except (ValueError, RecursionError, OSError, EOFError, zlib.error):
        return None


def _error(shape: Shape, refusal: Refusal) -> Response:
    headers = {"request-id": "req_simulated", **dict(refusal.headers)}
    if refusal.retry_after is not None:
        headers["retry-after"] = f"{refusal.retry_after:g}"
    body = shape.refuse(refusal.status, refusal.message)
    return JSONResponse(body, status_code=refusal.status, headers=headers)


def _model(request: Request, model: str) -> JSON:
    if "anthropic-version" in request.headers:
        created = "2026-01-01T00:00:00Z"
        return {"type": "model", "id": model, "display_name": model, "created_at": created}
    return {"id": model, "object": "model", "created": 1_795_000_000, "owned_by": "simulator"}


def _bytes(payload: JSON) -> bytes:
    return json.dumps(payload, ensure_ascii=False).encode()
