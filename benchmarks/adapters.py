"""What an adapter adds to `compress` itself, per call, in a session that grows turn by turn.

    .venvs/langchain/bin/python benchmarks/adapters.py
    .venvs/litellm/bin/python benchmarks/adapters.py

and likewise with agno, asgi and strands. Measures the adapter whose framework the environment has: a call through it, less the same call of
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


def agno(headroom: Headroom) -> Iterator[tuple[str, Call, Call]]:
    """Yields calls of a bare model and of one that compresses."""
    from agno.models.base import Model  # noqa: PLC0415 - one framework is here
    from agno.models.message import Message as Said  # noqa: PLC0415 - as above

    from headroom_agno import HeadroomAgnoModel  # noqa: PLC0415 - as above

    def nothing(*_: Message, **__: Message) -> None:
        return None

    names = ("invoke", "ainvoke", "invoke_stream", "ainvoke_stream")
    parsing = ("_parse_provider_response", "_parse_provider_response_delta")
    silent: Message = type("Silent", (Model,), dict.fromkeys((*names, *parsing), nothing))
    bare = silent(id="gpt-4o")
    model = HeadroomAgnoModel(bare, headroom=headroom)
    tools = [retrieve_tool("openai")]
    known: dict[int, Message] = {}

    def said(messages: list[Message]) -> list[Message]:
        return [known.setdefault(id(m), Said(**m)) for m in messages]

    yield (
        "invoke",
        lambda m: bare.invoke(said(m), tools=tools),
        lambda m: model.invoke(said(m), tools=tools),
    )


def strands(headroom: Headroom) -> Iterator[tuple[str, Call, Call]]:
    """Yields calls of a bare model and of one that compresses."""
    from strands.models import Model  # noqa: PLC0415 - one framework is here

    from headroom_strands import HeadroomStrandsModel  # noqa: PLC0415 - as above

    class Silent(Model):  # type: ignore[misc] # not installed where types are checked
        def update_config(self, **_: Message) -> None:
            return None

        def get_config(self) -> Message:
            return {"model_id": "gpt-4o"}

        async def structured_output(self, *_: Message, **__: Message) -> Message:
            yield {}

        async def stream(self, *_: Message, **__: Message) -> Message:
            yield {}

    bare = Silent()
    model = HeadroomStrandsModel(bare, headroom=headroom)
    loop = asyncio.new_event_loop()
    tools = [retrieve_tool("anthropic")]
    known: dict[int, Message] = {}

    def said(messages: list[Message]) -> list[Message]:
        return [known.setdefault(id(m), in_converse(m)) for m in messages]

    async def all_of(stream: Message) -> None:
        async for _ in stream:
            pass

    def call(one: Message) -> Call:
        return lambda m: loop.run_until_complete(all_of(one.stream(said(m), tools)))

    yield "stream", call(bare), call(model)
    loop.close()


def in_converse(message: Message) -> Message:
    """Returns an OpenAI message in the shape of Bedrock's Converse API, which Strands has."""
    if message["role"] == "tool":
        content = [{"text": message["content"]}]
        result = {"toolUseId": message["tool_call_id"], "status": "success", "content": content}
        return {"role": "user", "content": [{"toolResult": result}]}
    said = [{"text": message["content"]}] if message["content"] else []
    for call in message.get("tool_calls", ()):
        arguments = json.loads(call["function"]["arguments"])
        use = {"toolUseId": call["id"], "name": call["function"]["name"], "input": arguments}
        said.append({"toolUse": use})
    return {"role": "assistant" if message["role"] == "assistant" else "user", "content": said}


def asgi(headroom: Headroom) -> Iterator[tuple[str, Call, Call]]:
    """Yields requests to a bare app and to one behind the middleware, which keeps a ledger."""
    from anyio.from_thread import BlockingPortal, start_blocking_portal  # noqa: PLC0415 - as below

    from headroom_asgi import CompressionMiddleware  # noqa: PLC0415 - not in all environments

    async def app(_: Message, receive: Message, send: Message) -> None:
        await receive()

    wrapped = CompressionMiddleware(app, store=headroom.store)
    known: dict[int, bytes] = {}

    def call(portal: BlockingPortal, one: Message) -> Call:
        def request(messages: list[Message]) -> None:
            asked = {"model": "gpt-4o", "messages": messages, "tools": [retrieve_tool("openai")]}
            body = known.setdefault(len(messages), json.dumps(asked).encode())

            async def receive() -> Message:
                return {"type": "http.request", "body": body}

            scope = {"type": "http", "method": "POST", "path": "/v1/chat/completions"}
            portal.call(one, {**scope, "headers": []}, receive, receive)

        return request

    with start_blocking_portal() as portal:  # one loop for all requests, as in a server
        yield "request", call(portal, app), call(portal, wrapped)


ADAPTERS = (agno, asgi, langchain, litellm, strands)


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
    for maker in (m for m in ADAPTERS if find_spec(f"headroom_{m.__name__}")):
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
