"""The retrieve tool in requests that are forwarded: declared from the first request on, or never."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace

from headroom.ccr.lineage import Record, key_of_answer, key_of_tools, lineage
from headroom.ccr.tool import is_retrieve_tool, retrieve_tool
from headroom.errors import StoreError
from headroom.formats import Body
from headroom.formats.rounds import ROUNDS, dumped
from headroom.formats.threads import previous, references, warms_up
from headroom.ledger import Ledger
from headroom.protocols import WireFormat
from headroom.types import JSON, Hidden, Insertion, Message, Round, Thread, ToolCall

MOST_TOOLS = 127
"""Tools of the client's own beside which there is room for one more: some providers take 128."""


_LONGEST = 4_000
"""Characters of arguments that are kept with a call."""


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
        rounds = ROUNDS[request.wire_format.name]
        tools = rounds.tools(request)
        may = begins and rounds.joins(request) and rounds.may_call(request)
        may = may and self.may_declare(request)
        if not tools or not root:  # a socket may be warmed up before anybody has said anything
            return wanted and may and warms_up(request)
        key = key_of_tools(root)
        found, complete = self._ledger.recall([key])
        if found or not complete:
            return any(one.declares for one in found)
        record = Record(declares=wanted and may)
        if not records:
            return record.declares
        try:
            self._ledger.record([key], [record])
        except StoreError as error:
            self._ledger.hold([key], [Record()], error)
        return any(one.declares for one in self._ledger.recall([key])[0])

    def may_declare(self, request: Body) -> bool:
        """Returns whether there are tools in a request, not ours, and room for one more."""
        tools = ROUNDS[request.wire_format.name].tools(request)
        return bool(tools) and not _has_own(tools) and len(tools) <= MOST_TOOLS

    def thread(self, request: Body) -> Thread | None:
        """Returns where a request goes on from; None: it holds all there is, or nobody knows."""
        name = previous(request)
        found = self._ledger.recall([key_of_answer(name)])[0] if name else []
        return found[0].thread if found else None

    def resolved(self, request: Body) -> JSON:
        """Returns the messages of a request, with those that they only refer to, as far as known."""
        names = references(request)
        if not names:
            return request.messages
        found = self._ledger.recall([key_of_answer(name) for name in names.values()])[0]
        items = (json.loads(record.item) if record.item else None for record in found)
        known = dict(zip(names, items, strict=False))
        return [known.get(n) or message for n, message in enumerate(request.messages)]

    def can_retrieve(self, request: Body, *, declared: bool) -> bool:
        """Returns whether the model can ask for what is left out of this request."""
        rounds = ROUNDS[request.wire_format.name]
        if declared and not rounds.joins(request):
            return False
        return (declared or _has_own(rounds.tools(request))) and rounds.may_call(request)

    def joins(self, request: Body) -> bool:
        """Returns whether the answer to a request can be continued."""
        return ROUNDS[request.wire_format.name].joins(request)

    def is_known_to_client(self, request: Body) -> bool:
        """Returns whether the client answers calls of the tool itself, as over MCP."""
        return _has_own(ROUNDS[request.wire_format.name].tools(request))

    def declaration(self, request: Body) -> Insertion:
        """Returns how the tool is added to a request."""
        rounds = ROUNDS[request.wire_format.name]
        return rounds.declaration(request, retrieve_tool(rounds.shape))

    def answered(
        self,
        wire_format: WireFormat,
        after: bytes,
        said: Sequence[JSON],
        rounds: Sequence[Round],
        thread: Thread | None = None,
        name: str = "",
    ) -> None:
        """Records what an answer held that its client does not get, before it has the whole.

        Args:
            wire_format: Of the conversation.
            after: The lineage of what the model answered to.
            said: What the client gets.
            rounds: The rest.
            thread: Where the conversation goes on, if its provider keeps it, as far as that is known.
            name: By which the client knows the answer then.
        """
        known = ROUNDS[wire_format.name]
        messages = wire_format.read(known.messages(said)).messages
        keys = [key for key in lineage(messages, after) if key]
        records: dict[bytes, Record] = {}
        if rounds and keys:  # else there is nothing that a client could send again
            records = dict.fromkeys(keys, Record())
            records[keys[-1]] = Record(hidden=Hidden(known.kinds(said), tuple(rounds)))
        if thread is not None:
            owed = rounds[-1].results if rounds and rounds[-1].end is None else ""
            calls = tuple(map(_short, _calls(messages)))
            thread = replace(thread, lineage=[after, *keys][-1], owed=owed, calls=calls)
            records[key_of_answer(name)] = Record(thread=thread)
            for item in (item for item in said if item.get("id")):
                records[key_of_answer(str(item["id"]))] = Record(item=dumped(item))
        try:
            self._ledger.record([*records], [*records.values()])
        except StoreError as error:
            self._ledger.hold([*records], [*records.values()], error)


def _calls(messages: Sequence[Message]) -> Iterator[ToolCall]:
    for block in (block for message in messages for block in message.blocks):
        if block.kind == "tool_call" and block.tool is not None:
            yield block.tool


def _short(call: ToolCall) -> ToolCall:
    """Returns a call as it is kept: what is longer than a command is what was written, say, to a file."""
    return call if len(call.arguments) <= _LONGEST else replace(call, arguments="")


def _has_own(tools: Sequence[str]) -> bool:
    """Returns whether the client answers such calls itself, as over MCP."""
    return any(map(is_retrieve_tool, tools))
