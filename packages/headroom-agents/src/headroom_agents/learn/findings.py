"""What was learned: a sentence, and the calls that show it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from headroom_agents.learn.trace import Seen, Trace


@dataclass(frozen=True, slots=True)
class Evidence:
    """Calls of one session; of answers, the numbers of their turns."""

    session: str
    file: str
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is true of the sessions of one project.

    Attributes:
        kind: Of the finder.
        advice: One sentence; it says what happened, in words that are true.
        evidence: Where.
        times: How often.
        wasted: Tokens of what was for nothing.
    """

    kind: str
    advice: str
    evidence: tuple[Evidence, ...]
    times: int
    wasted: int

    @property
    def sessions(self) -> int:
        """In how many sessions."""
        return len(self.evidence)


@dataclass(frozen=True, slots=True)
class At:
    """A call, and the session that it is in."""

    trace: Trace
    call: Seen


def evidence(found: Iterable[At]) -> tuple[Evidence, ...]:
    """Returns calls by their sessions."""
    by_session: dict[tuple[str, str], list[int]] = {}
    for at in found:
        numbers = by_session.setdefault((at.trace.session, str(at.trace.file)), [])
        numbers.append(at.call.number)
    return tuple(
        Evidence(session, file, tuple(dict.fromkeys(numbers)))
        for (session, file), numbers in by_session.items()
    )


def finding(kind: str, advice: str, found: list[At], wasted: int | None = None) -> Finding:
    """Returns a finding of calls; what they took was for nothing, unless told otherwise."""
    tokens = sum(at.call.tokens for at in found) if wasted is None else wasted
    return Finding(kind, advice, evidence(found), len(found), tokens)


def calls(traces: Iterable[Trace]) -> Iterable[At]:
    """Yields all calls of the sessions of a project."""
    return (At(trace, call) for trace in traces for call in trace.calls)
