"""Commands that were refused for a reason that a fixed phrase tells, and what then worked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from headroom_agents.learn import quote
from headroom_agents.learn.absent import LEAST
from headroom_agents.learn.complaints import Complaint
from headroom_agents.learn.findings import At, Finding, calls, finding
from headroom_agents.learn.shell import Command
from headroom_agents.learn.trace import Trace

_SAID: dict[Complaint, str] = {
    "no-upstream": "the branch had no upstream",
    "unknown-option": "an option was unknown",
    "pre-commit": "a check before the commit failed",
    "ignored-path": "a path was ignored by .gitignore",
    "no-repository": "it was no git repository",
    "quotes": "a quote was not closed",
    "text-not-found": "the text to replace was not in the file",
    "not-read": "the file had not been read before",
    "changed": "the file had changed since it was read",
    "directory": "it was a directory",
    "timeout": "it took longer than the tool's time limit",
}
_BY: dict[Complaint, tuple[str, ...]] = {
    "no-upstream": ("git", "push"),
    "pre-commit": ("git", "commit"),
    "ignored-path": ("git", "add"),
    "no-repository": ("git",),
}
"""Which command of a line says so, where only one can."""

_OTHERWISE = frozenset({"no-upstream", "ignored-path"})
"""What is answered with other words of the same command; else something else was done in between."""


def refused(traces: Sequence[Trace]) -> Iterator[Finding]:
    """Yields what was refused again and again."""
    found: dict[tuple[Complaint, tuple[str, ...]], list[At]] = {}
    for at in calls(traces):
        for kind, _ in at.call.complaints:
            head = _head(kind, at.call.commands) if at.call.commands else (at.call.tool,)
            if kind in _SAID and head:
                found.setdefault((kind, head), []).append(at)
    for (kind, head), ats in found.items():
        if len(ats) < LEAST:
            continue
        said = quote.times(len(ats)), quote.sessions(len({at.trace.session for at in ats}))
        advice = f"{quote.command(head)} failed {said[0]} in {said[1]}: {_SAID[kind]}"
        if kind in _OTHERWISE and (instead := _instead(ats, head)):
            advice += f"; {quote.command(instead)} worked"
        yield finding(kind, f"{advice}.", ats)


def _head(kind: Complaint, commands: Sequence[Command]) -> tuple[str, ...]:
    """Returns the command that complains, if it is certain which one does."""
    if kind in _BY:
        own = [c.head for c in commands if c.words[: len(_BY[kind])] == _BY[kind]]
        return own[0] if own else ()
    return commands[0].head if len(commands) == 1 else ()


def _instead(ats: Sequence[At], head: tuple[str, ...]) -> tuple[str, ...]:
    """Returns the words that all successful calls have that came next, if they were other ones."""
    worked: list[tuple[str, ...]] = []
    for at in ats:
        before = {c.words for c in at.call.commands if c.head == head}
        later = (call for call in at.trace.calls if call.number > at.call.number)
        following = (
            (call, command) for call in later for command in call.commands if command.head == head
        )
        call, command = next(following, (None, None))
        if call is None or command is None or call.failed is not False:
            return ()
        if command.words in before:
            return ()
        worked.append(command.words)
    common = []
    for words in zip(*worked, strict=False):
        if len(set(words)) > 1:
            break
        common.append(words[0])
    longer = any(len(words) > len(common) for words in worked)
    return (*common, *(["…"] if longer else [])) if len(common) > len(head) else ()
