"""Programs that shorten what a shell prints before an agent reads it, such as rtk and lean-ctx.

They are left where they are: what they print is short already, and Headroom leaves short texts alone.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from headroom.configs import JSONC
from headroom.errors import ConfigError
from headroom.home import user_file
from headroom_agents.agents import parsed

NAMES = ("rtk", "lean-ctx")
VARIABLE = "HEADROOM_CONTEXT_TOOL"
"""Names the one that the user counts on, or `none`."""


@dataclass(frozen=True, slots=True)
class ShellTool:
    """One that is here.

    Attributes:
        program: Where it is; empty: it is not on PATH.
        is_hooked: Whether Claude Code passes its commands through it.
    """

    name: str
    program: str
    is_hooked: bool


def shell_tools(environment: Mapping[str, str]) -> list[ShellTool]:
    """Returns those that are on PATH, or that Claude Code's hooks name."""
    commands = list(_hooks())
    found = []
    for name in NAMES:
        program = shutil.which(name, path=environment.get("PATH")) or ""
        word = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w])")
        is_hooked = any(word.search(command) for command in commands)
        if program or is_hooked:
            found.append(ShellTool(name, program, is_hooked))
    return found


def _hooks() -> Iterator[str]:
    """Yields the commands of the hooks in Claude Code's settings."""
    try:
        settings = parsed(user_file("~/.claude/settings.json", variable="CLAUDE_CONFIG_DIR"), JSONC)
    except ConfigError:
        return
    yield from _commands(settings.get("hooks"))


def _commands(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("command"), str):
            yield value["command"]
        for inner in value.values():
            yield from _commands(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _commands(inner)
