"""The messages of one request, and what the ledger says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import accumulate

from headroom.ccr.lineage import Record, key_of_answer, lineage
from headroom.pipeline.run import Engine
from headroom.steering import Steering
from headroom.types import (
    Block,
    Conversation,
    Hidden,
    Message,
    Outcome,
    Sent,
    Steered,
    Thread,
    ToolCall,
)

_LONGEST = 4_000
"""Characters of a request that are kept for what comes after it."""


class Turn:
    """The messages of a request, and which of them have a name in the ledger.

    Args:
        conversation: In the request.
        thread: Where it goes on from; None: it holds all there is, or nobody knows.
        previous: The answer that it goes on from, in the words of the client; empty: none.
    """

    def __init__(
        self, conversation: Conversation, thread: Thread | None = None, previous: str = ""
    ) -> None:
        self.conversation = conversation if thread is None else _joined(conversation, thread)
        self.thread = thread
        self.is_part = bool(previous)
        before = key_of_answer(previous) if previous else b""
        before = thread.lineage if thread is not None else before
        keys = lineage(conversation.messages, before)
        self.lineage = tuple(accumulate(keys, _last, initial=before))[1:]
        named = [(n, key) for n, key in enumerate(keys) if key]
        self.keys = [key for _, key in named]
        self._places = [n for n, _ in named]
        self.anew: dict[int, Sent] = {}
        self._proposed: Steered | None = None

    @property
    def root(self) -> bytes:
        """The name of the first message that has one."""
        return self.keys[0] if self.keys else b""

    @property
    def begins(self) -> bool:
        """Whether no model has answered yet."""
        return not self.is_part and _sent_before(self.conversation.messages, 0, edited=False) == 0

    @property
    def asked(self) -> str:
        """The user's last request, shortened."""
        messages = self.conversation.messages
        users = [message for message in messages if message.role == "user"]
        texts = [block.text for block in users[-1].blocks if not block.is_image] if users else []
        before = self.thread.asked if self.thread is not None else ""
        return "\n".join(texts)[:_LONGEST] or before

    @property
    def opening(self) -> int:
        """The last message with a name before the model's first answer; -1: there is none."""
        roles = [message.role for message in self.conversation.messages]
        first = roles.index("assistant") if "assistant" in roles else len(roles)
        return max((n for n in self._places if n < first), default=-1)

    @property
    def conversation_key(self) -> bytes:
        """The name of what the model has answered to first."""
        return self.keys[self._places.index(self.opening)]

    def propose(self, steering: Steering) -> None:
        """Has the model asked for something, if this is the beginning."""
        if self.begins and self.opening >= 0:
            self._proposed = steering.of(self.conversation_key)

    def steered(self, records: Sequence[Record], *, counts: bool) -> Steered | None:
        """Returns what the model is asked, as the ledger says.

        Args:
            records: Of the first messages with a name.
            counts: Nothing was recorded; what would have been counts.
        """
        found = dict(zip(self._places, records, strict=False)).get(self.opening)
        if found is None:
            return self._proposed if counts else None
        return found.steered

    def added(
        self, tokens: dict[int, int], steered: Steered | None, engine: Engine
    ) -> dict[int, int]:
        """Returns tokens by message, with those of what the model is asked."""
        if steered is not None and steered.text:
            count = engine.tokenizer.count(steered.text)
            tokens[self.opening] = tokens.get(self.opening, 0) + count
        return tokens

    def hidden(self, records: Sequence[Record]) -> dict[int, Hidden]:
        """Returns what the client does not know of its messages, by index."""
        found = zip(self._places, records, strict=False)
        return {n: record.hidden for n, record in found if record.hidden is not None}

    def records(self, outcome: Outcome, *, proposed: bool = False) -> list[Record]:
        """Returns how the messages with a name go out, perhaps with what is proposed to ask."""
        rows = {n: Record.of(outcome.sent[n]) for n in self._places}
        if proposed and self._proposed is not None:
            rows[self.opening] = replace(rows[self.opening], steered=self._proposed)
        return list(rows.values())

    def sent(self, records: Sequence[Record], *, everything: bool) -> tuple[Sent, ...]:
        """Returns how messages went out: by the ledger, and raw where the provider saw them so.

        Args:
            records: Of the first messages with a name.
            everything: All of them count as sent.
        """
        messages = self.conversation.messages
        rows: list[Sent] = [()] * len(messages)
        for n, record in zip(self._places, records, strict=False):
            rows[n] = record.sent
        known = self._places[len(records) - 1] + 1 if records else 0
        edited = any(record.sent for record in records)
        count = len(messages) if everything else _sent_before(messages, known, edited=edited)
        return tuple(rows[:count])


def _joined(conversation: Conversation, thread: Thread) -> Conversation:
    """Returns a conversation whose results know the calls that they are of."""
    calls = {call.id: call for call in thread.calls}
    messages = (
        replace(message, blocks=tuple(_of_call(block, calls) for block in message.blocks))
        for message in conversation.messages
    )
    return replace(conversation, messages=tuple(messages))


def _of_call(block: Block, calls: Mapping[str, ToolCall]) -> Block:
    found = calls.get(block.tool.id) if block.tool is not None else None
    return block if found is None else replace(block, tool=found)


def _last(before: bytes, key: bytes) -> bytes:
    return key or before


def _sent_before(messages: Sequence[Message], known: int, *, edited: bool) -> int:
    """Returns how many messages a provider has seen, of which the first are `known`.

    Where nobody recorded what the model has answered to, it was sent by another way: raw. Not so
    below a text that only ever went out from here: there the client took something away, or put
    something in, and no provider has seen the rest like that. Unless it carries thinking that is
    bound to what stands before: that stays as it is.
    """
    end = len(messages)
    while end > known and _is_prefill(messages[end - 1]):
        end -= 1
    for n in range(end - 1, known - 1, -1):
        if messages[n].role == "assistant" and (messages[n].bound or not edited):
            return n
    return known


def _is_prefill(message: Message) -> bool:
    """Returns whether this is, at the end of a request, what the client says in the model's place."""
    said = message.role == "assistant" and not message.bound and bool(message.blocks)
    return said and all(block.kind == "assistant_text" for block in message.blocks)
