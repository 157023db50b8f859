"""OpenAI's clients: a subclass that changes a request before the SDK sends it, as often as it tries.

The SDK has no middleware. `request` is where all its calls pass.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from functools import cache, cached_property, wraps
from typing import Any, TypeAlias

from anyio import to_thread
from openai import AsyncOpenAI

from headroom.sdk.requests import Requests
from headroom.sdk.resolving import Asked
from headroom.sdk.responses import joined, joined_async

Client: TypeAlias = Any
Kind: TypeAlias = Any
Options: TypeAlias = Any
Response: TypeAlias = Any

_NAME = "_headroom"
"""The attribute of a client that compresses."""

_RAW = "X-Stainless-Raw-Response"
"""The header by which the SDK's calls tell it that its caller wants the response."""


def wrapped(client: Client, requests: Requests) -> Client:
    """Returns a client that compresses; itself if it does already."""
    found = vars(client).get(_NAME)
    if found is not None and (found.resolves or not requests.resolves):
        return client
    made = unwrapped(client)
    kind: Kind = type(made)
    made.__class__ = _compressing(kind)
    setattr(made, _NAME, requests)
    return made


def unwrapped(client: Client) -> Client:
    """Returns a client of the class that was wrapped.

    The SDK's own `copy` makes a new one, which asks for credentials again, and by the constructor's
    arguments, which a subclass may have changed.
    """
    made = copy.copy(client)
    if vars(made).pop(_NAME, None):
        made.__class__ = type(made).__base__
    for name in _cached(type(made)):  # `chat` and others, which lead back to `client`
        vars(made).pop(name, None)
    return made


def _cached(cls: Kind) -> set[str]:
    """Returns the names of properties that a client makes once."""
    members = (item for base in cls.__mro__ for item in vars(base).items())
    return {name for name, member in members if isinstance(member, cached_property)}


@cache
def _compressing(cls: Kind) -> Kind:
    """Returns a subclass of a client's class; one base alone, or no client could become one."""

    @wraps(cls.copy)
    def copied(self: Client, **options: Options) -> Client:
        made = cls.copy(self, **options)
        setattr(made, _NAME, getattr(self, _NAME))
        return made

    def request(self: Client, cast_to: Kind, options: Options, **how: Any) -> Response:  # noqa: ANN401 - the SDK's
        asked = _asked(getattr(self, _NAME), options)
        if asked.answering is None:
            return cls.request(self, cast_to, _with(options, asked.body), **how)

        def send(body: object) -> Response:
            return cls.request(self, cast_to, _raw(_with(options, body)), **how)

        answer = send(asked.body)
        answer.http_response = joined(
            answer.http_response, lambda body: send(json.loads(body)).http_response, asked.answering
        )
        return answer if _is_raw(options) else answer.parse()

    async def request_async(
        self: Client,
        cast_to: Kind,
        options: Options,
        **how: Any,  # noqa: ANN401 - the SDK's
    ) -> Response:
        asked = await to_thread.run_sync(_asked, getattr(self, _NAME), options)
        if asked.answering is None:
            return await cls.request(self, cast_to, _with(options, asked.body), **how)

        async def send(body: object) -> Response:
            return await cls.request(self, cast_to, _raw(_with(options, body)), **how)

        async def again(body: bytes) -> Response:
            return (await send(json.loads(body))).http_response

        answer = await send(asked.body)
        answer.http_response = await joined_async(answer.http_response, again, asked.answering)
        return answer if _is_raw(options) else answer.parse()

    members = {
        "__module__": cls.__module__,
        "__doc__": cls.__doc__,
        "copy": copied,
        "with_options": copied,
        "request": request_async if issubclass(cls, AsyncOpenAI) else request,
    }
    return type(cls.__name__, (cls,), members)


def _asked(requests: Requests, options: Options) -> Asked:
    body, more = options.json_data, options.extra_json
    if requests.resolves and more and isinstance(body, Mapping):
        body = {**body, **more}
    return requests.asked(options.url, body)


def _with(options: Options, body: object) -> Options:
    """Returns options with another body, which has what the caller's `extra_body` says."""
    if body is options.json_data:
        return options
    more = options.extra_json
    if more and isinstance(body, Mapping):
        more = {k: body[k] for k in more if k in body}
    return options.model_copy(update={"json_data": body, "extra_json": more})


def _is_raw(options: Options) -> bool:
    return isinstance(options.headers, Mapping) and _RAW in options.headers


def _raw(options: Options) -> Options:
    """Returns options by which the SDK gives the response."""
    if _is_raw(options):
        return options
    headers = options.headers if isinstance(options.headers, Mapping) else {}
    return options.model_copy(update={"headers": {**headers, _RAW: "true"}})
