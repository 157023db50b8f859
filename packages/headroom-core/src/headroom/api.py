"""The functions that most callers need. What they stand on is loaded by the first call, so that
`import headroom` costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from headroom.policy import DEFAULT_MODEL, Policy
from headroom.result import Result
from headroom.types import JSON

if TYPE_CHECKING:
    from headroom.engine import Headroom


@cache
def default() -> Headroom:
    """Returns the process-wide instance behind the module-level functions."""
    from headroom.engine import Headroom  # noqa: PLC0415 - patterns and SQLite cost 100 ms to load

    return Headroom()


@cache
def _under(policy: Policy) -> Headroom:
    return default().under(policy)


def compress(
    messages: Sequence[JSON],
    *,
    model: str = DEFAULT_MODEL,
    query: str | None = None,
    policy: Policy | None = None,
) -> Result:
    """Returns the messages, shorter, in the same shape. See `Headroom.compress`.

    Example:
        >>> compress([{"role": "user", "content": "hello"}]).tokens_saved
        0
    """
    return _with(policy).compress(messages, model=model, query=query)


async def acompress(
    messages: Sequence[JSON],
    *,
    model: str = DEFAULT_MODEL,
    query: str | None = None,
    policy: Policy | None = None,
) -> Result:
    """Returns what `compress` returns, without blocking the event loop."""
    import asyncio  # noqa: PLC0415 - whoever awaits has it; nobody else should pay for it

    return await asyncio.to_thread(compress, messages, model=model, query=query, policy=policy)


def restore(messages: Sequence[JSON]) -> list[JSON]:
    """Returns the original messages behind compressed ones. See `Headroom.restore`."""
    return default().restore(messages)


def retrieve(
    ref: str,
    *,
    query: str | None = None,
    lines: str | None = None,
    rows: str | None = None,
    path: str | None = None,
    max_tokens: int | None = None,
) -> str:
    """Returns the original behind a reference, or the part asked for. See `Headroom.retrieve`."""
    return default().retrieve(
        ref, query=query, lines=lines, rows=rows, path=path, max_tokens=max_tokens
    )


def _with(policy: Policy | None) -> Headroom:
    return default() if policy is None else _under(policy)
