"""Exceptions that ended programs again and again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from headroom_agents.learn import quote
from headroom_agents.learn.findings import At, Finding, calls, finding
from headroom_agents.learn.trace import Trace

_SESSIONS = 3


def raised(traces: Sequence[Trace]) -> Iterator[Finding]:
    """Yields exceptions that ended programs in several sessions; test runs apart.

    Those of the language itself say nothing of a project.
    """
    found: dict[str, list[At]] = {}
    for at in calls(traces):
        name = at.call.raised
        if "." in name and not at.call.tests and quote.may_be_quoted(name):
            found.setdefault(name, []).append(at)
    for name, ats in found.items():
        in_sessions = len({at.trace.session for at in ats})
        if in_sessions >= _SESSIONS:
            said = f"{quote.times(len(ats))} in {quote.sessions(in_sessions)}"
            yield finding("raised", f"Commands ended with {quote.path(name)} {said}.", ats)
