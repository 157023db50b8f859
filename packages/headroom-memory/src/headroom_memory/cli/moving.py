"""`headroom memory export`, `import`, `collect`, `stats` and `projects`."""

from __future__ import annotations

from dataclasses import asdict
from typing import BinaryIO

import click

from headroom_memory.cli.common import (
    counted,
    echo_json,
    json_option,
    plain,
    sentences,
    with_memory,
)
from headroom_memory.errors import Refused
from headroom_memory.files import AGENTS, collected
from headroom_memory.memory import Memory
from headroom_memory.opening import open_place
from headroom_memory.project import USER


@click.command()
@click.argument("file", type=click.File("wb", atomic=True), default="-")
@with_memory
def export(memory: Memory, *, file: BinaryIO) -> None:
    """Write all facts with their histories to FILE, as lines of JSON."""
    file.write(memory.export().encode())


@click.command("import")
@click.argument("file", type=click.File("rb"), default="-")
@click.option("--allow-secret", is_flag=True, help="Also with what looks like a credential.")
@with_memory
def import_(memory: Memory, *, file: BinaryIO, allow_secret: bool) -> None:
    """Take in FILE, as `export` wrote it: all of it, or nothing."""
    try:
        lines = file.read().decode()
    except UnicodeDecodeError as error:
        raise Refused(f"{file.name} is no UTF-8 text: {error}") from error
    memory = memory.allowing_secrets() if allow_secret else memory
    click.echo(f"{counted(memory.import_(lines), 'new fact')}.")


@click.command()
@click.argument("agents", nargs=-1, type=click.Choice([agent.name for agent in AGENTS]))
@json_option
@with_memory
def collect(memory: Memory, *, agents: tuple[str, ...], as_json_: bool) -> None:
    """Take in what the agents' own memory files say about the project; without a name, of all.

    Run it again after they change: what is there already is not added twice, what was edited takes
    the place of what it said before. With --user: the files for all projects.
    """
    chosen = [agent for agent in AGENTS if not agents or agent.name in agents]
    root = None if memory.project == USER else memory.project.root
    if root is None and memory.project != USER:
        raise Refused(f"project {memory.project.name} is a name; files are in folders")
    results = [
        (file, synced) for agent in chosen for file, synced in collected(memory, agent, root)
    ]
    if as_json_:
        echo_json([{"file": file, **asdict(synced)} for file, synced in results])
        return
    for file, synced in results:
        click.echo(
            f"{plain(file)}: {synced.added} new, {synced.replaced} changed, {synced.kept} as before, "
            f"{synced.ended} ended"
        )
        for line, reason in synced.refused:
            click.echo(f"  line {line} was left out: {plain(reason)}")
    if not results:
        click.echo("Found no memory files.")


@click.command()
@json_option
@with_memory
def stats(memory: Memory, *, as_json_: bool) -> None:
    """Show how much is known of the project."""
    found = memory.stats()
    if as_json_:
        echo_json({"project": memory.project.name, **asdict(found)})
        return
    click.echo(f"project    {plain(memory.project.identity)}")
    click.echo(f"facts      {found.facts:,} hold, {found.ended:,} ended")
    click.echo(f"values     {found.values:,} of SharedContext, {found.originals:,} different")
    click.echo(f"bytes      {found.bytes:,}")
    for agent, count in found.agents.items():
        click.echo(f"said by    {plain(agent) or 'somebody'}: {count:,}")


@click.command()
@json_option
def projects(*, as_json_: bool) -> None:
    """List the projects of which something was saved."""
    with sentences():
        found = open_place().projects()
    if as_json_:
        echo_json([asdict(project) for project in found])
        return
    for project in found:
        click.echo(plain(project.identity))
