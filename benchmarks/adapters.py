"""What an adapter adds to `compress` itself, per call, in a session that grows turn by turn.

    .venvs/langchain/bin/python benchmarks/adapters.py
    .venvs/litellm/bin/python benchmarks/adapters.py

Measures the adapter whose framework the environment has: a call through it, less the same call of
the bare framework, less `compress` of the same messages. No provider is asked.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from statistics import median
from typing import Any, TypeAlias

from workloads import coding_session

from headroom import Headroom, retrieve_tool

Message: TypeAlias = Any
Call: TypeAlias = Callable[[list[Message]], object]

Figures: TypeAlias = tuple[float, ...]

ROUNDS = 15
LIMIT = 1.0
"""Milliseconds per call: the mark."""


def langchain(headroom: Headroom) -> Iterator[tuple[str, Call, Call]]:
    """Yields calls of a bare model and of one that compresses."""
    from langchain_core.language_models import FakeListChatModel  # noqa: PLC0415 - one is here
    from langchain_core.messages import convert_to_messages  # noqa: PLC0415 - as above

    from headroom_langchain import HeadroomChatModel  # noqa: PLC0415 - as above

    known: dict[int, Message] = {}

    def said(messages: list[Message]) -> list[Message]:
        return [known.setdefault(id(m), convert_to_messages([m])[0]) for m in messages]

    tools = [retrieve_tool("openai")]
    bare = FakeListChatModel(responses=["Done."]).bind(tools=tools)
    model = HeadroomChatModel(FakeListChatModel(responses=["Done."]), headroom=headroom).bind(
        tools=tools
    )
    yield "invoke", lambda m: bare.invoke(said(m)), lambda m: model.invoke(said(m))


def litellm(headroom: Headroom) -> Iterator[tuple[str, Call, Call]]:
    """Yields calls of the hook that returns what it got, and of ours."""
    from litellm.types.utils import CallTypes  # noqa: PLC0415 - one framework is here

    from headroom_litellm import HeadroomCallback  # noqa: PLC0415 - as above

    loop = asyncio.new_event_loop()
    callback = HeadroomCallback(headroom=headroom)
    tools = [retrieve_tool("openai")]

    async def nothing() -> None:
        return None

    def hook(messages: list[Message]) -> object:
        given = {"model": "gpt-4o", "messages": messages, "tools": tools}
        work = callback.async_pre_call_deployment_hook(given, CallTypes.acompletion)
        return loop.run_until_complete(work)

    yield "acompletion", lambda _: loop.run_until_complete(nothing()), hook
    loop.close()


def timed(call: Call, messages: list[Message]) -> float:
    """Returns milliseconds."""
    start = time.perf_counter()
    call(messages)
    return (time.perf_counter() - start) * 1000


def turns(messages: list[Message]) -> list[int]:
    """Returns after how many messages a request is made."""
    answers = [n for n, m in enumerate(messages) if m["role"] == "assistant"]
    return [*answers[1:], len(messages)]


def best(before: Figures | None, now: Figures) -> Figures:
    """Returns the shorter of each duration: what else the machine does only adds to them."""
    return now if before is None else tuple(map(min, before, now))


def main() -> None:
    """Prints a line for each kind of call."""
    messages = coding_session()
    size = len(json.dumps(messages)) // 1000
    print(f"{'call':<24} {'compress':>9} {'adapter':>9} {'added':>7} {'most':>7}   ms per call")
    for maker in (m for m in (langchain, litellm) if find_spec(f"headroom_{m.__name__}")):
        rows: dict[tuple[str, int], Figures] = {}
        for _ in range(ROUNDS):
            alone = partial(Headroom(store="memory:").compress, model="gpt-4o")
            for name, bare, through in maker(Headroom(store="memory:")):
                for end in turns(messages):
                    part = messages[:end]
                    spent = (
                        timed(bare, part),
                        timed(through, part),
                        timed(alone, part),
                    )
                    rows[name, end] = best(rows.get((name, end)), spent)
        for name in dict.fromkeys(name for name, _ in rows):
            figures = [spent for (one, _), spent in rows.items() if one == name]
            added = [through - bare - inside for bare, through, inside in figures]
            inside, adapter = median(f[2] for f in figures), median(f[1] - f[0] for f in figures)
            mark = "" if median(added) <= LIMIT else f"   over the mark of {LIMIT} ms"
            columns = f"{inside:9.2f} {adapter:9.2f} {median(added):7.2f} {max(added):7.2f}{mark}"
            print(f"{maker.__name__ + ' ' + name:<24} {columns}")
    print(
        f"coding session of {len(messages)} messages, {size} KB, in {len(turns(messages))} turns; "
        f"best of {ROUNDS} each; median and most of the turns"
    )


if __name__ == "__main__":
    main()
