"""Anthropic's clients: a middleware, which the SDK runs for every attempt to send a request."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from anthropic import Middleware
from anyio import to_thread

from headroom.sdk.requests import Requests
from headroom.sdk.resolving import Asked
from headroom.sdk.responses import joined, joined_async

Client: TypeAlias = Any
Request: TypeAlias = Any
Response: TypeAlias = Any
Answer: TypeAlias = Any


class Compression(Middleware):
    """Compresses the conversation of a request."""

    def __init__(self, requests: Requests) -> None:
        self.requests = requests

    def handle(self, request: Request, call_next: Callable[[Request], Answer]) -> Answer:
        """Sends a shorter request, and answers what the model asks us."""
        asked = self._asked(request)
        answer = call_next(_with(request, asked.body))
        if asked.answering is None:
            return answer

        def again(body: bytes) -> Response:
            return _response(call_next(_with(request, json.loads(body))))

        return _answer(answer, joined(_response(answer), again, asked.answering))

    async def handle_async(
        self, request: Request, call_next: Callable[[Request], Awaitable[Answer]]
    ) -> Answer:
        """Does what `handle` does, without blocking the event loop."""
        asked = await to_thread.run_sync(self._asked, request)
        answer = await call_next(_with(request, asked.body))
        if asked.answering is None:
            return answer

        async def again(body: bytes) -> Response:
            return _response(await call_next(_with(request, json.loads(body))))

        return _answer(answer, await joined_async(_response(answer), again, asked.answering))

    def _asked(self, request: Request) -> Asked:
        body, more = request.json, request.options.extra_json
        if self.requests.resolves and more and isinstance(body, Mapping):
            body = {**body, **more}
        return self.requests.asked(request.url, body)


def wrapped(client: Client, requests: Requests) -> Client:
    """Returns a client that compresses; itself if it does already."""
    found = [one.requests for one in client._middleware if isinstance(one, Compression)]
    if any(one.resolves or not requests.resolves for one in found):
        return client
    if requests.resolves and _speaks_frames(client):
        raise TypeError(
            "expected a client whose streams are server-sent events, got "
            f"{type(client).__name__}: it works with resolve=False, and the retrieve tool among yours"
        )
    return unwrapped(client).with_middleware(Compression(requests))


def unwrapped(client: Client) -> Client:
    """Returns a client without our middleware."""
    others = [one for one in client._middleware if not isinstance(one, Compression)]
    return client.copy(middleware=others)


def _with(request: Request, body: object) -> Request:
    """Returns a request with another body, which has what the caller's `extra_body` says."""
    if body is request.json:
        return request
    made = request.copy(body=body)
    if made.options.extra_json and isinstance(body, Mapping):
        made.options.extra_json = {k: body[k] for k in made.options.extra_json if k in body}
    return made


def _response(answer: Answer) -> Response:
    """Returns the response in what the SDK made of it: itself, if that is what its caller wants."""
    return getattr(answer, "http_response", answer)


def _answer(answer: Answer, response: Response) -> Answer:
    """Returns what the SDK made of a response, with another one in it."""
    if not hasattr(answer, "http_response"):
        return response
    answer.http_response = response
    return answer


def _speaks_frames(client: Client) -> bool:
    """Returns whether a client's streams are frames of Amazon's, which we cannot write."""
    return any(base.__name__ == "BaseBedrockClient" for base in type(client).__mro__)
