"""The files that agents read at the start of a session, and what is to be changed in them."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from headroom.configs import files
from headroom.errors import ConfigError
from headroom.home import home
from headroom_agents.learn.block import put_in, take_out

NAMES = {"claude-code": "CLAUDE.md", "gemini-cli": "GEMINI.md"}
"""By agent; all others read the first of these."""

COMMON = "AGENTS.md"


@dataclass(frozen=True, slots=True)
class Change:
    """A file as it is and as it is to be; None: there is none."""

    file: Path
    before: bytes | None
    after: bytes | None

    @property
    def diff(self) -> str:
        """The difference as `diff -u` shows it; empty: there is none."""
        name = str(self.file)
        shown = difflib.unified_diff(
            _lines(self.before), _lines(self.after),
            "/dev/null" if self.before is None else name,
            "/dev/null" if self.after is None else name,
        )  # fmt: skip
        return "".join(line if line.endswith("\n") else f"{line}\n" for line in shown)


def targets(project: Path, agents: Iterable[str]) -> list[Path]:
    """Returns the files that these agents read in a project; links to each other are one file."""
    found = sorted({project / NAMES.get(agent, COMMON) for agent in agents})
    return list({file.resolve(): file for file in reversed(found)}.values())[::-1]


def plan(file: Path, lines: Sequence[str]) -> Change:
    """Returns how the block gets into a file.

    Raises:
        ConfigError: The file is no text, or has marks that do not belong together.
    """
    before = files.read(file)
    try:
        return Change(file, before, put_in(before, lines))
    except ConfigError as error:
        raise ConfigError(error.why, error.line, str(file)) from error


def plan_removal(file: Path) -> Change:
    """Returns how the block gets out of a file.

    Raises:
        ConfigError: The file is no text, or has marks that do not belong together.
    """
    before = files.read(file)
    try:
        return Change(file, before, None if before is None else take_out(before))
    except ConfigError as error:
        raise ConfigError(error.why, error.line, str(file)) from error


def write(change: Change) -> Path | None:
    """Makes a change at once; returns where the file is kept as it was, if there was one.

    Raises:
        ConfigError: The file is not any more what the change was made for.
        OSError: It cannot be written.
    """
    if files.read(change.file) != change.before:
        raise ConfigError("changed in the meantime; run this again", file=str(change.file))
    if not change.file.parent.is_dir():
        raise ConfigError(
            "its folder is not there; make it, or name another one", file=str(change.file)
        )
    backup = None
    if change.before is not None:
        name = hashlib.blake2b(str(change.file.resolve()).encode(), digest_size=6).hexdigest()
        backup = home() / "learn" / f"{name}-{change.file.name}"
        files.make_folders(backup.parent)
        backup.touch(mode=0o600)
        files.replace(backup, change.before)
    if change.after is None:
        files.remove(change.file, [])
    else:
        files.replace(change.file, change.after)
        if change.before is None:
            change.file.chmod(0o644)  # a file for all who work in the project
    return backup


def _lines(content: bytes | None) -> list[str]:
    return (content or b"").decode("utf-8", "replace").splitlines(keepends=True)
