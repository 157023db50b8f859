"""OpenAI's clients: a subclass that changes the options of a request, which the SDK asks for every attempt.

The SDK has no middleware. The method that we override is private: `_prepare_options` is there for
subclasses, and the tests say when it goes.
"""

from __future__ import annotations

import asyncio
from functools import cache
from typing import Any

from openai import AsyncOpenAI, OpenAI

from headroom.sdk.requests import Requests


class _Compressing:
    """What both kinds of clients share."""

    _headroom: Requests

    def copy(self, **options: Any) -> Any:  # noqa: ANN401 - the SDK's own
        made = super().copy(**options)  # type: ignore[misc]
        made._headroom = self._headroom
        return made

    with_options = copy

    def _shorter(self, options: Any) -> Any:  # noqa: ANN401
        body = self._headroom.shorter(options.url, options.json_data)
        if body is options.json_data:
            return options
        return options.model_copy(update={"json_data": body})


class _Sync(_Compressing):
    def _prepare_options(self, options: Any) -> Any:  # noqa: ANN401
        return self._shorter(super()._prepare_options(options))  # type: ignore[misc]


class _Async(_Compressing):
    async def _prepare_options(self, options: Any) -> Any:  # noqa: ANN401
        options = await super()._prepare_options(options)  # type: ignore[misc]
        return await asyncio.to_thread(self._shorter, options)


def wrapped(client: Any, requests: Requests) -> Any:  # noqa: ANN401 - any of the SDK's clients
    """Returns a client that compresses; itself if it does already."""
    if isinstance(client, _Compressing):
        return client
    made = client.copy()
    made.__class__ = _compressing(type(made))
    made._headroom = requests
    return made


def unwrapped(client: Any) -> Any:  # noqa: ANN401
    """Returns a client of the class that was wrapped."""
    made = client.copy()
    if isinstance(made, _Compressing):
        made.__class__ = type(made).__bases__[1]
        del made._headroom
    return made


@cache
def _compressing(cls: type[OpenAI] | type[AsyncOpenAI]) -> type:
    kind = _Async if issubclass(cls, AsyncOpenAI) else _Sync
    return type(cls.__name__, (kind, cls), {"__module__": cls.__module__, "__doc__": cls.__doc__})
