"""Answers that the user interrupted, or that ran into the limit of tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median

from headroom_agents.learn import quote
from headroom_agents.learn.findings import Evidence, Finding
from headroom_agents.learn.trace import Said, Trace
from headroom_agents.transcripts.types import End

_LEAST = 3
_LONGER = 2
"""How many times longer than usual they are, before that is said."""


def cut_off(traces: Sequence[Trace]) -> Iterator[Finding]:
    """Yields how often answers did not end by themselves."""
    yield from _finding(traces, "interrupted", "were interrupted by the user")
    yield from _finding(traces, "limit", "were cut off at the limit of their tokens")


def _finding(traces: Sequence[Trace], end: End, what: str) -> Iterator[Finding]:
    found = [(trace, said) for trace in traces for said in trace.answers if said.end == end]
    if len(found) < _LEAST:
        return
    by_session: dict[tuple[str, str], list[int]] = {}
    for trace, said in found:
        by_session.setdefault((trace.session, str(trace.file)), []).append(said.turn)
    advice = f"{len(found):,} answers {what} in {quote.sessions(len(by_session))}"
    own = median(said.tokens for _, said in found)
    usual = median(_ended(traces) or [0])
    if usual and own >= _LONGER * usual:
        advice += (
            f"; half of them were longer than {own:,.0f} tokens, of all others than {usual:,.0f}"
        )
    places = tuple(Evidence(*where, tuple(turns)) for where, turns in by_session.items())
    wasted = sum(said.tokens for _, said in found)
    yield Finding(end, f"{advice}.", places, len(found), wasted)


def _ended(traces: Sequence[Trace]) -> list[int]:
    answers: list[Said] = [said for trace in traces for said in trace.answers]
    return [said.tokens for said in answers if not said.end]
