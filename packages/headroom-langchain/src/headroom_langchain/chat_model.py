"""Chat models that compress what they send, for whoever builds no agent with `create_agent`.

A copy of the model becomes an instance of a subclass of its own class, so that everything else is
the model's: binding, structured output, streaming, profile, what `isinstance` says.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from functools import lru_cache, wraps
from typing import Any, TypeAlias, TypeVar

from langchain_core.language_models import BaseChatModel

from headroom import Headroom
from headroom.integrations.subclasses import copy_as, subclass
from headroom_langchain._compression import Compression

M = TypeVar("M", bound=BaseChatModel)
Model: TypeAlias = Any
Kind: TypeAlias = Any
Messages: TypeAlias = Any
Option: TypeAlias = Any
Options: TypeAlias = dict[str, Option]
Answer: TypeAlias = Any
Call: TypeAlias = Callable[..., Answer]

_NAME = "_headroom_compression"
"""The attribute of a class that compresses."""


def HeadroomChatModel(llm: M, *, headroom: Headroom | None = None) -> M:
    """Returns a model like `llm` that compresses conversations before it sends them.

    It is of the same class and shares the connections of `llm`, which stays as it is. Messages that
    you pass in are never modified. Lines are left out only from calls whose tools offer
    `headroom_retrieve` (see `HeadroomRetrieveTool`), because no model could ask for them otherwise;
    without it, encodings that lose nothing are used.

    Args:
        llm: Any chat model; wrap it before you bind tools to it. One that compresses already comes
            back as it is.
        headroom: Compresses; default: the one behind `headroom.compress`.

    Raises:
        TypeError: It is no chat model.

    Example:
        >>> model = HeadroomChatModel(ChatOpenAI(model="gpt-5.6"))
        >>> type(model).__name__
        'ChatOpenAI'
    """
    if not isinstance(llm, BaseChatModel):
        raise TypeError(
            f"expected a chat model, got {type(llm).__name__}: wrap the model first, then bind tools "
            "or a structured output to it"
        )
    if hasattr(type(llm), _NAME):
        return llm
    kind: Kind = type(llm)
    return copy_as(_compressing(kind, headroom), llm)


def without_headroom(llm: M) -> M:
    """Returns a model like `llm` that sends what it is given; itself if it does already."""
    return copy_as(type(llm).__base__, llm) if hasattr(type(llm), _NAME) else llm


@lru_cache(maxsize=64)
def _compressing(cls: Kind, headroom: Headroom | None) -> Kind:
    """Returns a subclass of a model's class that compresses wherever that one sends messages."""
    members: dict[str, Call] = {}
    for name, twin in _TWINS.items():
        inner = getattr(cls, name, None)
        if inner is not None and inner is not getattr(BaseChatModel, name, None):
            members[name] = wraps(inner)(twin(inner))
    return subclass(cls, members, **{_NAME: Compression(headroom)})


def _generate(inner: Call) -> Call:
    def generate(self: Model, messages: Messages, *args: Option, **options: Option) -> Answer:
        return inner(self, _shorter(self, messages, options), *args, **options)

    return generate


def _agenerate(inner: Call) -> Call:
    async def generate(self: Model, messages: Messages, *args: Option, **options: Option) -> Answer:
        return await inner(self, await _ashorter(self, messages, options), *args, **options)

    return generate


def _stream(inner: Call) -> Call:
    def stream(
        self: Model, messages: Messages, *args: Option, **options: Option
    ) -> Iterator[Answer]:
        yield from inner(self, _shorter(self, messages, options), *args, **options)

    return stream


def _astream(inner: Call) -> Call:
    async def stream(
        self: Model, messages: Messages, *args: Option, **options: Option
    ) -> AsyncIterator[Answer]:
        sent = await _ashorter(self, messages, options)
        async with aclosing(inner(self, sent, *args, **options)) as chunks:
            async for chunk in chunks:
                yield chunk

    return stream


_TWINS = {
    "_generate": _generate,
    "_agenerate": _agenerate,
    "_stream": _stream,
    "_astream": _astream,
    "_stream_chat_model_events": _stream,
    "_astream_chat_model_events": _astream,
}
"""The methods with which a model sends messages, where it has them; the others call these."""


def _shorter(model: Model, messages: Messages, options: Options) -> Messages:
    compression: Compression = getattr(model, _NAME)
    return compression.shorter(messages, tools=options.get("tools"), model=model)


async def _ashorter(model: Model, messages: Messages, options: Options) -> Messages:
    compression: Compression = getattr(model, _NAME)
    return await compression.ashorter(messages, tools=options.get("tools"), model=model)
