"""Which transcripts there are, and who wrote them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path

from headroom_agents.transcripts.claude_code import ClaudeCode
from headroom_agents.transcripts.codex import Codex
from headroom_agents.transcripts.gemini_cli import GeminiCli
from headroom_agents.transcripts.opencode import OpenCode
from headroom_agents.transcripts.recorded import Recorded
from headroom_agents.transcripts.types import Reader, Session

READERS: tuple[Reader, ...] = (ClaudeCode(), Codex(), GeminiCli(), OpenCode(), Recorded())
"""Asked in this order whose a file is; `recorded` takes what is nobody's."""

_HEAD = 65536


@dataclass(frozen=True, slots=True)
class Found:
    """A transcript: who reads it, and where it is."""

    reader: Reader
    file: Path

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self.file.stat().st_size

    def sessions(self) -> Iterator[Session]:
        """Yields its sessions."""
        return self.reader.read(self.file)


@cache
def readers() -> tuple[Reader, ...]:
    """Returns ours, and those of the entry point group `headroom.transcripts`, which go first."""
    others = [entry.load()() for entry in entry_points(group="headroom.transcripts")]
    return (*others, *READERS)


def find(
    paths: Sequence[Path] = (), *, agents: Iterable[str] = (), since: float | None = None
) -> list[Found]:
    """Returns transcripts, each once, in the order of their paths.

    Args:
        paths: Files and folders; none: where each agent keeps its own on this machine.
        agents: Names of agents that count; none: all.
        since: Files that were not changed after this do not count, in seconds since the epoch.
    """
    wanted = set(agents)
    chosen = [one for one in readers() if not wanted or one.agent in wanted]
    found: dict[Path, Found] = {}
    for path in paths or dict.fromkeys(home for one in chosen if (home := one.home())):
        own = [one for one in chosen if paths or one.home() == path]
        files = [path] if path.is_file() else [f for one in own for f in one.files(path)]
        for file in files:
            owner = _owner(file)
            if owner is not None and owner in chosen and file not in found and _is_new(file, since):
                found[file] = Found(owner, file)
    return [found[file] for file in sorted(found)]


def _owner(file: Path) -> Reader | None:
    try:
        with file.open("rb") as f:
            head = f.read(_HEAD)
    except OSError:
        return None
    return next((reader for reader in readers() if reader.owns(file, head)), None)


def _is_new(file: Path, since: float | None) -> bool:
    return since is None or os.stat(file).st_mtime >= since
