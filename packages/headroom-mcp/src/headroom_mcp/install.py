"""`headroom mcp install`, `uninstall` and `status`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

import click

from headroom.configs import Change, Entry, plan_install, plan_uninstall, state, write
from headroom.errors import ConfigError
from headroom_mcp.clients import CLIENTS, Client

_WIDTH = 200
"""Characters of a line of a diff: a settings file in one line may have a million."""

_KNOWN = {client.name: client for client in CLIENTS}


def _clients(_: click.Context, __: click.Parameter, names: Sequence[str]) -> list[Client]:
    for name in names:
        if name not in _KNOWN:
            raise click.BadParameter(f"{name!r} is none of {', '.join(_KNOWN)}")
    return [_KNOWN[name] for name in names]


_named = click.argument("clients", metavar="[CLIENT]...", nargs=-1, callback=_clients)
_yes = click.option("--yes", "-y", is_flag=True, help="Write without asking.")


@click.command()
@_named
@_yes
def install(clients: list[Client], *, yes: bool) -> None:
    """Add the server to the settings of CLIENTs; without a name, of those on this machine.

    The change is shown first. Nothing else in a file is touched.
    """
    chosen = clients or [client for client in CLIENTS if client.is_here]
    if not chosen:
        raise click.UsageError(f"found no client; name one of {', '.join(_KNOWN)}")
    _change(chosen, plan_install, "already has it", "has it from its next start on", yes=yes)


@click.command()
@_named
@_yes
def uninstall(clients: list[Client], *, yes: bool) -> None:
    """Take the server out of the settings of CLIENTs; without a name, of all that have it.

    Files are left as they were before. An entry that was edited since stays.
    """
    _change(
        clients or CLIENTS, plan_uninstall, "does not have it", "does not have it any more", yes=yes
    )


@click.command()
@_named
def status(clients: list[Client]) -> None:
    """Show which CLIENTs have the server, and in which file."""
    for client in clients or CLIENTS:
        entry = client.entry
        try:
            shown: str = state(entry) if client.is_here else "not found"
        except ConfigError as error:
            shown = f"broken: {error.why}"
        click.echo(f"{client.name:<15} {shown:<10} {entry.file}")


def _change(
    clients: Sequence[Client],
    plan: Callable[[Entry], Change | None],
    same: str,
    done: str,
    *,
    yes: bool,
) -> None:
    changes, failed = [], False
    for client in clients:
        try:
            change = plan(client.entry)
        except ConfigError as error:
            failed = True
            click.echo(f"{client.title}: {error}", err=True)
            continue
        if change is None:
            click.echo(f"{client.title} {same} ({client.entry.file})")
        else:
            click.echo("".join(f"{line[:_WIDTH]}\n" for line in change.diff().splitlines()))
            changes.append((client, change))
    if changes and _agreed(yes=yes):
        failed |= not all([_written(client, change, done) for client, change in changes])
    if failed:
        sys.exit(1)


def _agreed(*, yes: bool) -> bool:
    if yes:
        return True
    if sys.stdin.isatty():
        return click.confirm("Write this?")
    click.echo("Nothing was written; --yes writes it.")
    return False


def _written(client: Client, change: Change, done: str) -> bool:
    try:
        write(change)
    except ConfigError as error:
        click.echo(f"{client.title}: {error}", err=True)
        return False
    kept = f" (as it was: {change.backup})" if change.backup.exists() else ""
    click.echo(f"{client.title} {done}{kept}")
    return True
