"""`headroom audit`."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from headroom_agents.audit.figures import Assumptions, Audited
from headroom_agents.audit.plot import NoRenderer, check, save
from headroom_agents.audit.report import as_json, report_of
from headroom_agents.audit.run import audit_all
from headroom_agents.audit.show import show
from headroom_agents.transcripts import Found, find, readers

_DAY = 86_400


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--agent", "agents", multiple=True, help="Only this agent's sessions; may be repeated."
)
@click.option("--days", type=click.IntRange(min=1), help="Only sessions of the last so many days.")
@click.option("--model", default="", help="Whose prices count, instead of the recorded model's.")
@click.option(
    "--asks",
    type=click.FloatRange(0, 1),
    default=0.3,
    show_default=True,
    help="Share of what is left out in mode on that the model asks for again.",
)
@click.option(
    "--front",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Tokens of system prompt and tools, where a transcript states no usage.",
)
@click.option(
    "--lifetime", type=click.Choice(["5m", "1h"]), help="How long the provider's cache is kept."
)
@click.option("--jobs", type=click.IntRange(min=1), default=os.cpu_count() or 1, help="Processes.")
@click.option("--json", "as_text", is_flag=True, help="Print as JSON.")
@click.option("--plot", type=click.Path(dir_okay=False, path_type=Path), help="Draw an SVG or PNG.")
def audit(  # noqa: PLR0913 - one for each option
    *,
    paths: tuple[Path, ...],
    agents: tuple[str, ...],
    days: int | None,
    model: str,
    asks: float,
    front: int,
    lifetime: str | None,
    jobs: int,
    as_text: bool,
    plot: Path | None,
) -> None:
    """Show what recorded sessions would have cost with Headroom, and without.

    PATHS are transcripts of agents, files of recorded requests, or folders of them; without any,
    those that Claude Code, Codex, Gemini CLI and OpenCode keep on this machine. Nothing is sent
    anywhere, and nothing is kept.
    """
    known = [reader.agent for reader in readers()]
    for agent in agents:
        if agent not in known:
            raise click.UsageError(f"--agent {agent}: expected one of {', '.join(known)}")
    since = time.time() - days * _DAY if days else None
    if plot is not None:
        try:
            check(plot)
        except NoRenderer as error:
            raise click.ClickException(str(error)) from error
    assumed = Assumptions(model, asks, front, lifetime)  # type: ignore[arg-type]
    found = find(paths, agents=agents, since=since)
    audited = _audit(found, assumed, since, jobs)
    if not audited:
        looked = [*paths] or [home for reader in readers() if (home := reader.home())]
        raise click.ClickException(
            f"no session found in {', '.join(map(str, looked))}; name a file or folder of transcripts"
        )
    report = report_of(audited, assumed)
    if plot is not None:
        try:
            save(report, plot)
        except OSError as error:
            raise click.ClickException(f"{plot}: {error.strerror}") from error
    if as_text:
        click.echo(json.dumps(as_json(report), indent=1))
    else:
        show(report, Console())


def _audit(
    found: list[Found], assumed: Assumptions, since: float | None, jobs: int
) -> list[Audited]:
    audited: list[Audited] = []
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    quiet = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=quiet) as progress:
        task = progress.add_task("sessions", total=sum(one.size for one in found))
        for done, sessions in audit_all(found, assumed, since=since, jobs=jobs):
            audited += sessions
            size = sum(one.size for one in done)
            progress.update(task, advance=size, description=f"{len(audited):,} sessions")
    return audited
