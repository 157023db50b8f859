"""The command group."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Any

import click

GROUP = "headroom.commands"
COMMANDS = (
    EntryPoint("compress", "headroom.cli.compress:compress", GROUP),
    EntryPoint("demo", "headroom.cli.demo:demo", GROUP),
    EntryPoint("lint", "headroom.cli.lint:lint_request", GROUP),
    EntryPoint("restore", "headroom.cli.restore:restore", GROUP),
    EntryPoint("retrieve", "headroom.cli.retrieve:retrieve", GROUP),
    EntryPoint("stats", "headroom.cli.stats:stats", GROUP),
)
"""Our own; those of other packages are declared by them."""


class Commands(click.Group):
    """Commands that are imported when they are called: a gateway needs no code of the others."""

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401 - as click gives them
        super().__init__(**attributes)
        self.entries = {entry.name: entry for entry in (*COMMANDS, *entry_points(group=GROUP))}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Returns the names of all commands, in order."""
        return sorted(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Returns a command; None: there is no such command."""
        entry = self.entries.get(cmd_name)
        if entry is None:
            return None
        try:
            command: click.Command = entry.load()
        except ImportError as error:
            raise click.ClickException(f"{cmd_name} cannot be loaded: {error}") from error
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="headroom-core", prog_name="headroom")
def group() -> None:
    """Shrinks what an LLM agent reads, and loses nothing."""
