"""Texts that went out of here before, and come back as they are."""

from __future__ import annotations

from dataclasses import replace

from headroom.errors import StoreError
from headroom.known import Known
from headroom.protocols import Store
from headroom.types import Block, Conversation

EDITABLE = ("tool_result", "user_text", "image")


def recognise(conversation: Conversation, store: Store, known: Known) -> Conversation:
    """Returns the conversation with such texts marked, so that they are never compressed again."""
    messages = list(conversation.messages)
    for n, message in enumerate(messages):
        ours = [b.kind in EDITABLE and _is_ours(b, store, known) for b in message.blocks]
        if any(ours):
            blocks = (
                replace(block, kind="compressed") if own else block
                for block, own in zip(message.blocks, ours, strict=True)
            )
            messages[n] = replace(message, blocks=tuple(blocks))
    return replace(conversation, messages=tuple(messages))


def _is_ours(block: Block, store: Store, known: Known) -> bool:
    sent = known.sent(block.text)
    if sent is None:
        try:
            sent = store.sent(block.text)
        except StoreError:  # said once where it is written; here it only costs savings
            sent = False
        known.note(block.text, sent=sent)
    return sent
