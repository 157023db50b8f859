"""Files that are too large to be read whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from headroom_agents.learn import quote
from headroom_agents.learn.absent import LEAST
from headroom_agents.learn.findings import At, Finding, calls, finding
from headroom_agents.learn.trace import Trace


def too_large(traces: Sequence[Trace]) -> Iterator[Finding]:
    """Yields files that the agent's tool refused to show whole."""
    found: dict[str, list[At]] = {}
    for at in calls(traces):
        for kind, name in at.call.complaints:
            if kind == "too-large" and quote.may_be_quoted(name):
                found.setdefault(name, []).append(at)
    for name, ats in found.items():
        if len(ats) >= LEAST:
            said = quote.times(len(ats)), quote.sessions(len({at.trace.session for at in ats}))
            advice = f"{quote.path(name)} was too large to be read whole, {said[0]} in {said[1]}"
            parts = any(_reads_part(at, name) for at in ats)
            advice += "; parts of it could be read." if parts else "."
            yield finding("too-large", advice, ats)


def _reads_part(at: At, name: str) -> bool:
    return any(
        call.reads == name and call.failed is False and call.number > at.call.number
        for call in at.trace.calls
    )
