"""Plays a session as it came and as the gateway would send it, and prices both.

Not request by request: what goes out is append-only, so the request of each turn is the beginning of
the last one, in every mode. One pass over a session gives all of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from headroom import Headroom, Policy, retrieve_tool
from headroom.local import tokenizers
from headroom.policy import DEFAULT_MODEL
from headroom.pricing import Lifetime, Part, Price, Request, Usage, price_of, session_cost
from headroom.types import Decision
from headroom_agents.audit.figures import MODES, Assumptions, Audited, Mode, Printed, Side
from headroom_agents.audit.places import rates
from headroom_agents.audit.stretches import Stretch, stretches
from headroom_agents.transcripts import Session

_POLICIES: dict[Mode, Policy] = {"lossless": Policy.lossless(), "on": Policy()}

_FRAME = 6
"""Tokens around the texts of a message, roughly."""

_FRONT = 3
"""Parts before the messages: what was cached before the session, the rest, and our tool."""

_ASKING = 60
"""Tokens of a call that asks for what was left out, roughly."""


def audit_session(session: Session, assumed: Assumptions) -> Audited:
    """Returns what a session would have cost as it came and in both modes."""
    named = next((t.answer.model for t in session.turns if t.answer.model), "")
    model = assumed.model or named
    audited = Audited(session.agent, session.project, session.id, model, skipped=session.skipped)
    playing = _Playing(session, assumed, audited)
    for stretch in stretches(session):
        playing.play(stretch)
    if not model or playing.price is None:
        audited.billed = None
    return audited


class _Playing:
    """What all stretches of a session share."""

    def __init__(self, session: Session, assumed: Assumptions, into: Audited) -> None:
        self.price = price_of(into.model) if into.model else None
        self._assumed = assumed
        self._into = into
        self._model = into.model or DEFAULT_MODEL
        self._count = _counter(self._model)
        said = [turn.answer.lifetime for turn in session.turns if turn.answer.lifetime]
        self._lifetime: Lifetime = assumed.lifetime or (said[0] if said else "5m")
        self._cached, self._front = 0, assumed.front
        has_calls = any(turn.answer.calls for turn in session.turns)
        self._policies: dict[Mode, Policy] = dict(_POLICIES)
        self._tool = 0
        if has_calls:
            self._tool = self._count(json.dumps(retrieve_tool("anthropic")))
        else:  # without tools of its own a request gets none of ours
            self._policies["on"] = _POLICIES["lossless"]

    def play(self, stretch: Stretch) -> None:
        """Adds the figures of a stretch."""
        if stretch.copied == len(stretch.turns):
            return
        outputs = [self._output(stretch, n) for n in range(len(stretch.turns))]
        self._into.requests += len(stretch.turns) - stretch.copied
        self._bill(stretch)
        sizes: list[int] = []
        for mode in MODES:
            with_policy = Headroom(policy=self._policies[mode], store="memory:")
            receipt = with_policy.decide(stretch.conversation, model=self._model).receipt
            self._into.exact &= receipt.exact
            if not sizes:
                sizes = _sizes(stretch, receipt.decisions, lambda d: d.tokens_before)
                self._learn_front(stretch, sizes)
                requests = self._requests(stretch, sizes, outputs, 0)
                self._add(self._into.without, requests, stretch)
            self._play_in(mode, stretch, receipt.decisions, outputs)

    def _play_in(
        self, mode: Mode, stretch: Stretch, decisions: Sequence[Decision], outputs: list[int]
    ) -> None:
        after = _sizes(stretch, decisions, lambda d: d.tokens_after)
        requests = self._requests(stretch, after, outputs, self._tool if mode == "on" else 0)
        side, rate = self._into.sides[mode], [0.0] * len(after)
        usages = self._add(side, requests, stretch)
        own = [d for d in decisions if _message(d) >= stretch.own]
        if usages is not None and self.price is not None:
            counted = slice(stretch.copied, None)
            rate = rates(requests[counted], usages[counted], self.price, self._lifetime)[_FRONT:]
            if mode == "on":
                side.add(*self._asked_for(stretch, own, usages, self.price))
        self._into.left_out += sum(d.ref is not None for d in own) if mode == "on" else 0
        for d in decisions:
            if d.tool or d.tokens_after < d.tokens_before:
                is_own = _message(d) >= stretch.own  # else its text was counted, its price was not
                printed = (1, d.tokens_before, d.tokens_after) if is_own else (0, 0, 0)
                worth = (d.tokens_before - d.tokens_after) * rate[_message(d)]
                row = self._into.tools[mode].setdefault(d.tool, Printed())
                row.add(Printed(*printed, None if usages is None else worth))

    def _requests(
        self, stretch: Stretch, sizes: list[int], outputs: list[int], tool: int
    ) -> list[Request]:
        parts = [Part("cached", self._cached), Part("front", self._front), Part("tool", tool)]
        parts += [Part(str(n), size) for n, size in enumerate(sizes)]
        return [
            Request(tuple(parts[: _FRONT + sent]), output, turn.time)
            for turn, sent, output in zip(stretch.turns, stretch.sent, outputs, strict=True)
        ]

    def _add(self, side: Side, requests: list[Request], stretch: Stretch) -> list[Usage] | None:
        """Adds what the requests of a stretch take; returns how each is billed, if that is known."""
        counted = slice(stretch.copied, None)
        tokens = sum(part.tokens for request in requests[counted] for part in request.parts)
        before = Request(
            requests[0].parts[:1], at=requests[0].at
        )  # somebody's, with the same front
        cost = self.price and session_cost([before, *requests], self.price, lifetime=self._lifetime)
        if not cost:
            side.add(tokens, None)
            return None
        side.add(tokens, sum(bill.dollars for bill in cost.bills[1:][counted]))
        return [bill.usage for bill in cost.bills[1:]]

    def _asked_for(
        self, stretch: Stretch, decisions: Sequence[Decision], usages: list[Usage], price: Price
    ) -> tuple[int, float]:
        """Returns the tokens and dollars that the model is expected to ask for what was left out.

        The request is sent once more with the call and all that was left out of the text, and each
        later request carries them.
        """
        dollars = tokens = 0.0
        for d in decisions:
            if d.ref is None:
                continue
            turn = next(n for n, sent in enumerate(stretch.sent) if sent > _message(d))
            context = usages[turn].input
            back = d.tokens_before - d.tokens_after + _ASKING
            later = len(stretch.sent) - turn - 1
            again = [Usage(context, back, 0, _ASKING), *[Usage(back)] * later]
            if price.read is None:
                again = [Usage(fresh=u.input, output=u.output) for u in again]
            dollars += sum(price.of(u, lifetime=self._lifetime) or 0.0 for u in again)
            tokens += sum(u.input for u in again)
        return round(tokens * self._assumed.asks), dollars * self._assumed.asks

    def _learn_front(self, stretch: Stretch, sizes: list[int]) -> None:
        """Takes from the provider's first usage what is before the messages, and was cached."""
        usage = stretch.turns[0].answer.usage
        if usage is not None and usage.input:
            front = max(usage.input - sum(sizes[: stretch.sent[0]]), 0)
            self._cached = min(usage.read, front)
            self._front = front - self._cached

    def _output(self, stretch: Stretch, turn: int) -> int:
        """Returns the tokens of an answer; some clients note usage before the answer is complete."""
        answer = stretch.turns[turn].answer
        said = self._count("\n".join([answer.text, *(call.arguments for call in answer.calls)]))
        return max(said, answer.usage.output if answer.usage is not None else 0)

    def _bill(self, stretch: Stretch) -> None:
        into = self._into
        for turn in stretch.turns[stretch.copied :]:
            usage = turn.answer.usage
            dollars = None
            if usage is not None and self.price is not None:
                dollars = self.price.of(usage, lifetime=self._lifetime)
            if dollars is None or into.billed is None:
                into.billed = None
                return
            into.billed += dollars


def _sizes(
    stretch: Stretch, decisions: Sequence[Decision], tokens: Callable[[Decision], int]
) -> list[int]:
    sizes = [_FRAME] * len(stretch.conversation.messages)
    for decision in decisions:
        sizes[_message(decision)] += tokens(decision)
    return sizes


def _message(decision: Decision) -> int:
    return int(decision.path[1])


def _counter(model: str) -> Callable[[str], int]:
    return tokenizers()(model).count
