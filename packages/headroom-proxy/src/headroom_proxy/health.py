"""`headroom health`."""

from __future__ import annotations

import json
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import click

from headroom_proxy.settings import Settings, SettingsError
from headroom_proxy.sources import gather

_SECONDS = 4.0
_HERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}
_OK = 200


@click.command()
@click.option(
    "--config", type=click.Path(dir_okay=False, path_type=Path), help="As for `headroom proxy`."
)
def health(config: Path | None) -> None:
    """Ask the gateway on this machine whether it is ready; for containers and service managers.

    Where it listens, and its token, are read as `headroom proxy` reads them, but for flags. Fails
    where it does not answer, is still loading, or cannot reach its store.
    """
    try:
        settings, _ = gather({}, config)
        status, said = _asked(settings)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    except (OSError, HTTPException) as error:
        raise click.ClickException(f"{settings.host}:{settings.port}: {error}") from error
    click.echo(said)
    if status != _OK:
        raise click.exceptions.Exit(1)


def _asked(settings: Settings) -> tuple[int, str]:
    host = _HERE.get(settings.host, settings.host)
    connection = HTTPConnection(host, settings.port, timeout=_SECONDS)
    try:
        connection.request("GET", "/readyz", headers={"x-headroom-token": settings.token})
        answer = connection.getresponse()
        found = json.loads(answer.read() or b"{}")
    except ValueError as error:
        raise HTTPException("this is no gateway") from error
    finally:
        connection.close()
    said = found.get("status") or found.get("error", {}).get("message", "")
    return answer.status, str(said)
