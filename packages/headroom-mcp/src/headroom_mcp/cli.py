"""`headroom mcp`."""

from __future__ import annotations

import click

from headroom_mcp.install import install, status, uninstall
from headroom_mcp.server import make_server


@click.group()
def mcp() -> None:
    """Headroom for clients of the Model Context Protocol."""


@mcp.command()
@click.option("--http", is_flag=True, help="Over HTTP on this machine, in place of standard input.")
@click.option("--port", type=click.IntRange(0, 65535), default=8788, show_default=True)
def serve(*, http: bool, port: int) -> None:
    """Serve the tools headroom_compress, headroom_retrieve and headroom_stats.

    Over HTTP it listens on http://127.0.0.1:PORT/mcp, where only programs of this machine reach it.
    """
    server = make_server()
    if http:
        server.run("streamable-http", host="127.0.0.1", port=port)
    else:
        server.run("stdio")


for command in (install, uninstall, status):
    mcp.add_command(command)
