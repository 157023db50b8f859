"""The group of commands."""

from __future__ import annotations

import click

from headroom_memory.cli.moving import collect, export, import_, projects, stats
from headroom_memory.cli.reading import history, list_, search, show
from headroom_memory.cli.writing import delete, edit, forget, prune, purge, save


@click.group()
def memory() -> None:
    """What agents know about a project, on this machine.

    The project is the one around the working directory: a git repository with all its worktrees, or
    a folder marked by a file .headroom-project. $HEADROOM_PROJECT or --project may name another.
    """


for command in (
    save, search, list_, show, history, edit, forget, delete, prune, purge, export, import_, collect,
    stats, projects,
):  # fmt: skip
    memory.add_command(command)
