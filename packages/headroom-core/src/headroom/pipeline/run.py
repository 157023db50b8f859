"""The fold: each message is decided once, from the policy and what precedes it.

The only place that fails open: whatever goes wrong with a block, the block stays as it is and the
receipt says why.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import zip_longest
from typing import NamedTuple, TypeVar

from headroom.ccr.keys import KEY_BYTES, key_of
from headroom.ccr.marker import references
from headroom.events import CompressionHooks
from headroom.pipeline.epochs import Folding, tokens_of, warnings
from headroom.pipeline.freeze import reason_to_leave
from headroom.pipeline.history import History
from headroom.pipeline.images import decide_image
from headroom.pipeline.mark import mark
from headroom.pipeline.memo import Decided, Epoch, Memo, Settled, first_key, hash_of, next_key
from headroom.pipeline.plan import Plan, pasted_lines, plan
from headroom.pipeline.squeeze import Squeezed, squeeze, squeeze_around
from headroom.pipeline.verify import reason_to_reject
from headroom.policy import Policy
from headroom.protocols import Compressor, Tokenizer
from headroom.tokenizers.images import ImageRule
from headroom.types import (
    Block,
    Conversation,
    Decision,
    Edit,
    Entry,
    Message,
    Outcome,
    Receipt,
    Replacement,
    Sent,
)

T = TypeVar("T")

PASTED_LINES = 8
"""Lines that a user repeats word for word before they count as pasted."""

WORTH_POINTING = 0.04
MOSTLY_REPEATED = 0.6
"""Share of a block that stands above: from here on pointers are tried, and then nothing else."""

_PUT_OFF = "folding waits until the store takes the originals"

LOSS_FACTOR = 1.25
"""How much dearer a token is where something was left out: the model may have to ask for it."""


@dataclass(frozen=True, slots=True)
class Engine:
    """What a run needs besides the conversation; constant for a session.

    `most_epochs`: how many epochs there may be; the later ones are put off. None: all.
    """

    policy: Policy
    tokenizer: Tokenizer
    compressors: Sequence[Compressor]
    key_bytes: int = KEY_BYTES
    hooks: CompressionHooks | None = None
    images: ImageRule | None = None
    most_epochs: int | None = None


class _Marked(NamedTuple):
    """A block as it might go out."""

    text: str
    tokens: int
    squeezed: Squeezed


def attempt(work: Callable[[], T]) -> T | Exception:
    """Returns what `work` returns, or what it raises: the one place that fails open."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - fail open, once, here
        return error


def run(conversation: Conversation, engine: Engine, memo: Memo | None = None) -> Outcome:
    """Returns edits, originals and a receipt for a conversation.

    Append-only: the outcome for the first k messages is the outcome of the first k messages. What
    went out before goes out like that again.
    """
    memo = Memo() if memo is None else memo
    budget = engine.policy.budget_tokens or sys.maxsize
    messages = conversation.messages
    done, keys = _remembered(conversation, engine, memo)
    known = len(done)
    settled = _in_force(done)
    epochs = [step.epoch.name for step in done if step.epoch]
    reason = _PUT_OFF if len(epochs) == engine.most_epochs else ""
    if known < len(messages):
        start, history = memo.take_history(keys[1:])
        if any(step.epoch for step in done[start:]):  # what it has read looked otherwise then
            start, history = 0, History()
        _replay(messages[start:known], settled[start:], history)
        size = tokens_of(settled)
        for index in range(known, len(messages)):
            message, sent = messages[index], _sent(conversation, index)
            step = _settle(message, sent, history, engine)
            settled.append(step)
            size += tokens_of([step])
            if size > budget and sent is None:
                here = messages[: index + 1]
                epoch, reason = _epoch(here, settled, engine, len(epochs))
                if epoch is not None:
                    step = replace(step, epoch=epoch)
                    epochs.append(epoch.name)
                    settled, history = list(epoch.settled), History()
                    size = tokens_of(settled)
                    _replay(here, settled, history)
            said = hash_of(message)
            memo.put(next_key(keys[-1], said, sent), step)
            keys.append(next_key(keys[-1], said, step.sent))
            memo.put(keys[-1], step)  # found in the next turn, when it went out like this
            done.append(step)
        memo.keep_history(keys[-1], history)
    outcome = _outcome(messages, settled, engine, reason)
    outcome = replace(outcome, reused=known, sent=tuple(step.sent for step in done))
    return replace(outcome, epochs=tuple(epochs), lineage=tuple(keys[1:]))


