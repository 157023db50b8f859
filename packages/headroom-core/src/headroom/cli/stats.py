"""`headroom stats`."""

from __future__ import annotations

import json
from dataclasses import asdict

import click
from rich.console import Console
from rich.table import Table

from headroom.api import default
from headroom.ccr.stored import Counting, Saving
from headroom.errors import HeadroomError


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def stats(*, as_json: bool) -> None:
    """Show what was saved so far, by kind of content. A block counts once, however often it is sent."""
    store = default().store
    try:
        savings = store.savings() if isinstance(store, Counting) else []
    except HeadroomError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps([asdict(s) for s in savings], indent=1))
        return
    if not savings:
        click.echo("Nothing yet. Try `headroom demo`, or `headroom compress FILE`.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("content", "blocks", "before", "after", "saved"):
        table.add_column(name, justify="left" if name == "content" else "right")
    for s in savings:
        _row(table, s)
    table.add_section()
    _row(
        table,
        Saving(
            "total",
            sum(s.blocks for s in savings),
            sum(s.tokens_before for s in savings),
            sum(s.tokens_after for s in savings),
        ),
    )
    Console().print(table)


def _row(table: Table, saving: Saving) -> None:
    share = 100 * (1 - saving.tokens_after / saving.tokens_before) if saving.tokens_before else 0
    numbers = (saving.blocks, saving.tokens_before, saving.tokens_after)
    table.add_row(saving.content_type, *(f"{n:,}" for n in numbers), f"{share:.1f} %")
