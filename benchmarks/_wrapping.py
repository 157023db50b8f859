"""A plugin of pytest: every client of a provider's SDK that a test makes is one of `with_headroom`.

Loaded with `-p` by `sdk_suites.py`. Constructors give the object that a test holds all that
`with_headroom` gives to the one that it returns, so that fixtures, tests and subclasses alike get one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from importlib import import_module
from typing import Any, TypeAlias

import pytest

from headroom import Headroom, with_headroom

Client: TypeAlias = Any
Kind: TypeAlias = Any

_WAYS = ("compress", "resolve")
_made = [0]
_depth = [0]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds how clients are wrapped, and of which SDK."""
    parser.addoption("--headroom", choices=_WAYS)
    parser.addoption("--sdk", choices=("anthropic", "openai"))


def pytest_configure(config: pytest.Config) -> None:
    """Has the constructors make wrapped clients."""
    resolve = config.getoption("--headroom") == "resolve"
    headroom = Headroom(store="memory:")

    def wrap(client: Client) -> Client:
        return with_headroom(client, headroom=headroom, resolve=resolve)

    for kind in list(_kinds(config.getoption("--sdk"))):
        kind.__init__ = _wrapping(kind.__init__, wrap)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says how many there were."""
    terminalreporter.write_line(f"clients made by with_headroom: {_made[0]}")


def _kinds(sdk: str) -> Iterator[Kind]:
    """Yields the classes of clients that have a constructor of their own."""
    base = import_module(f"{sdk}._base_client")
    wanted: list[Kind] = [base.SyncAPIClient, base.AsyncAPIClient]
    while wanted:
        wanted += wanted[0].__subclasses__()
        kind = wanted.pop(0)
        if kind.__module__ != base.__name__ and "__init__" in vars(kind):
            yield kind


def _wrapping(init: Callable[..., None], wrap: Callable[[Client], Client]) -> Callable[..., None]:
    """Returns a constructor whose object is a wrapped one, unless `wrap` itself is at work."""

    @wraps(init)
    def made(self: Client, *args: object, **options: object) -> None:
        _depth[0] += 1
        try:
            init(self, *args, **options)
            if _depth[0] == 1 and not _is_copied(self):
                _become(self, wrap(self))
                _made[0] += 1
        finally:
            _depth[0] -= 1

    return made


def _is_copied(client: Client) -> bool:
    """Returns whether a wrapped client makes this one, and is going to wrap it."""
    kind: Kind = type(client)
    return bool(kind.__name__ == kind.__base__.__name__)


def _become(self: Client, wrapped: Client) -> None:
    self.__class__ = type(wrapped)
    if hasattr(wrapped, "_middleware_chain"):  # ends in the object that it is asked of
        self._middleware = wrapped._middleware
        self._middleware_chain = self._build_middleware_chain()
    else:
        self._headroom = wrapped._headroom
