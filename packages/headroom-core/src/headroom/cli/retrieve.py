"""`headroom retrieve`."""

from __future__ import annotations

import click

from headroom.api import default
from headroom.errors import HeadroomError


@click.command()
@click.argument("ref")
@click.option("--lines", help='"120-180", "5", "-20" for the last twenty.')
@click.option("--rows", help='Rows of an array or table: "12-99".')
@click.option("--path", help="JSON pointer or JSONPath.")
@click.option("--query", help="Words to look for.")
@click.option("--max-tokens", type=int, help="Cut at this many tokens.")
def retrieve(
    ref: str,
    lines: str | None,
    rows: str | None,
    path: str | None,
    query: str | None,
    max_tokens: int | None,
) -> None:
    """Print the original behind REF, or the part asked for."""
    try:
        text = default().retrieve(
            ref, query=query, lines=lines, rows=rows, path=path, max_tokens=max_tokens
        )
    except HeadroomError as error:
        raise click.ClickException(str(error)) from error
    click.echo(text, nl=False)
