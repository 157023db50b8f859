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
from headroom.pipeline.run import attempt
from headroom.policy import DEFAULT_MODEL
from headroom.types import JSON, Conversation, Edit

M = TypeVar("M")

_log = logging.getLogger("headroom")

_FIELDS = {
    "/messages": "messages",
    "/messages/count_tokens": "messages",
    "/chat/completions": "messages",
    "/responses": "input",
    "/responses/input_tokens": "input",
}
"""Requests that hold a conversation, by how their path ends, and its field. What counts tokens counts
those that would be sent."""


class Requests:
    """Compresses the requests of a client.

    Args:
        headroom: Compresses; default: the one behind `headroom.compress`.
    """

    def __init__(self, headroom: Headroom | None = None) -> None:
        self._given = headroom

    @cached_property
    def _omitting(self) -> Headroom:
        return self._given or default()

    @cached_property
    def _lossless(self) -> Headroom:
        return self._omitting.under(replace(self._omitting.policy, omit=False))

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

    def shorter(self, url: str, body: object) -> object:
        """Returns the body that goes out: `body` itself where there is nothing to compress."""
        field = _field_of(url)
        return body if field is None else self.shorter_in(field, body)

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


def _field_of(url: str) -> str | None:
    path = urlsplit(url).path
    return next((field for end, field in _FIELDS.items() if path.endswith(end)), None)
