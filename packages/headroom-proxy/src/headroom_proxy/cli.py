"""`headroom proxy` and `headroom config`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias, get_args, get_type_hints

import click

from headroom.ccr.open import shown
from headroom.errors import StoreError
from headroom_proxy.server import Server
from headroom_proxy.settings import CHOICES, Settings, SettingsError, without_user
from headroom_proxy.sources import Origin, gather
from headroom_proxy.workers import Workers

HELP = {
    "host": "Where to listen; default: 127.0.0.1.",
    "port": "On which port; 0: any free one; default: 8787.",
    "token": "What clients have to send in x-headroom-token.",
    "mode": "lossless (default): nothing is left out; on: what a model can ask for again; observe; off.",
    "anthropic": "Where requests to Anthropic go.",
    "openai": "Where requests to OpenAI go.",
    "gemini": "Where requests to Gemini go.",
    "chatgpt": "Where requests of Codex go that is logged in with a ChatGPT account.",
    "bedrock": "Where requests to Amazon Bedrock go; default: nowhere.",
    "vertex": "Where requests to Vertex AI go; default: nowhere.",
    "https_proxy": "The HTTP proxy by which providers are reached; default: what HTTPS_PROXY says.",
    "no_proxy": "Which are reached without it; default: what NO_PROXY says.",
    "connect": "Seconds to connect to a provider; default: 10.",
    "first_byte": "Seconds until a provider begins to answer; default: 600.",
    "idle": "Seconds between two pieces of an answer; default: 300.",
    "largest": "Bytes of the longest request body that is read; default: 100 MiB.",
    "views": "How many of the last requests can be looked at; default: 50.",
    "manner": "off (default); brief or terse: models are asked for less prose, in new conversations.",
    "effort": "The most that models are to think, where clients say how much; default: as they say.",
    "holdout": "The share of conversations that is left as it is, to compare with; default: 0.2.",
    "workers": "How many processes serve the port; default: 1.",
    "drain": "Seconds that answers have to end when it is told to stop; default: 5.",
    "traces": "What exports OpenTelemetry's spans; default: what OTEL_… says, or nothing.",
    "store": "Where texts and the ledger are kept: redis://…, postgresql://…; default: a file.",
}
"""What each setting's flag says, in the order of `--help`."""

Command: TypeAlias = Callable[..., Any]


def _settings(command: Command) -> Command:
    """Gives a command a flag for each setting, and one for the file that holds others."""
    kinds = get_type_hints(Settings)
    for name, text in reversed(HELP.items()):
        kind = click.Choice(get_args(CHOICES[name])) if name in CHOICES else kinds[name]
        flag = f"--{name.replace('_', '-')}"
        command = click.option(flag, name, type=kind, help=text)(command)
    path = click.Path(dir_okay=False, path_type=Path)
    text = "A TOML file with a table [proxy]; default: headroom.toml in Headroom's data directory."
    return click.option("--config", type=path, help=text)(command)


def _gathered(config: Path | None, options: dict[str, Any]) -> tuple[Settings, list[Origin]]:
    given = {name: value for name, value in options.items() if value is not None}
    try:
        return gather(given, config)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


@click.command()
@_settings
def proxy(config: Path | None, **options: Any) -> None:  # noqa: ANN401 - as click gives them
    """Forward requests to Anthropic, OpenAI and Gemini, with tool outputs re-encoded in fewer tokens.

    Point your client at it: ANTHROPIC_BASE_URL=http://127.0.0.1:8787,
    OPENAI_BASE_URL=http://127.0.0.1:8787/v1, GOOGLE_GEMINI_BASE_URL=http://127.0.0.1:8787

    What no flag says is read from the environment (HEADROOM_PORT, …), then from a file; `headroom
    config` shows each value and where it is from.
    """
    settings, _ = _gathered(config, options)
    try:
        server = Workers(settings) if settings.workers > 1 else Server(settings)
    except OSError as error:
        raise click.ClickException(f"{settings.host}:{settings.port}: {error}") from error
    except StoreError as error:
        raise click.ClickException(f"store: {error}") from error
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"headroom proxy: {server.url}", err=True)
    click.echo(f"what it saves: {server.url}/dashboard", err=True)
    server.run()


def _public(origin: Origin) -> str | int | float:
    """Returns a value without what is secret."""
    if origin.name == "token" and origin.value:
        return "(set)"
    if origin.name == "https_proxy":
        return without_user(str(origin.value))
    return shown(str(origin.value)) if origin.name == "store" else origin.value


@click.command()
@_settings
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def config(config: Path | None, *, as_json: bool, **options: Any) -> None:  # noqa: ANN401 - the same
    """Show what `headroom proxy` with the same flags is told, and where each value is from."""
    _, origins = _gathered(config, options)
    rows = [(o.name, _public(o), o.where) for o in origins]
    if as_json:
        click.echo(json.dumps({name: {"value": v, "from": w} for name, v, w in rows}, indent=1))
        return
    width = max(len(str(value)) for _, value, _ in rows)
    for name, value, where in rows:
        click.echo(f"{name:10}  {value!s:{width}}  {where}")
