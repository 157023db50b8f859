"""Which transcripts there are, and who wrote them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
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
    """A transcript: who reads it, where it is, and what it begins with if there may be copies."""

    reader: Reader
    file: Path
    origin: str = ""

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self.file.stat().st_size


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
            if file not in found and _is_new(file, since) and (one := _found(file)) is not None:
                found[file] = one
    return [found[file] for file in sorted(found) if found[file].reader in chosen]


def families(found: Iterable[Found]) -> list[list[Found]]:
    """Returns transcripts with those that begin with a copy of them."""
    together: dict[str, list[Found]] = {}
    for one in found:
        key = f"{one.reader.agent} {one.origin}" if one.origin else str(one.file)
        together.setdefault(key, []).append(one)
    return list(together.values())


def sessions(family: Iterable[Found]) -> Iterator[Session]:
    """Yields the sessions of transcripts that belong together; what is copied says so."""
    seen: set[str] = set()
    for found in family:
        for session in found.reader.read(found.file):
            ids = [turn.answer.id for turn in session.turns]
            if seen.isdisjoint(ids):
                yield session
            elif not seen.issuperset(ids):
                turns = (replace(t, copied=t.answer.id in seen) for t in session.turns)
                yield replace(session, turns=tuple(turns))
            seen.update(filter(None, ids))


def _found(file: Path) -> Found | None:
    try:
        with file.open("rb") as f:
            head = f.read(_HEAD)
    except OSError:
        return None
    owner = next((reader for reader in readers() if reader.owns(file, head)), None)
    return Found(owner, file, owner.origin(head)) if owner is not None else None


def _is_new(file: Path, since: float | None) -> bool:
    return since is None or os.stat(file).st_mtime >= since
