"""What of the user's shell has a say: programs that shorten its output."""

from __future__ import annotations

from collections.abc import Iterator

from headroom_agents.doctor._finding import Finding
from headroom_agents.environment import environment
from headroom_agents.shell_tools import NAMES, VARIABLE, shell_tools


def check() -> Iterator[Finding]:
    """Yields what is to be said of the shell."""
    variables = environment()
    tools = {tool.name: tool for tool in shell_tools(variables)}
    for tool in tools.values():
        how = "Claude Code passes its commands through it" if tool.is_hooked else "on PATH"
        said = f"{how}; it is left in place, and what it prints is short already"
        if tool.is_hooked and not tool.program:
            yield Finding(tool.name, "warning", f"{how}, and it is not on PATH: its commands fail")
        else:
            yield Finding(tool.name, "well", said)
    wanted = variables.get(VARIABLE, "")
    if wanted in NAMES and wanted not in tools:
        yield Finding(wanted, "warning", f"{VARIABLE} names it, and it is not here: install it")
    elif wanted and wanted not in (*NAMES, "none"):
        said = f"{VARIABLE}={wanted}: expected {', '.join(NAMES)} or none"
        yield Finding("shell", "warning", said)
