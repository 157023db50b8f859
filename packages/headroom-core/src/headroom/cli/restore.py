"""`headroom restore`."""

from __future__ import annotations

import json
from typing import TextIO

import click

from headroom.api import default
from headroom.errors import HeadroomError


@click.command()
@click.argument("file", type=click.File("r", encoding="utf-8"), default="-")
def restore(file: TextIO) -> None:
    """Print the original messages behind the compressed ones in FILE (a JSON list)."""
    try:
        messages = json.load(file)
        if not isinstance(messages, list):
            raise click.ClickException("expected a JSON list of messages")
        click.echo(json.dumps(default().restore(messages), ensure_ascii=False, indent=1))
    except ValueError as error:
        raise click.ClickException(f"{file.name}: {error}") from error
    except HeadroomError as error:
        raise click.ClickException(str(error)) from error