def _remembered(
    conversation: Conversation, engine: Engine, memo: Memo
) -> tuple[list[Settled], list[bytes]]:
    """Returns what the memo has for the first messages, and the keys of 0, 1, … of them."""
    done: list[Settled] = []
    keys = [_key_of(engine)]
    for index, message in enumerate(conversation.messages):
        said = hash_of(message)
        step = memo.get(next_key(keys[-1], said, _sent(conversation, index)))
        if step is None:
            break
        done.append(step)
        keys.append(next_key(keys[-1], said, step.sent))
    return done, keys


def _sent(conversation: Conversation, index: int) -> Sent | None:
    return conversation.sent[index] if index < len(conversation.sent) else None


def _in_force(steps: Sequence[Settled]) -> list[Settled]:
    """Returns how the messages go out after the latest epoch."""
    last = max((n for n, step in enumerate(steps) if step.epoch), default=0)
    epoch = steps[last].epoch if steps else None
    return list(steps) if epoch is None else [*epoch.settled, *steps[last + 1 :]]


def _epoch(
    messages: Sequence[Message], settled: Sequence[Settled], engine: Engine, number: int
) -> tuple[Epoch | None, str]:
    """Returns how the messages go out from here on, if otherwise than before, or why not."""
    if number == engine.most_epochs:
        return None, _PUT_OFF
    folding = Folding(messages, settled, engine.policy, engine.tokenizer, engine.key_bytes)
    done = attempt(folding.epoch)
    if isinstance(done, Exception):
        return None, f"folding failed: {type(done).__name__}"
    return done, ""


def _outcome(
    messages: Sequence[Message], settled: Sequence[Settled], engine: Engine, reason: str
) -> Outcome:
    decided = [d for s in settled for d in s.blocks]
    entries = [(d.decision.path, d.entry) for d in decided if d.entry is not None]
    receipt = Receipt(
        tuple(d.decision for d in decided),
        engine.tokenizer.name,
        engine.tokenizer.exact and all(d.decision.exact for d in decided),
        engine.policy.budget_tokens,
        tuple(warnings(messages, settled, engine.policy, reason)),
    )
    return Outcome(
        tuple(Edit(path, entry.replacement) for path, entry in entries),
        tuple(entry for _, entry in entries),
        receipt,
    )


def _key_of(engine: Engine) -> bytes:
    names = [c.name for c in engine.compressors]
    names += [engine.hooks.name if engine.hooks else "", repr(engine.images)]
    names += [str(engine.key_bytes), str(engine.most_epochs)]
    return first_key(engine.policy, engine.tokenizer.name, *names)


def _replay(messages: Sequence[Message], settled: Sequence[Settled], history: History) -> None:
    """Lets a history read messages as they go out."""
    for message, done in zip(messages, settled, strict=True):
        for block, decided in zip(message.blocks, done.blocks, strict=True):
            _read(block, decided, history)
        history.end(message)


def _read(block: Block, decided: Decided, history: History) -> None:
    if decided.entry is None:
        history.read(block)
    elif decided.decision.epoch:
        history.read_folded(block, decided.entry.replacement, decided.hidden)
    else:
        history.read_edited(block, decided.entry.replacement, decided.hidden)


def _settle(message: Message, sent: Sent | None, history: History, engine: Engine) -> Settled:
    blocks: list[Decided] = []
    frozen = sent is not None
    for block, before in zip_longest(message.blocks, sent or ()):
        if before is not None:
            decide = partial(_as_before, block, before, history)
        else:
            decide = partial(_decide, block, message, history, engine, frozen=frozen)
        done = attempt(decide)
        if isinstance(done, Exception):
            done = Decided(Decision(block.path, f"failed:{type(done).__name__}", 0, 0))
        if block.tool is not None and block.kind != "tool_call":
            done = replace(done, decision=replace(done.decision, tool=block.tool.name))
        blocks.append(done)
        _read(block, done, history)
    history.end(message)
    return Settled(tuple(blocks))


