"""Programs and modules that are not there, and what ran in their place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from headroom_agents.learn import quote
from headroom_agents.learn.complaints import Complaint
from headroom_agents.learn.findings import At, Finding, calls, finding
from headroom_agents.learn.shell import Command
from headroom_agents.learn.tests_run import runs_tests
from headroom_agents.learn.trace import Seen, Trace

LEAST = 2
"""Once may be chance."""

_SHOWS = frozenset(
    {
        "cat",
        "head",
        "tail",
        "sed",
        "nl",
        "less",
        "grep",
        "rg",
        "ls",
        "find",
        "wc",
        "rm",
        "git",
        "stat",
    }
)
"""Programs that take the same arguments as many another, and are no replacement for it."""

_RARELY = 4
"""The second replacement is named if it ran at least every fourth time that the first did."""

_SAID: dict[Complaint, str] = {"no-program": "command not found", "no-module": "No module named …"}


def absent(traces: Sequence[Trace]) -> Iterator[Finding]:
    """Yields what was called and never there."""
    found: dict[tuple[Complaint, str], list[At]] = {}
    for at in calls(traces):
        for kind, name in at.call.complaints:
            if kind in _SAID:
                found.setdefault((kind, name), []).append(at)
    for (kind, name), ats in found.items():
        subject = tuple(name.split(" "))
        if len(ats) < LEAST or any(_ran(at.call, subject) for at in calls(traces)):
            continue
        said = quote.times(len(ats)), quote.sessions(len({at.trace.session for at in ats}))
        advice = f"{quote.command(subject)} failed {said[0]} in {said[1]} with “{_SAID[kind]}”"
        if instead := _instead(ats, subject):
            named = " and ".join(quote.command(words) for words in instead)
            advice += f"; {named} ran with the same arguments"
        yield finding(kind, f"{advice}.", ats)


def _ran(call: Seen, subject: tuple[str, ...]) -> bool:
    """Returns whether a call started what is said not to be there."""
    return _started(call) and any(_starts(command, subject) for command in call.commands)


def _started(call: Seen) -> bool:
    """Returns whether nothing is known to have kept a call from being carried out."""
    return call.failed is not None and not call.complaints


def _instead(ats: Sequence[At], subject: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Returns what ran with the same arguments later in the same session, most often first.

    For what runs tests it counts only if tests were run.
    """
    is_for_tests = runs_tests(subject)
    ran: Counter[tuple[str, ...]] = Counter()
    for at in ats:
        wanted = {_operands(c, subject) for c in at.call.commands if _starts(c, subject)} - {()}
        for later in at.trace.calls:
            if later.number <= at.call.number or not _started(later):
                continue
            if is_for_tests and not later.tests:
                continue
            heads = {head for c in later.commands if (head := _head(c, wanted)) and head != subject}
            if heads := {head for head in heads if head[0] not in _SHOWS}:
                ran.update(heads)
                break
    most = max(ran.values(), default=0)
    return [head for head, count in ran.most_common(2) if count * _RARELY >= most]


def _head(command: Command, wanted: set[tuple[str, ...]]) -> tuple[str, ...]:
    """Returns what a command starts with before those operands; nothing if it has others."""
    if _operands(command, command.words[:1]) in wanted:
        return command.words[:1]
    return command.head if command.operands in wanted else ()


def _starts(command: Command, subject: tuple[str, ...]) -> bool:
    return command.words[: len(subject)] == subject


def _operands(command: Command, subject: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in command.words[len(subject) :] if not word.startswith("-"))
