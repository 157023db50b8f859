"""`headroom proxy`."""

from __future__ import annotations

from typing import get_args

import click

from headroom_proxy.server import Server
from headroom_proxy.settings import Mode, Settings, SettingsError


@click.command()
@click.option("--host", help="Where to listen; default: 127.0.0.1.")
@click.option("--port", type=int, help="On which port; 0: any free one; default: 8787.")
@click.option("--token", help="What clients have to send in x-headroom-token.")
@click.option(
    "--mode", type=click.Choice(get_args(Mode)),
    help="lossless (default): nothing is left out; observe: only measure; off: only forward.",
)  # fmt: skip
@click.option("--anthropic", metavar="URL", help="Where requests to Anthropic go.")
@click.option("--openai", metavar="URL", help="Where requests to OpenAI go.")
@click.option("--gemini", metavar="URL", help="Where requests to Gemini go.")
def proxy(**options: str | int | None) -> None:
    """Forward requests to Anthropic, OpenAI and Gemini, with tool outputs re-encoded in fewer tokens.

    Point your client at it: ANTHROPIC_BASE_URL=http://127.0.0.1:8787,
    OPENAI_BASE_URL=http://127.0.0.1:8787/v1, GOOGLE_GEMINI_BASE_URL=http://127.0.0.1:8787
    """
    given = {name: value for name, value in options.items() if value is not None}
    try:
        server = Server(Settings(**given))  # type: ignore[arg-type]  # click has checked them
    except (SettingsError, OSError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"headroom proxy: {server.url}", err=True)
    server.run()
