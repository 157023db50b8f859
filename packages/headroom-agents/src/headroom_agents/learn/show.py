"""Findings with their evidence, for people."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from headroom_agents.learn.findings import Evidence, Finding
from headroom_agents.learn.trace import Trace

_SESSIONS, _NUMBERS = 4, 6


def show(
    project: str, traces: Sequence[Trace], findings: Sequence[Finding], console: Console
) -> None:
    """Prints the findings of a project, and which calls show them."""
    calls = sum(len(one.calls) for one in traces)
    console.print(
        Text(f"{_plain(project)}: {len(traces):,} sessions, {calls:,} calls", style="bold")
    )
    if not findings:
        console.print("Nothing happened again and again.")
    for number, one in enumerate(findings, 1):
        wasted = f"  {one.wasted:,} tokens" if one.wasted else ""
        console.print(Text(f"{number:3}. {one.advice}{wasted}"))
        console.print(Text(f"     {_where(one.evidence)}", style="dim"))
    console.print()


def _where(evidence: Sequence[Evidence]) -> str:
    shown = [f"{_plain(one.session)[-40:]} {_numbers(one.numbers)}" for one in evidence[:_SESSIONS]]
    if more := len(evidence) - _SESSIONS:
        shown += [f"and {more:,} more"] if more > 0 else []
    return "; ".join(shown)


def _numbers(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:_NUMBERS]))
    return f"({shown}, …)" if len(numbers) > _NUMBERS else f"({shown})"


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)
