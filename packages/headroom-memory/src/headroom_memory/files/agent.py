"""What an agent says of where it keeps what it remembers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent with memory files.

    Attributes:
        name: As in facts' sources.
        project: Patterns of files below a project's folder.
        user: The same in the agent's own folder, for what concerns all projects.
        home: The agent's own folder.
        own: Its folder elsewhere for one project; None: there is none, or it may be another's.
    """

    name: str
    project: tuple[str, ...]
    user: tuple[str, ...]
    home: Callable[[], Path]
    own: Callable[[Path], Path | None] = lambda _: None
