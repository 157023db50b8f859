"""What runs the tests of a project."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from headroom_agents.learn import quote
from headroom_agents.learn.findings import At, Finding, calls, finding
from headroom_agents.learn.trace import Trace

_SESSIONS = 2
_NAMED = 2
_RUNNERS = frozenset(
    {
        "pytest", "tox", "nox", "unittest", "test", "tests", "runtests", "vitest", "jest", "mocha",
        "ctest", "rspec", "phpunit", "bun", "deno", "gradle", "gradlew", "mvn", "mvnw", "make", "just",
    }
)  # fmt: skip
"""Names of programs, scripts and sub-commands that run tests."""


def tests_run(traces: Sequence[Trace]) -> Iterator[Finding]:
    """Yields the commands whose output was that of a test run, in several sessions."""
    found: dict[tuple[str, ...], list[At]] = {}
    for at in calls(traces):
        heads = {command.head for command in at.call.commands if runs_tests(command.head)}
        if at.call.tests and len(heads) == 1:
            found.setdefault(heads.pop(), []).append(at)
    often = [
        (head, ats)
        for head, ats in sorted(found.items(), key=lambda item: -len(item[1]))
        if len({at.trace.session for at in ats}) >= _SESSIONS
    ][:_NAMED]
    if often:
        named = " and ".join(
            f"{quote.command(head)} ({quote.times(len(ats))} in "
            f"{quote.sessions(len({at.trace.session for at in ats}))})"
            for head, ats in often
        )
        yield finding(
            "tests", f"Tests ran with {named}.", [at for _, ats in often for at in ats], 0
        )


def runs_tests(head: tuple[str, ...]) -> bool:
    """Returns whether a command that starts like this is there to run tests."""
    last = head[-1].rpartition("/")[2]
    return last in _RUNNERS or last.removesuffix(".py") in _RUNNERS or last.startswith("test:")
