"""OpenAI's clients: a subclass that changes the options of a request, which the SDK asks for every attempt.

The SDK has no middleware. The method that we override is private: `_prepare_options` is there for
subclasses, and the tests say when it goes.
"""

from __future__ import annotations

import asyncio
from functools import cache
from typing import Any, TypeAlias

from openai import AsyncOpenAI

from headroom.sdk.requests import Requests

Client: TypeAlias = Any
Kind: TypeAlias = Any
Options: TypeAlias = Any

_NAME = "_headroom"
"""The attribute of a client that compresses."""


def wrapped(client: Client, requests: Requests) -> Client:
    """Returns a client that compresses; itself if it does already."""
    if _NAME in vars(client):
        return client
    made = client.copy()
    kind: Kind = type(made)
    made.__class__ = _compressing(kind)
    setattr(made, _NAME, requests)
    return made


def unwrapped(client: Client) -> Client:
    """Returns a client of the class that was wrapped."""
    made = client.copy()
    if _NAME in vars(made):
        made.__class__ = type(made).__base__
        delattr(made, _NAME)
    return made


@cache
def _compressing(cls: Kind) -> Kind:
    """Returns a subclass of a client's class; one base alone, or no client could become one."""

    def copy(self: Client, **options: Options) -> Client:
        made = cls.copy(self, **options)
        setattr(made, _NAME, getattr(self, _NAME))
        return made

    def prepare(self: Client, options: Options) -> Options:
        return _shorter(getattr(self, _NAME), cls._prepare_options(self, options))

    async def prepare_async(self: Client, options: Options) -> Options:
        options = await cls._prepare_options(self, options)
        return await asyncio.to_thread(_shorter, getattr(self, _NAME), options)

    members = {
        "__module__": cls.__module__,
        "__doc__": cls.__doc__,
        "copy": copy,
        "with_options": copy,
        "_prepare_options": prepare_async if issubclass(cls, AsyncOpenAI) else prepare,
    }
    return type(cls.__name__, (cls,), members)


def _shorter(requests: Requests, options: Options) -> Options:
    body = requests.shorter(options.url, options.json_data)
    if body is options.json_data:
        return options
    return options.model_copy(update={"json_data": body})
