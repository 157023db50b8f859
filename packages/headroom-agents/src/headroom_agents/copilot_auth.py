"""`headroom copilot-auth`."""

from __future__ import annotations

import sys

import click

from headroom_agents.errors import Refused
from headroom_agents.github import GitHub, who
from headroom_agents.token import kept, token_file

_CLIENT = "HEADROOM_GITHUB_CLIENT_ID"


@click.group("copilot-auth")
def copilot_auth() -> None:
    """A GitHub token for Copilot CLI, where its own login cannot keep one.

    `headroom wrap copilot` leads Copilot CLI to a provider with your own key, and for that no token
    is needed. With one it is signed in at GitHub besides: its tools for issues, pull requests and
    searching code work, also in a container or on a machine without a keychain. Models of a Copilot
    subscription are asked at GitHub, never through Headroom; a token does not change that. It is
    issued to an OAuth app of yours, and GitHub decides what such a token may be used for.
    """


@copilot_auth.command()
@click.option("--client-id", envvar=_CLIENT, required=True,
              help="Of your OAuth app at GitHub that allows the device flow.")  # fmt: skip
@click.option("--url", default="https://github.com", show_default=True, help="Where to sign in.")
@click.option("--api", default="https://api.github.com", show_default=True, help="Its API.")
@click.option("--scope", default="read:user", show_default=True, help="What the token may do.")
def login(client_id: str, url: str, api: str, scope: str) -> None:
    """Sign in with a code that you type in at GitHub, and keep the token in a file of your own."""
    try:
        github = GitHub(url, api, client_id)
        code = github.begin(scope)
        click.echo(f"Open {code.where} and type in: {code.shown}")
        signed_in = github.wait(code)
        name = who(signed_in)
        signed_in.keep()
    except Refused as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"Signed in as {name}. The token is in {token_file()}, for you alone.")


@copilot_auth.command()
def status() -> None:
    """Say whether there is a token, and whether GitHub takes it. The token is not shown."""
    signed_in = kept()
    if signed_in is None:
        click.echo("Not signed in: headroom copilot-auth login")
        sys.exit(1)
    try:
        click.echo(f"Signed in as {who(signed_in)}; the token is in {token_file()}")
    except Refused as error:
        raise click.ClickException(str(error)) from error


@copilot_auth.command()
def logout() -> None:
    """Remove the token from this machine. GitHub takes it until you revoke it there."""
    token_file().unlink(missing_ok=True)
    click.echo("There is no token any more.")
