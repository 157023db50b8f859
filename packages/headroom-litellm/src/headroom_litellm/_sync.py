"""Synchronous calls of LiteLLM, which pass no callback that could change them."""

from __future__ import annotations

from functools import cache, wraps
from inspect import signature
from typing import Any, TypeAlias

import litellm

from headroom import Headroom
from headroom.sdk.requests import Requests
from headroom_litellm._callback import covered

Argument: TypeAlias = Any
Answer: TypeAlias = Any
Call: TypeAlias = Any

_patches: list[Call] = []
"""What we put in place of `litellm.completion`: one function, or none."""


def completion(*args: Argument, headroom: Headroom | None = None, **options: Argument) -> Answer:
    """Calls `litellm.completion` with a shorter conversation. What you pass in stays as it is.

    Args:
        args: As of `litellm.completion`.
        headroom: Compresses; default: the one behind `headroom.compress`.
        options: As of `litellm.completion`.
    """
    return _compressing(litellm.completion, headroom)(*args, **options)


def patch(*, headroom: Headroom | None = None) -> None:
    """Makes `litellm.completion` compress, also that of a Router; `unpatch` takes it back.

    Twice is once. Code that imported the function from LiteLLM before keeps the one that it has.

    Args:
        headroom: Compresses; default: the one behind `headroom.compress`.
    """
    if litellm.completion not in _patches:
        _patches[:] = [_compressing(litellm.completion, headroom)]
        litellm.completion = _patches[0]


def unpatch() -> None:
    """Makes `litellm.completion` what it was before `patch`."""
    if litellm.completion in _patches:
        litellm.completion = _patches.pop().__wrapped__


@cache
def _compressing(inner: Call, headroom: Headroom | None) -> Call:
    requests = Requests(headroom)
    names = tuple(signature(inner).parameters)

    @wraps(inner)
    def call(*args: Argument, **options: Argument) -> Answer:
        if covered.get():
            return inner(*args, **options)
        named = {**dict(zip(names, args, strict=False)), **options}
        shorter = requests.shorter_in("messages", named)
        before = covered.set(True)
        try:
            return inner(**(shorter if isinstance(shorter, dict) else named))
        finally:
            covered.reset(before)

    return call
