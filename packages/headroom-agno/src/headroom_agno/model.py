"""Models that compress what they send.

A copy of the model becomes an instance of a subclass of its own class, so that everything else is
the model's: how it parses the calls of a stream, what it is stored as, what `isinstance` says.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from functools import lru_cache, partial, wraps
from typing import Any, TypeAlias, TypeVar

from agno.models.base import Model
from agno.models.message import Message

from headroom import Headroom
from headroom.integrations.messages import edited
from headroom.integrations.subclasses import copy_as, subclass
from headroom.sdk.requests import Requests
from headroom_agno._messages import conversation_of

M = TypeVar("M", bound=Model)
Kind: TypeAlias = Any
Option: TypeAlias = Any
Answer: TypeAlias = Any
Call: TypeAlias = Callable[..., Answer]

_NAME = "_headroom_requests"
"""The attribute of a class that compresses."""


def HeadroomAgnoModel(model: M, *, headroom: Headroom | None = None) -> M:
    """Returns a model like `model` that compresses conversations before it sends them.

    It is of the same class and shares the connections of `model`, which stays as it is, and so do
    the messages that agents, teams and their sessions hold. Lines are left out only from calls whose
    tools offer `headroom_retrieve` (see `HeadroomRetrieveTool`), because no model could ask for them
    otherwise.

    Args:
        model: Any model of Agno. One that compresses already comes back as it is.
        headroom: Compresses; default: the one behind `headroom.compress`.

    Raises:
        TypeError: It is no model of Agno.

    Example:
        >>> agent = Agent(model=HeadroomAgnoModel(model), tools=[*tools, HeadroomRetrieveTool()])
    """
    if not isinstance(model, Model):
        raise TypeError(f"expected a model of Agno, as Claude(), got {type(model).__name__}")
    if hasattr(type(model), _NAME):
        return model
    kind: Kind = type(model)
    return copy_as(_compressing(kind, headroom), model)


def without_headroom(model: M) -> M:
    """Returns a model like `model` that sends what it is given; itself if it does already."""
    return copy_as(type(model).__base__, model) if hasattr(type(model), _NAME) else model


@lru_cache(maxsize=64)
def _compressing(cls: Kind, headroom: Headroom | None) -> Kind:
    """Returns a subclass of a model's class that compresses wherever that one sends messages."""
    members: dict[str, Call] = {}
    for name, twin in _TWINS.items():
        inner = getattr(cls, name)
        members[name] = wraps(inner)(twin(inner))
    return subclass(cls, members, **{_NAME: Requests(headroom)})


def _invoke(inner: Call) -> Call:
    def invoke(self: Model, messages: list[Message], *args: Option, **options: Option) -> Answer:
        return inner(self, _shorter(self, messages, options), *args, **options)

    return invoke


def _ainvoke(inner: Call) -> Call:
    async def ainvoke(
        self: Model, messages: list[Message], *args: Option, **options: Option
    ) -> Answer:
        sent = await asyncio.to_thread(_shorter, self, messages, options)
        return await inner(self, sent, *args, **options)

    return ainvoke


def _stream(inner: Call) -> Call:
    def invoke_stream(
        self: Model, messages: list[Message], *args: Option, **options: Option
    ) -> Iterator[Answer]:
        yield from inner(self, _shorter(self, messages, options), *args, **options)

    return invoke_stream


def _astream(inner: Call) -> Call:
    async def ainvoke_stream(
        self: Model, messages: list[Message], *args: Option, **options: Option
    ) -> AsyncIterator[Answer]:
        sent = await asyncio.to_thread(_shorter, self, messages, options)
        async with aclosing(inner(self, sent, *args, **options)) as answers:
            async for answer in answers:
                yield answer

    return ainvoke_stream


_TWINS = {
    "invoke": _invoke,
    "ainvoke": _ainvoke,
    "invoke_stream": _stream,
    "ainvoke_stream": _astream,
}
"""The methods with which a model sends messages."""


def _shorter(model: Model, messages: list[Message], options: dict[str, Option]) -> list[Message]:
    requests: Requests = getattr(model, _NAME)
    read = partial(conversation_of, compressed=bool(options.get("compress_tool_results")))
    return requests.edited(messages, read, edited, tools=options.get("tools"), model=model.id)
