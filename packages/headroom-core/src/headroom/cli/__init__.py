"""The `headroom` command."""

from __future__ import annotations


def main() -> None:
    """Runs the command line."""
    raise SystemExit("headroom: no command yet")
