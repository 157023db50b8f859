"""Headroom as a server of the Model Context Protocol."""

from headroom_mcp.server import make_server

__all__ = ["make_server"]
