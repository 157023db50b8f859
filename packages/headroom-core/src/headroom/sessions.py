"""Requests of sessions that all come by here: what went out goes out like that again, for good.

Not by the state of a process: every message is looked up in the ledger by its lineage, and what is
new is recorded there before it goes out. So no restart, other worker, version, policy or switch
changes what a provider has seen.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, TypeAlias

from headroom.asked import Answer, answer, retrieved
from headroom.compressors import BUILTIN
from headroom.errors import Ambiguous, FormatError, KeyCollision, StoreError
from headroom.events import CompressionHooks
from headroom.formats import Body, read_body, write_body
from headroom.formats.rounds import ROUNDS, inserted
from headroom.formats.threads import gone_on, previous
from headroom.known import Known
from headroom.leaks import answered_anew, calls_back
from headroom.ledger import Ledger
from headroom.local import store_of, tokenizers
from headroom.pipeline import Memo, run
from headroom.pipeline.run import Engine, attempt
from headroom.policy import DEFAULT_MODEL, Policy
from headroom.protocols import Store, WireFormat
from headroom.recognise import recognise
from headroom.result import BodyResult, originals_of
from headroom.rounds import Rounds
from headroom.steering import Steering, effort, may_steer, said
from headroom.tokenizers import image_rule
from headroom.turn import Turn
from headroom.types import (
    Hidden,
    Insertion,
    Outcome,
    Receipt,
    Sent,
)

_log = logging.getLogger("headroom")

LOSSLESS = Policy.lossless()

How: TypeAlias = Literal["compress", "observe", "replay"]
"""What is done with messages that are new: `compress`; nothing, but measured as if; nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What is done with a request.

    Attributes:
        policy: What may be done to messages that are new. What it says of budgets is not done.
        retrieving: The same where the model can ask for what is left out. Who gives this answers the
            calls of the tool that is declared then, and says so in `Sessions.rounds`.
        declares: Whether the tool is declared where the client declares none.
        how: Whether it is done.
        records: Whether a model is going to read the request. Who only asks how many tokens it has
            gets the same body, and nothing is recorded.
        steering: What is asked of the model where a conversation begins.
    """

    policy: Policy = LOSSLESS
    retrieving: Policy | None = None
    declares: bool = True
    how: How = "compress"
    records: bool = True
    steering: Steering | None = None


_TRIES = 3
"""The second finds everything recorded that somebody else was faster with."""


class Sessions:
    """Compresses the requests of sessions for whoever forwards them. Safe to share between threads.

    Args:
        store: A store, or its URL; default: a file in the user's data directory.
        hooks: May keep blocks as they are.
        clock: Seconds since the epoch.
    """

    def __init__(
        self,
        store: Store | str | None = None,
        *,
        hooks: CompressionHooks | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.store = store_of(store)
        self._hooks = hooks
        self._memo = Memo()
        self._known = Known(clock)
        self._ledger = Ledger(self.store, clock)
        self.rounds = Rounds(self._ledger)
        self._tokenizer = tokenizers()

    def send(
        self,
        body: bytes,
        way: Way,
        *,
        model: str = "",
        wire_format: WireFormat | None = None,
    ) -> BodyResult:
        """Returns the request body that goes out; its new messages are recorded when this returns.

        A body that cannot be read, or is of no known format, comes back untouched with the reason.

        Args:
            body: The request as the client sent it, decoded from any content encoding.
            way: What is done with it.
            model: Whose tokenizer counts; default: the model that the body names.
            wire_format: What the request is written in; default: its fields tell.
        """
        try:
            request = read_body(body, wire_format)
            conversation = request.wire_format.read(self.rounds.resolved(request))
        except FormatError as error:
            return BodyResult(body, Receipt(), {}, reason=str(error))
        model = model or request.model
        thread = self.rounds.thread(request)
        conversation = recognise(conversation, self.store, self._known)
        turn = Turn(conversation, thread, previous(request))
        if way.steering is not None and way.how == "compress" and may_steer(request):
            turn.propose(way.steering)
        declares = self._declares(request, turn, way)
        if way.how == "compress" and calls_back(turn.conversation.messages):
            turn.anew = self._anew(request, turn, model or DEFAULT_MODEL)
        policy = way.policy
        if way.retrieving is not None and self.rounds.can_retrieve(request, declared=declares):
            policy = way.retrieving
        if thread is not None:
            policy = policy.asking(thread.asked)
        engine = self._engine(policy, model or DEFAULT_MODEL)
        outcome = self._outcome(turn, engine, fresh=way.how == "compress", records=way.records)
        added = [self.rounds.declaration(request)] if declares else []
        known = self._ledger.recall(turn.keys)[0]
        hidden, steered = turn.hidden(known), turn.steered(known, counts=not way.records)
        format_of = request.wire_format
        written = write_body(request, [*outcome.edits, *effort(request, steered)], added)
        if hidden:
            written = ROUNDS[format_of.name].put_back(read_body(written, format_of), hidden)
        if messages := said(request, steered):
            at = turn.opening + 1
            written = inserted(read_body(written, format_of), at, messages)
        if thread is not None:
            written = gone_on(read_body(written, format_of), thread.name, thread.owed)
        if way.how == "observe" and not outcome.edits:
            outcome = run(turn.conversation, engine, self._memo)
        originals = originals_of(outcome)
        return BodyResult(
            written,
            outcome.receipt,
            originals,
            model=model,
            lineage=turn.lineage,
            retrieves=declares and self.rounds.joins(request),
            added=turn.added(_added(added, hidden, engine), steered, engine),
            steered=steered,
            conversation=turn.conversation_key if steered is not None else b"",
            asked=turn.asked,
        )

    def forward(
        self,
        body: bytes,
        way: Way,
        *,
        model: str = "",
        wire_format: WireFormat | None = None,
    ) -> BodyResult | None:
        """Returns what `send` returns, also where there is a defect in it.

        Then at least what went out before goes out like that again; None: not even that.
        """
        for one in (way, replace(way, how="replay")):
            result = attempt(partial(self.send, body, one, model=model, wire_format=wire_format))
            if not isinstance(result, Exception):
                return result
            _log.error("error=<%r> | what is new in a request goes out as it came", result)
        return None

    @property
    def trouble(self) -> str:
        """What is wrong with the store, in a sentence; empty: nothing, as far as is known."""
        return self._ledger.trouble

    def check(self) -> None:
        """Gives the store what it did not take, if it is well again.

        Raises:
            StoreError: It is not; says what is wrong, and what to do.
        """
        self._ledger.check()

    def _declares(self, request: Body, turn: Turn, way: Way) -> bool:
        """Returns whether a request goes out with the tool: as the conversation began."""
        if turn.is_part:
            return turn.thread is not None and self.rounds.may_declare(request)
        return self.rounds.declares(
            request,
            turn.root,
            wanted=way.declares and way.retrieving is not None and way.how == "compress",
            begins=turn.begins,
            records=way.records,
        )

    def _outcome(self, turn: Turn, engine: Engine, *, fresh: bool, records: bool) -> Outcome:
        """Returns what goes out, with its originals stored and its messages recorded.

        Whatever fails, what went out before goes out like that again; only new texts stay raw.
        """
        outcome = Outcome()
        for _ in range(_TRIES):
            outcome = self._run(turn, engine, fresh=fresh)
            if not records:
                break
            try:
                self._keep(outcome)
                if self._ledger.record(turn.keys, turn.records(outcome, proposed=True)):
                    break
            except (Ambiguous, KeyCollision):
                fresh = False
            except StoreError as error:
                outcome = self._run(turn, engine, fresh=False)
                self._ledger.hold(turn.keys, turn.records(outcome), error)
                break
        return outcome

    def _run(self, turn: Turn, engine: Engine, *, fresh: bool) -> Outcome:
        records, complete = self._ledger.recall(turn.keys)
        sent: list[Sent | None] = [*turn.sent(records, everything=not (fresh and complete))]
        messages = turn.conversation.messages
        sent += [turn.anew.get(n) for n in range(len(sent), len(messages)) if turn.anew]
        return run(replace(turn.conversation, sent=tuple(sent)), engine, self._memo)

    def _anew(self, request: Body, turn: Turn, model: str) -> dict[int, Sent]:
        if self.rounds.is_known_to_client(request):
            return {}
        messages = turn.conversation.messages
        return answered_anew(messages, self._answer, self._tokenizer(model))

    def _answer(self, arguments: str) -> Answer:
        """Returns what a call of the retrieve tool gives."""
        try:
            get = partial(retrieved, store=self.store, tokenizer=self._tokenizer)
            return answer(arguments, get)
        except StoreError as error:
            return Answer(str(error), failed=True)

    def _keep(self, outcome: Outcome) -> None:
        """Stores the originals that are not stored yet, or were not touched since yesterday."""
        wanted = [entry for entry in outcome.entries if self._known.wanted(entry)]
        if wanted:
            self.store.put(wanted)
            self._known.keep(wanted)

    def _engine(self, policy: Policy, model: str) -> Engine:
        tokenizer = self._tokenizer(model)
        # An epoch changes what was sent.
        policy = replace(policy, budget_tokens=None, fit_window=False)
        return Engine(policy, tokenizer, BUILTIN, hooks=self._hooks, images=image_rule(model))


def _added(
    insertions: Sequence[Insertion], hidden: Mapping[int, Hidden], engine: Engine
) -> dict[int, int]:
    """Returns the tokens that go up without the client's knowledge, by message."""
    count = engine.tokenizer.count
    tokens = {
        n: sum(
            count(text.encode("utf-8", "surrogatepass"))
            for one in unknown.rounds
            for text in (one.results, *(call for _, call in one.calls))
        )
        for n, unknown in hidden.items()
    }
    if insertions:
        tokens[0] = tokens.get(0, 0) + sum(count(one.elements.encode()) for one in insertions)
    return tokens
