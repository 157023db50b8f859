"""Texts that went out of here before, and come back as they are."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from headroom.errors import StoreError
from headroom.known import Known
from headroom.protocols import Store
from headroom.types import Conversation

_log = logging.getLogger("headroom")

EDITABLE = ("tool_result", "user_text", "image")


def recognise(conversation: Conversation, store: Store, known: Known) -> Conversation:
    """Returns the conversation with such texts marked, so that they are never compressed again."""
    messages = list(conversation.messages)
    texts = [b.text for message in messages for b in message.blocks if b.kind in EDITABLE]
    ours = _ours(texts, store, known)
    if not ours:
        return conversation
    for n, message in enumerate(messages):
        own = [b.kind in EDITABLE and b.text in ours for b in message.blocks]
        if any(own):
            pairs = zip(message.blocks, own, strict=True)
            blocks = (replace(b, kind="compressed") if is_ours else b for b, is_ours in pairs)
            messages[n] = replace(message, blocks=tuple(blocks))
    return replace(conversation, messages=tuple(messages))


def _ours(texts: Sequence[str], store: Store, known: Known) -> set[str]:
    """Returns those of the texts that went out of here; the store is asked once.

    And once more whether it still has what it was given last: a file may be deleted while we run.
    """
    notes = {text: known.sent(text) for text in texts}
    unknown = [text for text, sent in notes.items() if sent is None]
    last = [known.last] if known.last is not None else []
    if not (unknown or last):
        return set()
    try:
        found = store.sent([*unknown, *last])
    except StoreError:  # said once where it is written; here it only costs savings
        return {text for text, sent in notes.items() if sent}
    if not all(found[len(unknown) :]):
        _log.warning("the store lost what it had; what goes out again is stored again")
        known.forget()
    for text, sent in zip(unknown, found, strict=False):
        known.note(text, sent=sent)
        notes[text] = sent
    return {text for text, sent in notes.items() if sent}
