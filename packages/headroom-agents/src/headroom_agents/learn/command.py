"""`headroom learn`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from headroom.errors import ConfigError
from headroom_agents.learn.block import lines_of
from headroom_agents.learn.findings import Finding
from headroom_agents.learn.run import by_project, learn, traces_of
from headroom_agents.learn.show import show
from headroom_agents.learn.targets import COMMON, NAMES, Change, plan, plan_removal, targets, write
from headroom_agents.learn.trace import Trace
from headroom_agents.learn.wording import model_of, worded
from headroom_agents.transcripts import find, readers


@click.command("learn")
@click.option(
    "--project", type=click.Path(file_okay=False, path_type=Path), help="Default: this folder."
)
@click.option("--all", "everything", is_flag=True, help="All projects that there are sessions of.")
@click.option(
    "--agent", "agents", multiple=True, help="Only this agent's sessions; may be repeated."
)
@click.option(
    "--sessions",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="Transcripts or a folder of them, instead of those that agents keep on this machine.",
)
@click.option(
    "--target",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write to; default: what each agent reads in the project.",
)
@click.option(
    "--apply", "applies", is_flag=True, help="Write; without it only the change is shown."
)
@click.option("--remove", "removes", is_flag=True, help="Take the block out again.")
@click.option("--json", "as_text", is_flag=True, help="Print as JSON.")
@click.option(
    "--word-with", help="URL/MODEL of an OpenAI-compatible endpoint that words the advice."
)
@click.option(
    "--key-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Its key."
)
@click.option("--jobs", type=click.IntRange(min=1), default=os.cpu_count() or 1, help="Processes.")
def learn_command(  # noqa: PLR0913 - one for each option
    *,
    project: Path | None,
    everything: bool,
    agents: tuple[str, ...],
    sessions: tuple[Path, ...],
    target: Path | None,
    applies: bool,
    removes: bool,
    as_text: bool,
    word_with: str | None,
    key_file: Path | None,
    jobs: int,
) -> None:
    """Find what went wrong again and again in recorded sessions.

    Reads the transcripts of Claude Code, Codex, Gemini CLI and OpenCode; asks no model, and sends
    nothing anywhere. Shows what it would write to CLAUDE.md, AGENTS.md or GEMINI.md; --apply writes.
    """
    folder = (project or Path.cwd()).resolve()
    try:
        if removes:
            _remove([target] if target else targets(folder, [*NAMES, COMMON]))
            return
        _check(agents)
        traces = _traces(sessions, agents, jobs)
        if not everything and (project is not None or not sessions):
            traces = [one for one in traces if _is_in(one.project, folder)]
            traces = [_moved(one, folder) for one in traces]
        if not traces:
            raise click.ClickException(_nothing(folder, sessions, everything=everything))
        found = {name: (own, learn(own)) for name, own in by_project(traces).items()}
        if as_text:
            click.echo(
                json.dumps([_as_json(name, *both) for name, both in found.items()], indent=1)
            )
            return
        if target is not None and len(found) > 1:
            raise click.UsageError(f"--target: expected one project, got {len(found)}; name one")
        for name, (own, findings) in found.items():
            words = _words(findings, word_with, key_file)
            show(name, own, findings, Console())
            for change in _changes(name, own, findings, words, target):
                _make(change, applies=applies)
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"{error.filename}: {error.strerror}") from error


def _traces(paths: Sequence[Path], agents: Iterable[str], jobs: int) -> list[Trace]:
    found = find(paths, agents=agents)
    traces: list[Trace] = []
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    quiet = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=quiet) as progress:
        task = progress.add_task("sessions", total=sum(one.size for one in found))
        for done, own in traces_of(found, jobs):
            traces += own
            size = sum(one.size for one in done)
            progress.update(task, advance=size, description=f"{len(traces):,} sessions")
    return traces


def _changes(
    name: str,
    traces: Sequence[Trace],
    findings: Sequence[Finding],
    words: Sequence[str],
    target: Path | None,
) -> list[Change]:
    if not findings:
        return []
    folder = Path(name)
    if target is None and not (folder.is_absolute() and folder.is_dir()):
        click.echo(f"{name} is no folder of this machine; --target FILE says where to write.\n")
        return []
    files = [target] if target else targets(folder, {one.agent for one in traces})
    return [plan(file, lines_of(findings, words)) for file in files]


def _make(change: Change, *, applies: bool) -> None:
    if not change.diff:
        click.echo(f"{change.file}: up to date")
        return
    click.echo(change.diff)
    if not applies:
        click.echo(f"{change.file}: not written; --apply writes it")
        return
    backup = write(change)
    kept = f"; as it was: {backup}" if backup else ""
    click.echo(f"{change.file}: written{kept}")


def _remove(files: Sequence[Path]) -> None:
    changes = [plan_removal(file) for file in files]
    for change in changes:
        if change.before != change.after:
            write(change)
            click.echo(
                f"{change.file}: {'removed' if change.after is None else 'as it was before'}"
            )
    if all(change.before == change.after for change in changes):
        click.echo(f"no block in {', '.join(str(file) for file in files)}")


def _words(findings: Sequence[Finding], word_with: str | None, key_file: Path | None) -> list[str]:
    if not word_with or not findings:
        return []
    key = key_file.read_text("utf-8").strip() if key_file else ""
    return worded(findings, model_of(word_with), key)


def _check(agents: Sequence[str]) -> None:
    known = [reader.agent for reader in readers()]
    for agent in agents:
        if agent not in known:
            raise click.UsageError(f"--agent {agent}: expected one of {', '.join(known)}")


def _is_in(project: str, folder: Path) -> bool:
    own = Path(project)
    return own.is_absolute() and own.resolve().is_relative_to(folder)


def _moved(trace: Trace, folder: Path) -> Trace:
    """Returns a session of a folder below as one of the project."""
    return trace if trace.project == str(folder) else replace(trace, project=str(folder))


def _nothing(folder: Path, sessions: Sequence[Path], *, everything: bool) -> str:
    if sessions or everything:
        looked = ", ".join(map(str, sessions)) or "the folders of all agents"
        return f"no session found in {looked}"
    return (
        f"no session of {folder} found; --all takes all projects, --sessions PATH other transcripts"
    )


def _as_json(name: str, traces: Sequence[Trace], findings: Sequence[Finding]) -> dict[str, object]:
    calls = sum(len(one.calls) for one in traces)
    counts = {"sessions": len(traces), "calls": calls, "skipped": sum(t.skipped for t in traces)}
    return {"project": name, **counts, "findings": [asdict(one) for one in findings]}
