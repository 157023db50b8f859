"""The simulated provider without its sockets: from a request's bytes to an answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Protocol, TypeAlias

from headroom.errors import FormatError
from headroom.pricing import price_of
from headroom.tokenizers import for_model
from headroom.types import JSON
from headroom_testing.simulator import openai_responses
from headroom_testing.simulator.caches import AutomaticCache, Clock, MarkedCache, Usage
from headroom_testing.simulator.prompts import Count, Prompt, read_prompt
from headroom_testing.simulator.recording import Recorded
from headroom_testing.simulator.script import Refusal, Reply, Reset, Script, script_of
from headroom_testing.simulator.seals import Sealer, broken_seals
from headroom_testing.simulator.turns import Rendered, Turn

MINIMUM = 1024
"""Tokens of the shortest prefix that is cached, for models that our prices do not know."""

Kept: TypeAlias = Mapping[str, Sequence[JSON]]
"""The items of conversations, by the names of the responses with which they end."""

BOUND = "The block is bound to a different conversation"


class Shape(Protocol):
    """One API: how it refuses, what it refuses, and how it answers. The modules are of this shape.

    Attributes:
        FIELD: Of the request that holds the messages.
    """

    FIELD: str

    def refuse(self, status: int, message: str) -> JSON:
        """Returns the body of an error."""
        ...

    def wrong(self, request: JSON, prompt: Prompt) -> str | None:
        """Returns what the API refuses a request for, or None."""
        ...

    def render(self, turn: Turn) -> Rendered:
        """Returns the answer as JSON and as events."""
        ...


@dataclass(frozen=True, slots=True)
class Answered:
    """What the model answers, rendered."""

    rendered: Rendered
    reply: Reply
    usage: Usage


class Provider:
    """Takes requests of every shape, in order, and answers by a script.

    Args:
        script: A function from a request to its answer, or answers in order.
        strict: Whether thinking that is presented with a changed prefix is refused with 400, as
            newer models do; else it is only noted in `violations`.
        clock: Returns the time in seconds; cache entries lapse by it.
        count: Counts tokens; default: exactly, with GPT-4o's tokenizer, for every model.

    Attributes:
        requests: All requests, as they came in.
        usages: What each answered prompt cost, in order.
        violations: One sentence for each thought whose prefix was changed.
        cancelled: Requests whose client went away before the answer was complete.
    """

    def __init__(
        self,
        script: Script = (),
        *,
        strict: bool = True,
        clock: Clock = time.monotonic,
        count: Count | None = None,
    ) -> None:
        self.requests: list[Recorded] = []
        self.usages: list[Usage] = []
        self.violations: list[str] = []
        self.cancelled: list[Recorded] = []
        self.clock = clock
        self._answer = script_of(script)
        self._strict = strict
        self._count = count or _exact()
        self._caches: dict[str, MarkedCache | AutomaticCache] = {}
        self._kept: dict[str, list[JSON]] = {}

    def play(self, script: Script) -> None:
        """Goes on with another script."""
        self._answer = script_of(script)

    def answer(
        self,
        shape: Shape,
        request: JSON,
        recorded: Recorded,
        model: str,
        kept: Kept = MappingProxyType({}),
    ) -> Answered | Refusal | Reset:
        """Returns the answer to a request, which is in `requests` already.

        Args:
            shape: Of the request.
            request: The body.
            recorded: The same as it came.
            model: That it names.
            kept: Responses that it may follow on from besides those that are stored.
        """
        try:
            request = self._whole(request, kept) if shape is openai_responses else request
            if not isinstance(request.get(shape.FIELD), list):
                return Refusal(400, f"{shape.FIELD}: expected a list")
            prompt = read_prompt(request, self._count)
        except FormatError as error:
            return Refusal(400, str(error))
        reason = shape.wrong(request, prompt) or self._changed(prompt)
        if reason is not None:
            return Refusal(400, reason)
        said = self._answer(recorded)
        if not isinstance(said, Reply):
            return said
        usage = self._cache(model).take(prompt)
        self.usages.append(usage)
        turn = Turn(request, model, said, usage, len(self.usages), Sealer(prompt), self._count)
        rendered = shape.render(turn)
        if shape is openai_responses and request.get("store") is not False:
            self._keep(request, rendered.payload)
        return Answered(rendered, said, usage)

    def tokens(self, request: JSON) -> int:
        """Returns the tokens of a request.

        Raises:
            FormatError: It is no request.
        """
        return read_prompt(request, self._count).tokens

    def prewarm(self, request: JSON, model: str, kept: Kept) -> JSON:
        """Returns the empty response to a request that asks for none.

        Raises:
            FormatError: It is no request.
        """
        request = self._whole(request, kept)
        prompt = read_prompt(request, self._count)
        usage = self._cache(model).take(prompt)
        self.usages.append(usage)
        reply = Reply(parts=())
        turn = Turn(request, model, reply, usage, len(self.usages), Sealer(prompt), self._count)
        payload = openai_responses.response(turn, [])
        if request.get("store") is not False:
            self._keep(request, payload)
        return payload

    def _changed(self, prompt: Prompt) -> str | None:
        broken = broken_seals(prompt)
        self.violations += [
            f"request {len(self.requests)}: piece {n} of {len(prompt.pieces)}: {BOUND}"
            for n in broken
        ]
        return self.violations[-1] if broken and self._strict else None

    def _cache(self, model: str) -> MarkedCache | AutomaticCache:
        if model not in self._caches:
            price = price_of(model)
            minimum = (price.minimum if price else None) or MINIMUM
            marked = price.cache.marked if price else model.startswith("claude")
            if marked:
                self._caches[model] = MarkedCache(self.clock, minimum)
            else:
                self._caches[model] = AutomaticCache(self.clock, minimum)
        return self._caches[model]

    def _whole(self, request: JSON, kept: Kept) -> JSON:
        """Returns a request of the responses API with the items that it refers to."""
        items = openai_responses.items_of(request)
        previous = request.get("previous_response_id")
        if not isinstance(items, list):
            return {**request, "input": items}
        items = [self._referred_to(item) for item in items]
        if previous is None:
            return {**request, "input": items}
        before = kept.get(previous, self._kept.get(previous))
        if before is None:
            raise FormatError(f"Previous response with id {previous!r} not found.")
        return {**request, "input": [*before, *items]}

    def _referred_to(self, item: JSON) -> JSON:
        """Returns the item that another one refers to, or that one itself."""
        if not isinstance(item, dict) or item.get("type") != "item_reference":
            return item
        for kept in (one for items in self._kept.values() for one in items):
            if kept.get("id") == item.get("id"):
                return kept
        raise FormatError(f"Item with id {item.get('id')!r} not found.")

    def _keep(self, request: JSON, payload: JSON) -> None:
        self._kept[payload["id"]] = [*request["input"], *payload["output"]]


@cache
def _exact() -> Callable[[str], int]:
    return lru_cache(maxsize=4096)(for_model("gpt-4o").count)  # each turn sends the history again
