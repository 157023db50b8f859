"""The fold: each message is decided once, from the policy and what precedes it.

The only place that fails open: whatever goes wrong with a block, the block stays as it is and the
receipt says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, TypeVar

from headroom.ccr.keys import KEY_BYTES, key_of
from headroom.ccr.marker import references
from headroom.events import CompressionHooks
from headroom.pipeline.freeze import reason_to_leave
from headroom.pipeline.history import History
from headroom.pipeline.images import decide_image
from headroom.pipeline.mark import mark
from headroom.pipeline.memo import Memo, Settled, first_key, next_key
from headroom.pipeline.plan import Plan, plan
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
    Span,
)

T = TypeVar("T")

PASTED_LINES = 8
"""Lines that a user repeats word for word before they count as pasted."""

WORTH_POINTING = 0.04
MOSTLY_REPEATED = 0.6
"""Share of a block that stands above: from here on pointers are tried, and then nothing else."""

LOSS_FACTOR = 1.25
"""How much dearer a token is where something was left out: the model may have to ask for it."""


@dataclass(frozen=True, slots=True)
class Engine:
    """What a run needs besides the conversation; constant for a session."""

    policy: Policy
    tokenizer: Tokenizer
    compressors: Sequence[Compressor]
    key_bytes: int = KEY_BYTES
    hooks: CompressionHooks | None = None
    images: ImageRule | None = None


class _Marked(NamedTuple):
    """A block as it might go out."""

    text: str
    tokens: int
    squeezed: Squeezed


class _Decided(NamedTuple):
    """What becomes of a block; with an entry it is edited, and the edit hides some of it."""

    decision: Decision
    entry: Entry | None = None
    hidden: tuple[Span, ...] = ()


def attempt(work: Callable[[], T]) -> T | Exception:
    """Returns what `work` returns, or what it raises: the one place that fails open."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - fail open, once, here
        return error


def run(conversation: Conversation, engine: Engine, memo: Memo | None = None) -> Outcome:
    """Returns edits, originals and a receipt for a conversation.

    Append-only: the outcome for the first k messages is the outcome of the first k messages.
    """
    memo = Memo() if memo is None else memo
    messages = conversation.messages
    keys = _keys(conversation, engine)
    settled = [memo.get(key) for key in keys]
    known = settled.index(None) if None in settled else len(settled)
    if known < len(messages):
        start, history = memo.take_history(keys[:known])
        for index in range(start, len(messages)):
            frozen = index < conversation.frozen
            done = settled[index] if index < known else None
            if done is None:
                done = _settle(messages[index], history, engine, frozen=frozen)
                memo.put(keys[index], done)
                settled[index] = done
            else:
                _replay(messages[index], done, history)
            history.end(messages[index])
        memo.keep_history(keys[-1], history)
    all_done = [s for s in settled if s is not None]
    receipt = Receipt(
        tuple(d for s in all_done for d in s.decisions),
        engine.tokenizer.name,
        engine.tokenizer.exact and all(d.exact for s in all_done for d in s.decisions),
    )
    edits = tuple(e for s in all_done for e in s.edits)
    return Outcome(edits, tuple(e for s in all_done for e in s.entries), receipt, known)


def _keys(conversation: Conversation, engine: Engine) -> list[bytes]:
    names = [c.name for c in engine.compressors]
    names += [engine.hooks.name if engine.hooks else "", repr(engine.images)]
    key = first_key(engine.policy, engine.tokenizer.name, str(engine.key_bytes), *names)
    keys = []
    for index, message in enumerate(conversation.messages):
        key = next_key(key, message, frozen=index < conversation.frozen)
        keys.append(key)
    return keys


def _replay(message: Message, settled: Settled, history: History) -> None:
    edited = {
        edit.path: (edit.text, hidden)
        for edit, hidden in zip(settled.edits, settled.hidden, strict=True)
    }
    for block in message.blocks:
        if block.path in edited:
            history.read_edited(block, *edited[block.path])
        else:
            history.read(block)


