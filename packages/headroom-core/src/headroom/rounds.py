"""The retrieve tool in requests that are forwarded: declared from the first request on, or never."""

from __future__ import annotations

from collections.abc import Sequence

from headroom.ccr.lineage import Record, key_of_tools, lineage
from headroom.ccr.tool import is_retrieve_tool, retrieve_tool
from headroom.errors import StoreError
from headroom.formats import anthropic_messages, anthropic_rounds
from headroom.formats._body import Body
from headroom.ledger import Ledger
from headroom.types import JSON, Hidden, Insertion, Round


class Rounds:
    """Whether a conversation declares the tool, and what was answered without its client.

    Args:
        ledger: Knows it.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def declares(
        self, request: Body, root: bytes, *, wanted: bool, begins: bool, records: bool
    ) -> bool:
        """Returns whether a request goes out with the tool.

        Args:
            request: As the client sent it.
            root: The key of its first message.
            wanted: Whether it should, if it may.
            begins: Whether no model has answered in this conversation.
            records: Whether a model is going to read this.
        """
        if request.wire_format is not anthropic_messages.FORMAT or not root:
            return False
        tools = anthropic_rounds.tools(request)
        if not tools:
            return False
        key = key_of_tools(root)
        found, complete = self._ledger.recall([key])
        if found or not complete:
            return any(one.declares for one in found)
        record = Record(declares=wanted and begins and not _has_own(tools))
        if not records:
            return record.declares
        try:
            self._ledger.record([key], [record])
        except StoreError:
            self._ledger.hold([key], [Record()])
        return any(one.declares for one in self._ledger.recall([key])[0])

    def can_retrieve(self, request: Body, *, declared: bool) -> bool:
        """Returns whether the model can ask for what is left out of this request."""
        if request.wire_format is not anthropic_messages.FORMAT:
            return False
        has_tool = declared or _has_own(anthropic_rounds.tools(request))
        return has_tool and anthropic_rounds.may_call(request)

    def declaration(self, request: Body) -> Insertion:
        """Returns how the tool is added to a request."""
        return anthropic_rounds.declaration(request, retrieve_tool("anthropic"))

    def answered(self, after: bytes, message: JSON, rounds: Sequence[Round]) -> None:
        """Records what an answer held that its client does not get, before it has the whole.

        Args:
            after: The lineage of what the model answered to.
            message: What the client gets.
            rounds: The rest.
        """
        (key,) = lineage(anthropic_messages.FORMAT.read([message]).messages, after)
        record = Record(hidden=Hidden(anthropic_rounds.kinds(message["content"]), tuple(rounds)))
        if not key:
            return  # nothing that a client could send again
        try:
            self._ledger.record([key], [record])
        except StoreError:
            self._ledger.hold([key], [record])


def _has_own(tools: Sequence[str]) -> bool:
    """Returns whether the client answers such calls itself, as over MCP."""
    return any(map(is_retrieve_tool, tools))
