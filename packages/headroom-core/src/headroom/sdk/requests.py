"""From the body of an SDK's request to the body that goes out."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import TypeVar
from urllib.parse import urlsplit

from headroom.api import default
from headroom.ccr.tool import is_retrieve_tool
from headroom.engine import Headroom
from headroom.formats import FORMATS
from headroom.pipeline.run import attempt
from headroom.policy import DEFAULT_MODEL
from headroom.sdk.resolving import Asked, Resolving
from headroom.types import JSON, Conversation, Edit

M = TypeVar("M")

_log = logging.getLogger("headroom")

_CONVERSATIONS = {
    "/messages": "anthropic_messages",
    "/chat/completions": "openai_chat",
    "/responses": "openai_responses",
}
"""Requests that hold a conversation, by how their path ends, and their wire format."""

_COUNTS = ("/count_tokens", "/input_tokens")
"""What counts tokens counts those that would be sent."""

_FIELDS = {wire_format.name: wire_format.field for wire_format in FORMATS}


class Requests:
    """Compresses the requests of a client.

    Args:
        headroom: Compresses; default: the one behind `headroom.compress`.
        resolves: Whether the model is told of the retrieve tool, and its calls are answered.
    """

    def __init__(self, headroom: Headroom | None = None, *, resolves: bool = False) -> None:
        self._given = headroom
        self.resolves = resolves

    @cached_property
    def _omitting(self) -> Headroom:
        return self._given or default()

    @cached_property
    def _lossless(self) -> Headroom:
        return self._omitting.under(replace(self._omitting.policy, omit=False))

    @cached_property
    def _resolving(self) -> Resolving:
        return Resolving(self._omitting)

    def asked(self, url: str, body: object) -> Asked:
        """Returns what goes out, and what takes the answer."""
        wire, counts = _wire_of(url)
        if not wire:
            return Asked(body)
        if self.resolves and isinstance(body, Mapping):
            return self._resolving.asked(body, wire, counts=counts)
        return Asked(self.shorter_in(_FIELDS[wire], body))

    def allowed(self, tools: object) -> Headroom:
        """Returns what compresses a request with these tools: it leaves lines out only where they
        let the model ask.
        """
        return self._omitting if offers_retrieval(tools) else self._lossless

    def edited(
        self,
        messages: Sequence[M],
        read: Callable[[Sequence[M]], Conversation],
        write: Callable[[Sequence[M], Sequence[Edit]], list[M]],
        *,
        tools: object = None,
        model: str = DEFAULT_MODEL,
    ) -> list[M]:
        """Returns the messages of a framework as they go out; whatever fails, as they came.

        Args:
            messages: The conversation, in objects of the framework.
            read: Returns every text of the messages that the model reads.
            write: Returns the messages with texts in the places where paths lead.
            tools: What the model is offered. Lines are left out only where it can ask for them.
            model: Whose tokenizer counts.
        """

        def compressed() -> list[M]:
            outcome = self.allowed(tools).decide(read(messages), model=model)
            return write(messages, outcome.edits)

        done = attempt(compressed)
        if isinstance(done, Exception):
            _log.warning("error=<%r> | messages go out as they came", done)
            return list(messages)
        return done

    def shorter_in(self, field: str, body: object) -> object:
        """Returns the body that goes out, where it is known which field holds its conversation."""
        if not isinstance(body, Mapping) or not isinstance(body.get(field), list):
            return body
        messages: list[JSON] = body[field]
        headroom = self.allowed(body.get("tools"))
        model = body.get("model")
        compress = partial(
            headroom.compress, messages, model=model if isinstance(model, str) else DEFAULT_MODEL
        )
        result = attempt(compress)
        if isinstance(result, Exception):
            _log.warning("error=<%r> | a request goes out as it came", result)
            return body
        return {**body, field: list(result)} if result.tokens_saved else body


def offers_retrieval(tools: object) -> bool:
    """Returns whether a request's tools let the model ask for what was left out."""
    if not isinstance(tools, Iterable):
        return False
    return any(is_retrieve_tool(_name_of(tool)) for tool in tools)


def _name_of(tool: object) -> str:
    """Returns the name in a tool's definition, or that of a framework's object."""
    if not isinstance(tool, Mapping):
        return str(getattr(tool, "name", ""))
    function = tool.get("function")
    name = (function if isinstance(function, Mapping) else tool).get("name")
    return name if isinstance(name, str) else ""


def _wire_of(url: str) -> tuple[str, bool]:
    """Returns the wire format of what is sent to a URL, or nothing, and whether it only counts."""
    path = urlsplit(url).path
    ending = next((end for end in _COUNTS if path.endswith(end)), "")
    path = path.removesuffix(ending)
    wires = (wire for end, wire in _CONVERSATIONS.items() if path.endswith(end))
    return next(wires, ""), bool(ending)
