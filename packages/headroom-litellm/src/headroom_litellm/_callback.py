"""The callback: it has a request right before it is sent, after a deployment was chosen for it.

The only hook of LiteLLM that sees every asynchronous call, and whose answer is what is sent.
"""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, TypeAlias

from litellm.integrations.custom_logger import CustomLogger
from litellm.types.utils import CallTypes

from headroom import Headroom
from headroom.sdk.requests import Requests

Options: TypeAlias = dict[str, Any]
Call: TypeAlias = Any

_FIELDS = {
    CallTypes.acompletion: "messages",
    CallTypes.anthropic_messages: "messages",
    CallTypes.aresponses: "input",
    CallTypes.responses: "input",
}
"""Calls that hold a conversation, and its field."""

_SYNC = CallTypes.completion.value
"""The call that no callback can change."""

covered: ContextVar[bool] = ContextVar("covered", default=False)
"""Whether the call under way was compressed before it came to LiteLLM."""


class HeadroomCallback(CustomLogger):
    """Compresses the conversations of LiteLLM's calls. What the caller passes in stays as it is.

    It covers `acompletion`, `aresponses`, `responses`, `anthropic_messages`, streams, the Router and the
    proxy. LiteLLM gives callbacks no way to change a synchronous `completion`, see `patch`. Lines are
    left out only from requests whose tools offer `headroom_retrieve` (see `headroom.retrieve_tool`).

    Args:
        headroom: Compresses; default: the one behind `headroom.compress`.

    Example:
        >>> litellm.callbacks = [HeadroomCallback()]
    """

    def __init__(self, *, headroom: Headroom | None = None) -> None:
        super().__init__()
        self._requests = Requests(headroom)
        self._warned: set[str] = set()

    async def async_pre_call_deployment_hook(
        self, kwargs: Options, call_type: CallTypes | None
    ) -> Options | None:
        """Returns the request with a shorter conversation, or None to leave it as it is."""
        if call_type is None or call_type not in _FIELDS:
            return None
        field = _FIELDS[call_type]
        if field not in kwargs:
            self._warn(
                f"litellm.{call_type.value} goes out uncompressed: pass {field}=… by its name; "
                "LiteLLM shows callbacks no arguments without one"
            )
        shorter = await asyncio.to_thread(self._requests.shorter_in, field, kwargs)
        return shorter if isinstance(shorter, dict) and shorter is not kwargs else None

    def log_pre_api_call(self, model: str, messages: object, kwargs: Mapping[str, Call]) -> None:
        """Warns once of calls that go out uncompressed."""
        del model, messages
        if kwargs.get("call_type") == _SYNC and not covered.get():
            self._warn(
                "litellm.completion goes out uncompressed: LiteLLM gives callbacks no way to change "
                "a synchronous call; use headroom_litellm.completion, or headroom_litellm.patch()"
            )

    def _warn(self, sentence: str) -> None:
        if sentence not in self._warned:
            self._warned.add(sentence)
            warnings.warn(sentence, RuntimeWarning, stacklevel=2)
