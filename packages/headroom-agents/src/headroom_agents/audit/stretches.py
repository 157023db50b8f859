"""A session as the requests that it consisted of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from headroom import types
from headroom.formats import argument_strings
from headroom.types import Block, Conversation, Message
from headroom_agents.transcripts import Session, ToolCall, Turn


@dataclass(frozen=True, slots=True)
class Stretch:
    """Turns whose requests continue each other: the whole session, or up to a compaction.

    Attributes:
        turns: Of the session.
        conversation: All that was sent; the request of a turn is its first messages.
        sent: How many messages the request of each turn has.
        copied: How many turns at the front were somebody else's requests.
    """

    turns: tuple[Turn, ...]
    conversation: Conversation
    sent: tuple[int, ...]
    copied: int = 0

    @property
    def own(self) -> int:
        """The first message that no request before had."""
        return self.sent[self.copied - 1] if self.copied else 0


def stretches(session: Session) -> Iterator[Stretch]:
    """Yields the stretches of a session."""
    starts = [n for n, turn in enumerate(session.turns) if turn.begins or n == 0]
    for start, end in pairwise([*starts, len(session.turns)]):
        yield _stretch(session.turns[start:end])


def _stretch(turns: tuple[Turn, ...]) -> Stretch:
    messages: list[Message] = []
    sent: list[int] = []
    calls: tuple[ToolCall, ...] = ()
    for turn in turns:
        messages.append(_reads(len(messages), turn, calls))
        sent.append(len(messages))
        messages.append(_says(len(messages), turn))
        calls = turn.answer.calls
    copied = sum(turn.copied for turn in turns)
    return Stretch(turns, Conversation(tuple(messages[:-1])), tuple(sent), copied)


def _reads(index: int, turn: Turn, calls: tuple[ToolCall, ...]) -> Message:
    blocks = [
        Block(("messages", index, "content", n), "tool_result", call.output, _call(call))
        for n, call in enumerate(calls)
        if call.output is not None
    ]
    if turn.words:
        path = ("messages", index, "content", len(calls))
        blocks.append(Block(path, "user_text", turn.words))
    return Message("user", tuple(blocks))


def _says(index: int, turn: Turn) -> Message:
    answer = turn.answer
    blocks = [Block(("messages", index, "content", 0), "assistant_text", answer.text)]
    for n, call in enumerate(answer.calls, 1):
        path = ("messages", index, "content", n)
        blocks.append(Block(path, "tool_call", argument_strings(call.arguments), _call(call)))
    return Message("assistant", tuple(block for block in blocks if block.text))


def _call(call: ToolCall) -> types.ToolCall:
    return types.ToolCall(call.id, call.name, call.arguments)
