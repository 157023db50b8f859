"""Starts the command line, or says what is missing."""

from __future__ import annotations

import importlib.util
import sys


def main() -> None:
    """Runs the command line."""
    if not all(importlib.util.find_spec(name) for name in ("click", "rich")):
        sys.exit("headroom: the command line needs `pip install 'headroom-core[cli]'`")
    from headroom.cli.main import group  # noqa: PLC0415 - click is an extra

    group()
