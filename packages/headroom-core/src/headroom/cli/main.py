"""The command group."""

from __future__ import annotations

from importlib.metadata import entry_points, version

import click

from headroom.cli.compress import compress
from headroom.cli.demo import demo
from headroom.cli.lint import lint_request
from headroom.cli.restore import restore
from headroom.cli.retrieve import retrieve
from headroom.cli.stats import stats

COMMANDS: tuple[click.Command, ...] = (compress, demo, lint_request, restore, retrieve, stats)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("headroom-core"), prog_name="headroom")
def group() -> None:
    """Shrinks what an LLM agent reads, and loses nothing."""


for command in COMMANDS:
    group.add_command(command)
for entry in entry_points(group="headroom.commands"):
    group.add_command(entry.load(), entry.name)
