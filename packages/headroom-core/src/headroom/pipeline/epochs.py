"""Epochs: where the texts outgrow the budget, older ones are folded, once, down to a low mark.

The one exception to append-only, so it is rare, and it is decided like everything else from what
precedes it: at the message with which the texts outgrow the budget, by that message and those
before it. From there on the folded form is what the conversation is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from headroom.ccr.keys import key_of, next_context
from headroom.pipeline.mark import mark
from headroom.pipeline.memo import Decided, Epoch, Settled
from headroom.pipeline.outline import Outline
from headroom.pipeline.uses import RESULTS, Use, calls_again, uses
from headroom.pipeline.verify import reason_to_reject
from headroom.policy import Policy
from headroom.protocols import Tokenizer
from headroom.types import Block, Compressed, Decision, Entry, Message, Path

NAME = "folded"

LOW = 0.7
"""Share of the budget that an epoch folds down to. Less costs what the model still needs, more
costs epochs: replayed sessions show little difference between 0.5 and 0.75.
"""

_LEAST = 30
"""Tokens that folding a text must free: less is not worth what the model can no longer read."""

_MARKERS = 80
"""Tokens that the markers of a text take at most that is shown from both ends."""

_STAYS = ("protected", "excluded", "vetoed", "not-text")
"""Outcomes of texts that nobody may touch."""


@dataclass(slots=True)
class _Foldable:
    """A text that may be folded, as it goes out now."""

    block: Block
    now: Decided
    outline: Outline | None = None

    @property
    def tokens(self) -> int:
        """What it takes now."""
        return self.now.decision.tokens_after


class Folding:
    """Folds the texts of one conversation, once.

    Args:
        messages: All messages so far.
        settled: How they go out now.
        policy: With a budget, and what may be touched.
        tokenizer: Counts tokens.
        key_bytes: Length of references.
    """

    def __init__(
        self,
        messages: Sequence[Message],
        settled: Sequence[Settled],
        policy: Policy,
        tokenizer: Tokenizer,
        key_bytes: int,
    ) -> None:
        self._messages = messages
        self._settled = settled
        self._policy = policy
        self._tokenizer = tokenizer
        self._key_bytes = key_bytes
        self._size = tokens_of(settled)
        self._number = 1 + max((d.decision.epoch for s in settled for d in s.blocks), default=0)
        self._folded: dict[Path, Decided] = {}

    @cached_property
    def _uses(self) -> dict[Path, Use]:
        return uses(self._messages, self._settled)

    @cached_property
    def _again(self) -> frozenset[str]:
        return calls_again(self._messages)

    def epoch(self) -> Epoch | None:
        """Returns how all messages go out from here on; None: as before.

        Nothing is folded where the texts fit, and where folding would not make them fit.
        """
        budget = self._policy.budget_tokens
        if budget is None or self._size <= budget or why_not(self._messages, self._policy):
            return None
        read, unread = self._foldable()
        if self._size - sum(text.tokens - _LEAST for text in (*read, *unread)) > budget:
            return None
        low = LOW * budget
        read.sort(key=lambda text: self._uses[text.block.path].last)
        for text in read:
            if self._size > low and text.now.decision.outcome != NAME:
                self._fold(text, self._outline(text).used())
        for text in read:
            if self._size > low:
                self._fold(text, self._outline(text).least())
        if self._size > budget:
            self._shorten(unread, budget)
        if self._size > budget:
            return None
        return _placed(self._messages, self._settled, self._folded)

    def _foldable(self) -> tuple[list[_Foldable], list[_Foldable]]:
        """Returns what may be folded: what the model has read, and what it has not read yet."""
        messages, settled = self._messages, self._settled
        task, request, answered = _turns(messages)
        read: list[_Foldable] = []
        unread: list[_Foldable] = []
        needed: set[Path] = set()
        for index, (message, done) in enumerate(zip(messages, settled, strict=True)):
            for block, now in zip(message.blocks, done.blocks, strict=True):
                asked = block.kind == "user_text" and (index == request or index < task)
                stays = asked or self._stays(block, now.decision)
                if stays or index > answered:  # what is pointed at from here must be readable
                    needed.update(now.above)
                if not stays and now.decision.tokens_after > _LEAST:
                    (unread if index > answered else read).append(_Foldable(block, now))
        return (
            [text for text in read if text.block.path not in needed],
            [text for text in unread if text.block.path not in needed],
        )

    def _stays(self, block: Block, decision: Decision) -> bool:
        """Returns whether a text may not be folded, whatever it takes."""
        if block.is_image or block.kind not in RESULTS or decision.outcome.startswith("failed:"):
            return True
        tool = block.tool.name if block.tool else ""
        return decision.outcome in _STAYS or tool in self._policy.lossless_only

    def _shorten(self, unread: Sequence[_Foldable], budget: int) -> None:
        """Takes from what the model is about to read, from all alike, no more than it must."""
        tokens = sum(text.tokens for text in unread)
        share = max(budget - self._size + tokens, 0) / max(tokens, 1)
        for text in unread:
            room = share * text.tokens - _MARKERS
            whole = len(text.block.text.encode("utf-8"))
            size = whole * room / max(text.now.decision.tokens_before, 1)
            self._fold(text, self._outline(text).ends(int(size)))

    def _outline(self, text: _Foldable) -> Outline:
        """Returns the shorter forms of a text."""
        if text.outline is None:
            block = text.block
            again = block.tool is not None and block.tool.id in self._again
            text.outline = Outline(block, self._uses[block.path], superseded=again)
        return text.outline

    def _fold(self, text: _Foldable, compressed: Compressed) -> None:
        """Takes a shorter form of a text, if it is worth it."""
        now, block = text.now.decision, text.block
        if not compressed.omissions:
            return
        ref = key_of(block.text, self._key_bytes)
        marked = mark(compressed, ref, block.text)
        after = self._tokenizer.count(marked)
        size = len(block.text.encode("utf-8"))
        if reason_to_reject(compressed, marked, size, text.tokens - _LEAST + 1, after):
            return
        entry = Entry(ref, block.text, marked, NAME, text.tokens, after, block.source)
        decision = Decision(
            block.path, NAME, now.tokens_before, after, ref, epoch=self._number, tool=now.tool
        )
        hidden = tuple(omission.span for omission in compressed.omissions)
        self._size -= text.tokens - after
        text.now = self._folded[block.path] = Decided(decision, entry, hidden)


def tokens_of(settled: Sequence[Settled]) -> int:
    """Returns how many tokens the texts of the messages take as they go out."""
    return sum(d.decision.tokens_after for s in settled for d in s.blocks)


def why_not(messages: Sequence[Message], policy: Policy) -> str:
    """Returns why nothing may be folded in a conversation, or an empty string."""
    if not policy.omit:
        return "the policy leaves nothing out"
    bound = next((n for n, message in enumerate(messages) if message.bound), None)
    if bound is not None:
        return f"the message at index {bound} carries thinking that is bound to what precedes it"
    return ""


def warnings(
    messages: Sequence[Message], settled: Sequence[Settled], policy: Policy, reason: str
) -> Iterator[str]:
    """Yields what could not be done about a budget; `reason` says why, if something went wrong."""
    budget, size = policy.budget_tokens, tokens_of(settled)
    if budget is None:
        if policy.fit_window:
            yield "the window of this model is not known: nothing is folded without budget_tokens"
    elif size > budget:
        reason = reason or why_not(messages, policy) or "the rest may not be folded"
        yield f"{size - budget} tokens above the budget of {budget}: {reason}"


def _turns(messages: Sequence[Message]) -> tuple[int, int, int]:
    """Returns where the model speaks first, the user last, and the model last."""
    said = [n for n, m in enumerate(messages) if m.role == "assistant"]
    asked = [n for n, m in enumerate(messages) if any(b.kind == "user_text" for b in m.blocks)]
    first, last = (said[0], said[-1]) if said else (len(messages), -1)
    return first, asked[-1] if asked else -1, last


def _placed(
    messages: Sequence[Message], settled: Sequence[Settled], folded: dict[Path, Decided]
) -> Epoch:
    """Returns the messages with some texts folded, and every original by its new context."""
    out: list[Settled] = []
    context = b""
    for message, before in zip(messages, settled, strict=True):
        blocks: list[Decided] = []
        for block, now in zip(message.blocks, before.blocks, strict=True):
            done = folded.get(block.path, now)
            if done.entry is not None and done.entry.context != context:
                done = replace(done, entry=_moved(done.entry, context, counted=done is now))
            blocks.append(done)
            context = next_context(context, done.entry.replacement if done.entry else block.text)
        out.append(Settled(tuple(blocks)))
    return Epoch(context, tuple(out))


def _moved(entry: Entry, context: bytes, *, counted: bool) -> Entry:
    """Returns an entry for another context; what it saves may have been counted in the first."""
    if not counted:
        return replace(entry, context=context)
    return replace(entry, context=context, tokens_before=0, tokens_after=0)
