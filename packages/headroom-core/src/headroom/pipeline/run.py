"""The fold: each message is decided once, from the policy and what precedes it.

The only place that fails open: whatever goes wrong with a block, the block stays as it is and the
receipt says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from headroom.ccr.keys import KEY_BYTES, key_of
from headroom.pipeline.freeze import reason_to_leave
from headroom.pipeline.history import History
from headroom.pipeline.mark import mark
from headroom.pipeline.memo import Memo, first_key, next_key
from headroom.pipeline.plan import plan
from headroom.pipeline.squeeze import squeeze
from headroom.pipeline.verify import reason_to_reject
from headroom.policy import Policy
from headroom.protocols import Compressor, Tokenizer
from headroom.types import (
    Block,
    Conversation,
    Decision,
    Edit,
    Entry,
    Message,
    Outcome,
    Receipt,
)


@dataclass(frozen=True, slots=True)
class Settled:
    """What was decided for one message."""

    edits: tuple[Edit, ...]
    entries: tuple[Entry, ...]
    decisions: tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class Engine:
    """What a run needs besides the conversation; constant for a session."""

    policy: Policy
    tokenizer: Tokenizer
    compressors: Sequence[Compressor]
    key_bytes: int = KEY_BYTES


def run(conversation: Conversation, engine: Engine, memo: Memo[Settled] | None = None) -> Outcome:
    """Returns edits, originals and a receipt for a conversation.

    Append-only: the outcome for the first k messages is the outcome of the first k messages.
    """
    memo = Memo() if memo is None else memo
    tokenizer = engine.tokenizer
    names = [c.name for c in engine.compressors]
    key = first_key([repr(engine.policy), tokenizer.name, str(engine.key_bytes), *names])
    history = History()
    edits: list[Edit] = []
    entries: list[Entry] = []
    decisions: list[Decision] = []
    for index, message in enumerate(conversation.messages):
        frozen = index < conversation.frozen
        key = next_key(key, message, frozen=frozen)
        settled = memo.get(key)
        if settled is None:
            settled = _settle(message, history, engine, frozen=frozen)
            memo.put(key, settled)
        history.add(message)
        edits += settled.edits
        entries += settled.entries
        decisions += settled.decisions
    receipt = Receipt(tuple(decisions), tokenizer.name, tokenizer.exact)
    return Outcome(tuple(edits), tuple(entries), receipt)


def _settle(message: Message, history: History, engine: Engine, *, frozen: bool) -> Settled:
    edits: list[Edit] = []
    entries: list[Entry] = []
    decisions: list[Decision] = []
    for block in message.blocks:
        try:
            decision, entry = _decide(block, message, history, engine, frozen=frozen)
        except Exception as error:  # noqa: BLE001 - fail open, once, here
            decision = Decision(block.path, f"failed:{type(error).__name__}", 0, 0)
            entry = None
        decisions.append(decision)
        if entry is not None:
            entries.append(entry)
            edits.append(Edit(block.path, entry.replacement))
    return Settled(tuple(edits), tuple(entries), tuple(decisions))


def _decide(
    block: Block, message: Message, history: History, engine: Engine, *, frozen: bool
) -> tuple[Decision, Entry | None]:
    policy, tokenizer = engine.policy, engine.tokenizer
    try:
        data = block.text.encode("utf-8")
    except UnicodeEncodeError:  # a lone surrogate: no UTF-8, no byte-exact way back
        return Decision(block.path, "not-text", 0, 0), None
    tokens = tokenizer.count(data)
    reason = reason_to_leave(block, policy, frozen=frozen)
    if reason is None and tokens < policy.min_tokens:
        reason = "too-small"
    if reason is not None:
        return Decision(block.path, reason, tokens, tokens), None
    intent = history.intent(message, block, policy.query)
    planned = plan(data, tokens, block.tool, intent, policy, tokenizer)
    squeezed = squeeze(planned.segments, planned.context, engine.compressors)
    if not squeezed.names:
        return Decision(block.path, "no-gain", tokens, tokens), None
    ref = key_of(block.text, engine.key_bytes)
    text = mark(squeezed.compressed, ref)
    after = tokenizer.count(text)
    rejected = reason_to_reject(squeezed.compressed, text, len(data), tokens, after)
    if rejected is not None:
        return Decision(block.path, rejected, tokens, tokens), None
    name = "+".join(squeezed.names)
    shown = ref if squeezed.compressed.omissions else None
    source = f"{block.tool.name} {block.tool.arguments}"[:200] if block.tool else ""
    entry = Entry(ref, block.text, text, name, tokens, after, source)
    return Decision(block.path, name, tokens, after, shown), entry
