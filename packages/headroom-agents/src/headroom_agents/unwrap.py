"""`headroom unwrap`."""

from __future__ import annotations

import sys

import click
import psutil

from headroom.errors import HeadroomError
from headroom_agents.gateways import lock, places
from headroom_agents.gateways.places import Place
from headroom_agents.routed import all_routed
from headroom_agents.wrap import NAMES

_SECONDS_TO_END = 15.0


@click.command()
@click.argument("agent", required=False, metavar="[AGENT]", type=NAMES)
@click.option("--stop", is_flag=True, help="Also end gateways that `wrap` started and nobody uses.")
def unwrap(agent: str | None, *, stop: bool) -> None:
    """Take out of AGENT's files what leads to a gateway; without a name, of all agents'.

    Files are as they were before, and what was edited meanwhile stays. Most agents are wrapped
    without a file, and nothing of them is left when they end.
    """
    try:
        with lock():
            failed = _take_out(agent)
            for place in places():
                if stop or not place.is_alive:
                    _end(place)
    except HeadroomError as error:
        raise click.ClickException(str(error)) from error
    for why in failed:
        click.echo(why, err=True)
    if failed:
        sys.exit(1)


def _take_out(agent: str | None) -> list[str]:
    failed: list[str] = []
    found = [routed for routed in all_routed() if agent in (None, routed.agent)]
    for routed in found:
        left = routed.remove()
        failed += left
        if not left:
            files = ", ".join(sorted({str(entry.file) for entry in routed.entries}))
            click.echo(f"{routed.agent}: {files} is as it was")
    if not found:
        click.echo(f"{agent or 'agents'}: no file leads to a gateway")
    return failed


def _end(place: Place) -> None:
    """Ends a gateway that nobody uses, and forgets one that has ended."""
    if users := place.clients():
        numbers = ", ".join(str(client.pid) for client in users)
        click.echo(f"the gateway on port {place.port} is used by process {numbers}, and stays")
        return
    gateway = place.gateway
    if gateway is not None and gateway.is_alive:
        process = psutil.Process(gateway.pid)
        process.terminate()
        try:
            process.wait(_SECONDS_TO_END)
        except psutil.TimeoutExpired:
            process.kill()
        click.echo(f"the gateway on port {place.port} was ended")
    if not any(routed.port == place.port for routed in all_routed()):
        place.forget()
