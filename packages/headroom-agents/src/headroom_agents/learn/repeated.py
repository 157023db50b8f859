"""The same call again, with nothing new in its output."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from headroom_agents.learn import quote
from headroom_agents.learn.findings import At, Finding, finding
from headroom_agents.learn.trace import Seen, Trace

IN_A_ROW = 3
_READ_AGAIN, _WORTH = 3, 1_000
"""Readings, and tokens, from which it is said that files were read again."""

_NAMED = 3


def in_a_row(traces: Sequence[Trace]) -> Iterator[Finding]:
    """Yields calls that were made several times in a row and gave the same each time."""
    found: dict[str, list[list[At]]] = {}
    for trace in traces:
        for _, run in groupby(trace.calls, key=_likeness):
            ats = [At(trace, call) for call in run]
            if len(ats) >= IN_A_ROW:
                found.setdefault(_name([at.call for at in ats]), []).append(ats)
    for name, runs in found.items():
        longest = max(len(run) for run in runs)
        in_sessions = len({run[0].trace.session for run in runs})
        rows = "in a row" if len(runs) == 1 else f"in a row, {quote.times(len(runs))}"
        advice = (
            f"{name} was called up to {longest} times {rows} in {quote.sessions(in_sessions)}, "
            "with the same output each time."
        )
        if len(runs) == 1:
            advice = f"{name} was called {longest} times in a row with the same output each time."
        wasted = sum(at.call.tokens for run in runs for at in run[1:])
        yield finding("in-a-row", advice, [at for run in runs for at in run], wasted)


def read_again(traces: Sequence[Trace]) -> Iterator[Finding]:
    """Yields the files that were read again though nothing had happened to them, all in one."""
    again: list[At] = []
    files: Counter[str] = Counter()
    for trace in traces:
        known: dict[tuple[bytes, bytes, int], str] = {}
        for call in trace.calls:
            if not call.looks:
                known = _unchanged(known, call)
            elif call.reads and not call.failed:
                key = (call.call, call.output, call.context)
                if key in known:
                    again.append(At(trace, call))
                    files[call.reads] += 1
                known[key] = call.reads
    wasted = sum(at.call.tokens for at in again)
    if len(again) < _READ_AGAIN or wasted < _WORTH:
        return
    in_sessions = len({at.trace.session for at in again})
    named = [(name, n) for name, n in files.most_common(_NAMED) if quote.may_be_quoted(name)]
    advice = (
        f"Files were read again {quote.times(len(again))} in {quote.sessions(in_sessions)} though "
        "nothing had been changed since"
    )
    if named:
        advice += f": {', '.join(f'{quote.path(name)} ({n}×)' for name, n in named)}"
    yield finding("read-again", f"{advice}.", again)


def _unchanged(
    known: dict[tuple[bytes, bytes, int], str], call: Seen
) -> dict[tuple[bytes, bytes, int], str]:
    """Returns the readings that a call leaves as they were; a command may change any file."""
    if call.commands or not call.writes:
        return {}
    return {key: name for key, name in known.items() if name not in call.writes}


def _likeness(call: Seen) -> tuple[bytes, bytes, int]:
    """Returns what is equal for calls that are one call tried again; numbers count if it worked."""
    return (call.like if call.failed else call.call, call.output, call.context)


def _name(run: Sequence[Seen]) -> str:
    """Returns what was called, and whether its numbers were others each time."""
    first = run[0]
    if first.commands:
        words = first.commands[0].words
        name = quote.command(words if len(first.commands) == 1 else (*first.commands[0].head, "…"))
    else:
        name = quote.command([first.tool])
        name += f" of {quote.path(first.paths[0])}" if first.paths else ""
    return name if len({call.call for call in run}) == 1 else f"{name}, also with other numbers,"