def _settle(message: Message, history: History, engine: Engine, *, frozen: bool) -> Settled:
    edits: list[Edit] = []
    entries: list[Entry] = []
    hidden: list[tuple[Span, ...]] = []
    decisions: list[Decision] = []
    for block in message.blocks:
        done = attempt(partial(_decide, block, message, history, engine, frozen=frozen))
        if isinstance(done, Exception):
            done = _Decided(Decision(block.path, f"failed:{type(done).__name__}", 0, 0))
        decisions.append(done.decision)
        if done.entry is None:
            history.read(block)
            continue
        entries.append(done.entry)
        edits.append(Edit(block.path, done.entry.replacement))
        hidden.append(done.hidden)
        history.read_edited(block, done.entry.replacement, done.hidden)
    return Settled(tuple(edits), tuple(entries), tuple(hidden), tuple(decisions))


def _decide(
    block: Block, message: Message, history: History, engine: Engine, *, frozen: bool
) -> _Decided:
    policy, tokenizer = engine.policy, engine.tokenizer
    if block.is_image:
        return _decide_image(block, history, engine, frozen=frozen)
    try:
        data = block.text.encode("utf-8")
    except UnicodeEncodeError:  # a lone surrogate: no UTF-8, no byte-exact way back
        return _Decided(Decision(block.path, "not-text", 0, 0))
    tokens = tokenizer.count(data)
    if block.kind == "compressed":
        ref = next(references(block.text), None)
        return _Decided(Decision(block.path, "compressed-before", tokens, tokens, ref))
    reason = _reason_to_leave(block, engine, frozen=frozen)
    if reason is None and tokens < policy.min_tokens:
        reason = "too-small"
    if reason is not None:
        return _Decided(Decision(block.path, reason, tokens, tokens))
    intent = history.intent(message, block, policy.query)
    planned = plan(block, tokens, intent, policy, tokenizer)
    ref = key_of(block.text, engine.key_bytes)
    candidates = [
        _Marked(text := mark(squeezed.compressed, ref, block.text), tokenizer.count(text), squeezed)
        for squeezed in _candidates(block, data, planned, history, engine)
    ]
    text, after, squeezed = min(candidates, key=_price)
    if not squeezed.names:
        return _Decided(Decision(block.path, "no-gain", tokens, tokens))
    rejected = reason_to_reject(squeezed.compressed, text, len(data), tokens, after)
    if rejected is not None:
        return _Decided(Decision(block.path, rejected, tokens, tokens))
    name = "+".join(squeezed.names)
    shown = None if squeezed.compressed.lossless else ref
    decision = Decision(block.path, name, tokens, after, shown)
    hidden = tuple(omission.span for omission in squeezed.compressed.omissions)
    return _Decided(decision, _entry(block, ref, text, decision, history), hidden)


def _decide_image(block: Block, history: History, engine: Engine, *, frozen: bool) -> _Decided:
    sent_before = "compressed-before" if block.kind == "compressed" else None
    reason = sent_before or _reason_to_leave(block, engine, frozen=frozen)
    decision, text = decide_image(block, reason, engine.policy, engine.images)
    if not text:
        return _Decided(decision)
    ref = key_of(block.text, engine.key_bytes)
    return _Decided(decision, _entry(block, ref, text, decision, history))


def _reason_to_leave(block: Block, engine: Engine, *, frozen: bool) -> str | None:
    reason = reason_to_leave(block, engine.policy, frozen=frozen)
    if reason is None and engine.hooks is not None and not engine.hooks.allows(block):
        return "vetoed"
    return reason


def _entry(block: Block, ref: str, text: str, decision: Decision, history: History) -> Entry:
    source = f"{block.tool.name} {block.tool.arguments}"[:200] if block.tool else ""
    counts = decision.tokens_before, decision.tokens_after
    return Entry(ref, block.text, text, decision.outcome, *counts, source, history.context)


def _candidates(
    block: Block, data: bytes, planned: Plan, history: History, engine: Engine
) -> Iterator[Squeezed]:
    found = history.seen.repeats(data)
    if found and planned.pasted:
        found = history.seen.repeats(data, PASTED_LINES, planned.pasted_lines(data))
    repeated = sum(r.span.end - r.span.start for r in found)
    if repeated > len(data) * WORTH_POINTING:
        yield squeeze_around(data, found, planned, engine.compressors)
    if repeated <= len(data) * MOSTLY_REPEATED:
        yield squeeze(planned.segments(data), planned.context, engine.compressors)


def _price(candidate: _Marked) -> float:
    """Returns the tokens of a candidate, dearer if the model would have to ask for the rest."""
    return candidate.tokens * (1.0 if candidate.squeezed.compressed.lossless else LOSS_FACTOR)
