"""Requests of an SDK whose retrievals are answered within the same call, as a gateway would."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from headroom.answering import Answering
from headroom.engine import Headroom
from headroom.formats import FORMATS
from headroom.pipeline.run import attempt
from headroom.sessions import Sessions, Way
from headroom.types import JSON

_log = logging.getLogger("headroom")


@dataclass(frozen=True, slots=True)
class Asked:
    """What goes out.

    Attributes:
        body: The request.
        answering: Takes the answer, where the model was told of a tool that the caller does not know.
    """

    body: object
    answering: Answering | None = None


class Resolving:
    """Compresses the requests of a client, and knows what answers them.

    Args:
        headroom: Whose policy, store and hooks are used.
    """

    def __init__(self, headroom: Headroom) -> None:
        policy = headroom.policy
        self._sessions = Sessions(headroom.store, hooks=headroom.hooks)
        self._way = Way(
            policy=replace(policy, omit=False), retrieving=policy if policy.omit else None
        )

    def asked(self, body: Mapping[str, JSON], wire: str, *, counts: bool = False) -> Asked:
        """Returns what goes out for a request.

        Args:
            body: As the caller has it.
            wire: The name of its wire format.
            counts: Whether no model is going to read it.
        """
        wire_format = next(one for one in FORMATS if one.name == wire)
        data = attempt(partial(json.dumps, body, default=_plain))
        if isinstance(data, Exception):
            _log.warning("error=<%r> | a request goes out as it came", data)
            return Asked(body)
        way = replace(self._way, records=not counts)
        sent = self._sessions.forward(data.encode(), way, wire_format=wire_format)
        if sent is None:
            return Asked(body)
        if not sent.retrieves or counts:
            return Asked(json.loads(sent.body))
        return Asked(json.loads(sent.body), Answering(self._sessions, sent, wire_format))


def _plain(model: Any) -> JSON:  # noqa: ANN401 - the SDKs'
    """Returns what an object of an SDK is in JSON, where a request is made by hand."""
    return model.to_dict()
