"""Composes wire format, pipeline and store. I/O happens here and above."""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from headroom.asked import retrieved
from headroom.ccr.keys import KEY_BYTES, LONG_KEY_BYTES, next_context
from headroom.compressors import BUILTIN
from headroom.errors import Ambiguous, FormatError, KeyCollision, StoreError
from headroom.events import CompressionHooks, Observer, PipelineEvent, Stage
from headroom.formats import apply_edits, read, read_body, write_body
from headroom.known import Known
from headroom.local import store_of, tokenizers
from headroom.pipeline import Memo, run
from headroom.pipeline.run import Engine, attempt
from headroom.policy import DEFAULT_MODEL, Policy
from headroom.pricing import price_of
from headroom.protocols import Store, WireFormat
from headroom.recognise import EDITABLE, recognise
from headroom.result import BodyResult, Result, originals_of
from headroom.tokenizers import image_rule
from headroom.types import JSON, Block, Conversation, Decision, Edit, Entry, Outcome, Receipt

_log = logging.getLogger("headroom")


class Headroom:
    """A compressor with its policy and store. Safe to share between threads.

    Args:
        policy: What may be touched; the default leaves out lines where a retrieval brings them back.
        store: A store, or its URL: `sqlite:///path/to/file.db`, `redis://host:6379/0`,
            `postgresql://user@host/database`, `memory:`. Default: $HEADROOM_STORE, or a file in the
            user's data directory.
        observers: Are told about every stage.
        hooks: May keep blocks as they are.

    Example:
        >>> Headroom(store="memory:").compress([{"role": "user", "content": "hello"}])
        [{'role': 'user', 'content': 'hello'}]
    """

    def __init__(
        self,
        *,
        policy: Policy | None = None,
        store: Store | str | None = None,
        observers: Sequence[Observer] = (),
        hooks: CompressionHooks | None = None,
    ) -> None:
        self.policy = policy or Policy()
        self.store = store_of(store)
        self._observers = tuple(observers)
        self.hooks = hooks
        self._memo = Memo()
        self._known = Known(time.time)
        self._warned = False
        self._tokenizer = tokenizers()
        self._tell("Setup")

    def under(self, policy: Policy) -> Headroom:
        """Returns one with another policy, and the same store, observers and hooks."""
        return Headroom(
            policy=policy, store=self.store, observers=self._observers, hooks=self.hooks
        )

    def compress(
        self, messages: Sequence[JSON], *, model: str = DEFAULT_MODEL, query: str | None = None
    ) -> Result:
        """Returns the messages, shorter, in the same shape; the caller's list is not modified.

        Args:
            messages: OpenAI chat messages, input items of OpenAI responses, Anthropic messages or
                Gemini contents.
            model: Whose tokenizer counts.
            query: A question that is constant for the session, where it comes after the content.

        Raises:
            FormatError: A message is malformed; names its index and field.
        """
        outcome = self.decide(read(messages), model=model, query=query)
        messages = apply_edits(messages, outcome.edits)
        return Result(messages, outcome.receipt, originals_of(outcome))

    def compress_body(
        self,
        body: bytes,
        *,
        model: str | None = None,
        query: str | None = None,
        wire_format: WireFormat | None = None,
    ) -> BodyResult:
        """Returns a request body, shorter; every byte outside the edited texts is the client's own.

        A body that cannot be read, or is of no known format, comes back untouched with the reason.

        Args:
            body: The request as the client sent it, decoded from any content encoding.
            model: Whose tokenizer counts; default: the model that the body names.
            query: A question that is constant for the session.
            wire_format: What the request is written in; default: its fields tell.
        """
        try:
            request = read_body(body, wire_format)
            model = model or request.model
            outcome = self.decide(request.read(), model=model or DEFAULT_MODEL, query=query)
            return BodyResult(
                write_body(request, outcome.edits),
                outcome.receipt,
                originals_of(outcome),
                model=model,
                lineage=outcome.lineage,
            )
        except FormatError as error:
            return BodyResult(body, Receipt(), {}, reason=str(error))

    def restore_body(self, body: bytes) -> bytes:
        """Returns the request body with the original texts in place.

        Raises:
            FormatError: The body cannot be read.
        """
        request = read_body(body)
        return write_body(request, self.originals(request.read()))

    def restore(self, messages: Sequence[JSON]) -> list[JSON]:
        """Returns the original messages behind compressed ones; others come back as they are.

        A `Result` knows what it changed; in a plain list every text that went out of here is
        looked up in the store.
        """
        own = messages.originals if isinstance(messages, Result) else {}
        texts = {block.path: block.text for block in _blocks(read(messages))} if own else {}
        if own and all(texts.get(path) == entry.replacement for path, entry in own.items()):
            edits = [Edit(path, entry.original) for path, entry in own.items()]
        elif isinstance(messages, Result) and not own:
            edits = []
        else:
            edits = self.originals(read(messages))
        return apply_edits(messages, edits)

    def decide(
        self, conversation: Conversation, *, model: str = DEFAULT_MODEL, query: str | None = None
    ) -> Outcome:
        """Returns what is to be edited, for whoever holds messages of another kind than `compress`
        takes: reads their texts into a conversation, and applies the edits where the paths lead.

        The originals are stored when this returns.

        Args:
            conversation: Every text that the model reads.
            model: Whose tokenizer counts.
            query: A question that is constant for the session, where it comes after the content.
        """
        conversation = recognise(conversation, self.store, self._known)
        count = len(conversation.messages)
        self._tell("Input Received", model=model, messages=count)
        outcome = self._decide(conversation, model, query)
        self._tell("Input Compressed", model=model, messages=count, outcome=outcome)
        outcome = self._remember(outcome)
        self._tell("Input Remembered", model=model, messages=count, outcome=outcome)
        return outcome

    def originals(self, conversation: Conversation) -> list[Edit]:
        """Returns the edits that bring the originals back: the other way round of `decide`."""
        edits: list[Edit] = []
        context = b""
        for block in _blocks(conversation):
            if block.kind in EDITABLE:
                original = self.store.original(block.text, context)
                if original is not None:
                    edits.append(Edit(block.path, original))
            context = next_context(context, block.text)
        return edits

    def retrieve(
        self,
        ref: str,
        *,
        query: str | None = None,
        lines: str | None = None,
        rows: str | None = None,
        path: str | None = None,
        max_tokens: int | None = None,
    ) -> str:
        """Returns the original behind a reference, or the part asked for.

        Args:
            ref: A reference from a marker or from `Result.refs`.
            query: Words; the best matching lines with their neighbours and numbers.
            lines: "120-180", "5", "-20" for the last twenty, several with commas.
            rows: Rows of an array or table, counted likewise.
            path: JSON pointer or JSONPath.
            max_tokens: Cut at this many tokens, at the end of a line.

        Raises:
            KeyMissing: The store does not know the reference.
            SelectorError: There are no such lines, rows or values; says what there is.
        """
        return retrieved(
            ref,
            query=query,
            lines=lines,
            rows=rows,
            path=path,
            max_tokens=max_tokens,
            store=self.store,
            tokenizer=self._tokenizer,
        )

    def _decide(self, conversation: Conversation, model: str, query: str | None) -> Outcome:
        policy, tokenizer = self.policy.asking(query), self._tokenizer(model)
        if policy.fit_window and (price := price_of(model)) is not None:
            policy = policy.within(price.window)
        engine = Engine(policy, tokenizer, BUILTIN, KEY_BYTES, self.hooks, image_rule(model))
        try:
            return self._stored(conversation, engine)
        except KeyCollision:
            return self._stored(conversation, replace(engine, key_bytes=LONG_KEY_BYTES))

    def _stored(self, conversation: Conversation, engine: Engine) -> Outcome:
        """Returns what goes out: its originals are stored, or it is noted as sent raw.

        An epoch goes out with all its originals or not at all; then the next turn tries again.
        """
        outcome = run(conversation, engine, self._memo)
        if not self._put(outcome, conversation):
            kept = self._known.epochs_kept(outcome.epochs)
            outcome = run(conversation, replace(engine, most_epochs=kept), self._memo)
            self._put(outcome, conversation)
        return outcome

    def _put(self, outcome: Outcome, conversation: Conversation) -> bool:
        """Stores what is not stored yet; what cannot be stored is noted as sent raw, for good.

        Returns whether that is settled; if not, an epoch of the outcome has to wait.
        """
        fresh = [entry for entry in outcome.entries if self._known.wanted(entry)]
        try:
            self.store.put(self._as_sent(outcome, conversation) if self._known.refused else fresh)
        except Ambiguous as error:
            self._known.refuse(entry for entry in fresh if entry.ref == error.ref)
            return self._put(outcome, conversation)
        except StoreError as error:
            if self._known.epochs_kept(outcome.epochs) < len(outcome.epochs):
                return False
            self._known.refuse(fresh)
            if not self._warned:
                self._warned = True
                warnings.warn(
                    f"{error}; new blocks go out as they are", RuntimeWarning, stacklevel=5
                )
            _log.warning("store=<%s> | new blocks go out as they are", error)
        else:
            self._known.keep(fresh, outcome.epochs)
        return True

    def _as_sent(self, outcome: Outcome, conversation: Conversation) -> list[Entry]:
        """Returns what to store, in the context in which it goes out: after texts that stay raw."""
        edited = originals_of(outcome)
        entries: list[Entry] = []
        context = b""
        for block in _blocks(conversation):
            entry, text = edited.get(block.path), block.text
            if entry is not None and not self._known.is_refused(entry):
                text = entry.replacement
                if self._known.wanted(entry):
                    entries.append(replace(entry, context=context))
            context = next_context(context, text)
        return entries

    def _remember(self, outcome: Outcome) -> Outcome:
        """Returns the outcome without the edits whose originals are not in the store."""
        if not self._known.refused:
            return outcome
        pairs = [
            (edit, entry)
            for edit, entry in zip(outcome.edits, outcome.entries, strict=True)
            if not self._known.is_refused(entry)
        ]
        raw = {edit.path for edit in outcome.edits} - {edit.path for edit, _ in pairs}
        decisions = tuple(_raw(d) if d.path in raw else d for d in outcome.receipt.decisions)
        return replace(
            outcome,
            edits=tuple(edit for edit, _ in pairs),
            entries=tuple(entry for _, entry in pairs),
            receipt=replace(outcome.receipt, decisions=decisions),
        )

    def _tell(
        self, stage: Stage, *, model: str = "", messages: int = 0, outcome: Outcome | None = None
    ) -> None:
        if not self._observers:
            return
        event = PipelineEvent(stage, model, messages)
        if outcome is not None:
            event = replace(event, receipt=outcome.receipt, reused=outcome.reused)
        for observer in self._observers:
            failure = attempt(partial(observer.on_pipeline_event, event))
            if isinstance(failure, Exception):
                _log.warning("observer=<%r> error=<%r> | an observer failed", observer, failure)


def _blocks(conversation: Conversation) -> list[Block]:
    return [block for message in conversation.messages for block in message.blocks]


def _raw(decision: Decision) -> Decision:
    before, exact, tool = decision.tokens_before, decision.exact, decision.tool
    return Decision(decision.path, "failed:store", before, before, exact=exact, tool=tool)
