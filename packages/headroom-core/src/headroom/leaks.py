"""Calls of the retrieve tool that a client took for its own and could not run: answered all the same.

A conversation may have come by another way before, where somebody else answered them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from headroom.asked import Answer
from headroom.ccr.keys import key_of
from headroom.ccr.tool import is_retrieve_tool
from headroom.protocols import Tokenizer
from headroom.types import Block, Message, Replacement, Sent


def answered_anew(
    messages: Sequence[Message], ask: Callable[[str], Answer], tokenizer: Tokenizer
) -> dict[int, Sent]:
    """Returns what results go out as that are in place of what the store has, by message.

    Only of those after the model's last words: the provider has seen the others as they are.

    Args:
        messages: Of a conversation whose client does not have the tool.
        ask: Answers a call by its arguments.
        tokenizer: Counts.
    """
    found: dict[int, Sent] = {}
    for n in _unread(messages):
        row = tuple(_answered(block, messages[n], ask, tokenizer) for block in messages[n].blocks)
        if any(row):
            found[n] = row
    return found


def calls_back(messages: Sequence[Message]) -> bool:
    """Returns whether a client sends results of our tool that no model has read."""
    return any(_is_of_ours(block) for n in _unread(messages) for block in messages[n].blocks)


def _unread(messages: Sequence[Message]) -> range:
    """Returns the messages after the model's last words."""
    assistants = (n for n in range(len(messages), 0, -1) if messages[n - 1].role == "assistant")
    return range(next(assistants, 0), len(messages))


def _is_of_ours(block: Block) -> bool:
    tool = block.tool
    return tool is not None and block.kind == "tool_result" and is_retrieve_tool(tool.name)


def _answered(
    block: Block, message: Message, ask: Callable[[str], Answer], tokenizer: Tokenizer
) -> Replacement | None:
    tool = block.tool
    if tool is None or not _is_of_ours(block):
        return None
    if sum(other.tool is tool for other in message.blocks) > 1:
        return None  # said in several texts: nobody knows which to replace
    answer = ask(tool.arguments)
    if answer.failed or answer.text == block.text:
        return None
    before, after = tokenizer.count(block.text), tokenizer.count(answer.text)
    ref = key_of(block.text)
    return Replacement(
        answer.text, ref, "retrieved", before, after, told=False, exact=tokenizer.exact
    )
