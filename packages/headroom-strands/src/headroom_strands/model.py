"""Models that compress what they send, for whoever cannot give an agent a plugin.

A copy of the model becomes an instance of a subclass of its own class, so that everything else is
the model's: configuration, structured output, counting, what `isinstance` says.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from functools import lru_cache, wraps
from typing import Any, TypeAlias, TypeVar

from strands.models import Model

from headroom import Headroom
from headroom.integrations.subclasses import copy_as, subclass
from headroom_strands._compression import Compression

M = TypeVar("M", bound=Model)
Kind: TypeAlias = Any
Messages: TypeAlias = Any
Option: TypeAlias = Any
Event: TypeAlias = Any
Call: TypeAlias = Callable[..., Any]

_NAME = "_headroom_compression"
"""The attribute of a class that compresses."""


def HeadroomStrandsModel(model: M, *, headroom: Headroom | None = None) -> M:
    """Returns a model like `model` that compresses conversations before it sends them.

    It is of the same class and shares the connections and the configuration of `model`, which stays
    as it is. Lines are left out only from calls whose tools offer `headroom_retrieve` (see
    `HeadroomRetrieveTool`), because no model could ask for them otherwise.

    Args:
        model: Any model of Strands. One that compresses already comes back as it is.
        headroom: Compresses; default: the one behind `headroom.compress`.

    Raises:
        TypeError: It is no model of Strands.

    Example:
        >>> agent = Agent(model=HeadroomStrandsModel(model), tools=[*tools, HeadroomRetrieveTool()])
    """
    if not isinstance(model, Model):
        raise TypeError(
            f"expected a model of Strands, as BedrockModel(), got {type(model).__name__}"
        )
    if hasattr(type(model), _NAME):
        return model
    kind: Kind = type(model)
    return copy_as(_compressing(kind, headroom), model)


def without_headroom(model: M) -> M:
    """Returns a model like `model` that sends what it is given; itself if it does already."""
    return copy_as(type(model).__base__, model) if hasattr(type(model), _NAME) else model


@lru_cache(maxsize=64)
def _compressing(cls: Kind, headroom: Headroom | None) -> Kind:
    """Returns a subclass of a model's class that compresses what it sends, and what it counts."""
    members: dict[str, Call] = {
        "stream": wraps(cls.stream)(_stream(cls.stream)),
        "structured_output": wraps(cls.structured_output)(_structured(cls.structured_output)),
        "count_tokens": wraps(cls.count_tokens)(_count(cls.count_tokens)),
    }
    return subclass(cls, members, **{_NAME: Compression(headroom)})


def _stream(inner: Call) -> Call:
    async def stream(
        self: Model, messages: Messages, tool_specs: Option = None, *args: Option, **options: Option
    ) -> AsyncIterator[Event]:
        sent = await getattr(self, _NAME).ashorter(messages, tool_specs, self)
        async with aclosing(inner(self, sent, tool_specs, *args, **options)) as events:
            async for event in events:
                yield event

    return stream


def _structured(inner: Call) -> Call:
    async def structured_output(
        self: Model, output_model: Kind, prompt: Messages, *args: Option, **options: Option
    ) -> AsyncIterator[Event]:
        sent = await getattr(self, _NAME).ashorter(prompt, None, self)
        async with aclosing(inner(self, output_model, sent, *args, **options)) as events:
            async for event in events:
                yield event

    return structured_output


def _count(inner: Call) -> Call:
    async def count_tokens(
        self: Model, messages: Messages, tool_specs: Option = None, *args: Option, **options: Option
    ) -> int:
        sent = await getattr(self, _NAME).ashorter(messages, tool_specs, self)
        tokens: int = await inner(self, sent, tool_specs, *args, **options)
        return tokens

    return count_tokens
