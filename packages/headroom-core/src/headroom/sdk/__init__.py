"""Clients of the providers' own SDKs that send less: same types, same calls, same answers."""

from __future__ import annotations

from typing import TypeVar

from headroom.engine import Headroom
from headroom.sdk.requests import Requests

C = TypeVar("C")

_EXPECTED = (
    "expected a client of the anthropic or the openai package, as Anthropic(), AsyncAnthropic(), "
    "OpenAI() or AsyncOpenAI(), got {}"
)


_BASES = ("SyncAPIClient", "AsyncAPIClient")
_PACKAGES = ("anthropic", "openai")


def with_headroom(client: C, *, headroom: Headroom | None = None, resolve: bool = False) -> C:
    """Returns a client like `client` that compresses conversations before it sends them.

    The new client is of the same type and shares the connections of `client`, which stays as it is.
    What you pass in is never modified. Lines are left out only from requests whose tools offer
    `headroom_retrieve` (see `headroom.retrieve_tool`), because no model could ask for them otherwise;
    without it, encodings that lose nothing are used. With `resolve`, requests of conversations that
    begin with tools of yours offer it without your knowledge: its calls are answered within the same
    call, and in later requests stand where they were.

    Args:
        client: `Anthropic`, `AsyncAnthropic`, `OpenAI`, `AsyncOpenAI`, or one of their relatives for
            other clouds. One that does this already comes back as it is.
        headroom: Compresses; default: the one behind `headroom.compress`.
        resolve: Whether calls of `headroom_retrieve` are answered for you. Then a conversation's
            requests are also remembered in the store, so that they only ever grow, whoever sends them.

    Raises:
        TypeError: It is none of these, or `resolve` is asked of `AnthropicBedrock`, whose streams are
            no server-sent events.

    Example:
        >>> client = with_headroom(Anthropic(api_key="…"))
        >>> type(client).__name__
        'Anthropic'
    """
    match _sdk_of(client):
        case "anthropic":
            from headroom.sdk.anthropic import wrapped  # noqa: PLC0415 - whoever has such a client
        case "openai":
            from headroom.sdk.openai import wrapped  # noqa: PLC0415 - has its package
        case _:
            raise TypeError(_EXPECTED.format(type(client).__name__))
    made: C = wrapped(client, Requests(headroom, resolves=resolve))
    return made


def without_headroom(client: C) -> C:
    """Returns a client like `client` that sends what it is given.

    Raises:
        TypeError: It is no client that `with_headroom` takes.
    """
    match _sdk_of(client):
        case "anthropic":
            from headroom.sdk.anthropic import unwrapped  # noqa: PLC0415 - as above
        case "openai":
            from headroom.sdk.openai import unwrapped  # noqa: PLC0415 - as above
        case _:
            raise TypeError(_EXPECTED.format(type(client).__name__))
    made: C = unwrapped(client)
    return made


def _sdk_of(client: object) -> str:
    """Returns the package that a client's class, or one that it is made from, comes from."""
    bases = (base for base in type(client).__mro__ if base.__name__ in _BASES)
    packages = (base.__module__.partition(".")[0] for base in bases)
    return next((package for package in packages if package in _PACKAGES), "")