def _as_before(block: Block, before: Replacement, history: History) -> Decided:
    """Returns the decision that was made when a block first went out."""
    decision = Decision(
        block.path,
        before.outcome,
        before.tokens_before,
        before.tokens_after,
        before.ref if before.told else None,
        before.exact,
        before.bytes_saved,
    )
    entry = _entry(block, before.ref, before.text, decision, history)
    return Decided(decision, entry, before.hidden)


def _decide(
    block: Block, message: Message, history: History, engine: Engine, *, frozen: bool
) -> Decided:
    policy, tokenizer = engine.policy, engine.tokenizer
    if block.is_image:
        return _decide_image(block, history, engine, frozen=frozen)
    try:
        data = block.text.encode("utf-8")
    except UnicodeEncodeError:  # a lone surrogate: no UTF-8, no byte-exact way back
        return Decided(Decision(block.path, "not-text", 0, 0))
    tokens = tokenizer.count(data)
    if block.kind == "compressed":
        ref = next(references(block.text), None)
        return Decided(Decision(block.path, "compressed-before", tokens, tokens, ref))
    reason = _reason_to_leave(block, engine, frozen=frozen)
    if reason is None and tokens < policy.min_tokens:
        reason = "too-small"
    if reason is not None:
        return Decided(Decision(block.path, reason, tokens, tokens))
    planned = plan(block, tokens, message, history, policy, tokenizer)
    ref = key_of(block.text, engine.key_bytes)
    candidates = [
        _Marked(text := mark(squeezed.compressed, ref, block.text), tokenizer.count(text), squeezed)
        for squeezed in _candidates(block, data, planned, history, engine)
    ]
    text, after, squeezed = min(candidates, key=_price)
    if not squeezed.names:
        return Decided(Decision(block.path, "no-gain", tokens, tokens))
    rejected = reason_to_reject(squeezed.compressed, text, len(data), tokens, after)
    if rejected is not None:
        return Decided(Decision(block.path, rejected, tokens, tokens))
    name = "+".join(squeezed.names)
    shown = None if squeezed.compressed.lossless else ref
    decision = Decision(block.path, name, tokens, after, shown)
    omissions = squeezed.compressed.omissions
    hidden = tuple(omission.span for omission in omissions)
    above = tuple({omission.seen_at: None for omission in omissions if omission.seen})
    return Decided(decision, _entry(block, ref, text, decision, history), hidden, above)


def _decide_image(block: Block, history: History, engine: Engine, *, frozen: bool) -> Decided:
    sent_before = "compressed-before" if block.kind == "compressed" else None
    reason = sent_before or _reason_to_leave(block, engine, frozen=frozen)
    decision, text = decide_image(block, reason, engine.policy, engine.images)
    if not text:
        return Decided(decision)
    ref = key_of(block.text, engine.key_bytes)
    return Decided(decision, _entry(block, ref, text, decision, history))


def _reason_to_leave(block: Block, engine: Engine, *, frozen: bool) -> str | None:
    reason = reason_to_leave(block, engine.policy, frozen=frozen)
    if reason is None and engine.hooks is not None and not engine.hooks.allows(block):
        return "vetoed"
    return reason


def _entry(block: Block, ref: str, text: str, decision: Decision, history: History) -> Entry:
    counts = decision.tokens_before, decision.tokens_after
    return Entry(ref, block.text, text, decision.outcome, *counts, block.source, history.context)


def _candidates(
    block: Block, data: bytes, planned: Plan, history: History, engine: Engine
) -> Iterator[Squeezed]:
    segments = planned.segments(data)
    found = history.seen.repeats(data)
    if found and planned.pasted:
        found = history.seen.repeats(data, PASTED_LINES, pasted_lines(segments))
    repeated = sum(r.span.end - r.span.start for r in found)
    if repeated > len(data) * WORTH_POINTING:
        yield squeeze_around(data, found, planned, engine.compressors)
    if repeated <= len(data) * MOSTLY_REPEATED:
        yield squeeze(segments, planned.context, engine.compressors)


def _price(candidate: _Marked) -> float:
    """Returns the tokens of a candidate, dearer if the model would have to ask for the rest."""
    return candidate.tokens * (1.0 if candidate.squeezed.compressed.lossless else LOSS_FACTOR)
