"""What later messages took from earlier results: by that an epoch knows what is worth least.

A word is taken from the text in which it first stood, once the model writes it itself. A pointer
takes the whole text that it points at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from headroom.pipeline.memo import Settled
from headroom.types import Block, Message, Path

_WORD = re.compile(r"\w{3,}")
RESULTS = ("tool_result", "user_text", "compressed")
"""Kinds of blocks that words are taken from."""


@dataclass(slots=True)
class Use:
    """The words that were taken from a text, and the message that took one last; -1: none did."""

    words: set[str] = field(default_factory=set)
    last: int = -1


def words_of(text: str) -> Iterable[str]:
    """Returns the words of a text, names and numbers among them."""
    return _WORD.findall(text)


def uses(messages: Sequence[Message], settled: Sequence[Settled]) -> dict[Path, Use]:
    """Returns what was taken from each text that words are taken from."""
    found: dict[Path, Use] = {}
    owner: dict[str, Use] = {}
    nobody = Use()
    for index, (message, done) in enumerate(zip(messages, settled, strict=True)):
        for block, now in zip(message.blocks, done.blocks, strict=True):
            for path in now.above:
                found.get(path, nobody).last = index
            words = set() if block.is_image else set(words_of(block.text))
            if block.kind in RESULTS:
                mine = found[block.path] = Use()
                for word in words:
                    owner.setdefault(word, mine)
                continue
            for word in words:
                use = owner.setdefault(word, nobody)
                use.words.add(word)
                use.last = index
    return found


def calls_again(messages: Sequence[Message]) -> frozenset[str]:
    """Returns the ids of calls that were made again later: there is a newer answer."""
    latest: dict[tuple[str, str], str] = {}
    again: set[str] = set()
    for block in _calls(messages):
        if (tool := block.tool) is None:
            continue
        before = latest.get((tool.name, tool.arguments))
        if before is not None:
            again.add(before)
        latest[tool.name, tool.arguments] = tool.id
    return frozenset(again)


def _calls(messages: Sequence[Message]) -> Iterator[Block]:
    return (b for message in messages for b in message.blocks if b.kind == "tool_call")
