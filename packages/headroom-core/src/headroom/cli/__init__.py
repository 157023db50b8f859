"""The `headroom` command. One file a sub-command, listed in `main.COMMANDS`.

Sub-commands of other packages plug in through the entry-point group `headroom.commands`.
"""

from headroom.cli.start import main

__all__ = ["main"]
