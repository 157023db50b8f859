"""`headroom doctor`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from headroom.errors import HeadroomError
from headroom_agents.doctor import agents, gateways, savings, shell, store
from headroom_agents.doctor._finding import Finding, Level

CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    gateways.check,
    store.check,
    savings.check,
    agents.check,
    shell.check,
)
_CODES: dict[Level, int] = {"well": 0, "note": 0, "warning": 1, "broken": 2}
_STYLES: dict[Level, str] = {"well": "green", "note": "dim", "warning": "yellow", "broken": "red"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.option("--fix", is_flag=True, help="Heal what can be: files that lead to a dead port.")
def doctor(*, as_json: bool, fix: bool) -> None:
    """Say how gateways, store, savings and agents are, and what is being lost.

    Ends with 0 if all is well, 1 with warnings, 2 if something is broken.
    """
    found = _findings()
    if fix and any(finding.fix for finding in found):
        for finding in found:
            if finding.fix is not None:
                click.echo(f"{finding.subject}: {_healed(finding.fix)}", err=True)
        found = _findings()
    if as_json:
        click.echo(json.dumps([_shown(finding) for finding in found], indent=1))
    else:
        _print(found)
    sys.exit(max(_CODES[finding.level] for finding in found))


def _findings() -> list[Finding]:
    return [finding for check in CHECKS for finding in check()]


def _healed(fix: Callable[[], str]) -> str:
    try:
        return fix()
    except HeadroomError as error:
        return str(error)


def _shown(finding: Finding) -> dict[str, object]:
    said = {"subject": finding.subject, "level": finding.level, "text": finding.text}
    return {**said, "can_be_fixed": finding.fix is not None}


def _print(found: list[Finding]) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    subject = ""
    for finding in found:
        style = _STYLES[finding.level]
        name = finding.subject if finding.subject != subject else ""
        subject = finding.subject
        table.add_row(name, Text(finding.level, style), Text(finding.text))
    console = Console(highlight=False)
    console.print(table)
    if any(finding.fix for finding in found):
        console.print("\n`headroom doctor --fix` heals some of it.")
