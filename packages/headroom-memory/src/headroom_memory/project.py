"""Which project it is: what keeps the facts of one out of the sight of others.

A project is a place on this machine, found from a folder upwards, or a name that somebody gave. No
file's content names it: a repository from elsewhere cannot claim to be another one.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from headroom.ccr.keys import LONG_KEY_BYTES, key_of
from headroom.home import memory_project
from headroom_memory.database import Rows
from headroom_memory.errors import ProjectUnknown

MARKER = ".headroom-project"
"""A file of this name, empty or not, marks the root of a project."""

_NAME = re.compile(r"\w[\w .-]{0,99}")
_LONGEST = 4096


@dataclass(frozen=True, slots=True)
class Project:
    """Whose facts these are.

    Attributes:
        identity: What tells it from others: `folder:/home/me/acme`, `name:acme`, `user:`.
        name: For people.
    """

    identity: str
    name: str

    @property
    def key(self) -> str:
        """A hash of the identity, which files and schemas are named by."""
        return key_of(self.identity, LONG_KEY_BYTES)

    @property
    def root(self) -> Path | None:
        """The folder, if it is one of this machine."""
        kind, _, place = self.identity.partition(":")
        return Path(place) if kind == "folder" else None


USER = Project("user:", "user")
"""What concerns the user and no project; it has to be asked for."""

ProjectLike: TypeAlias = Project | Path | str | None


def project_of(given: ProjectLike = None) -> Project:
    """Returns the project that is meant.

    Args:
        given: A folder, or, without a slash, a name; None: what $HEADROOM_PROJECT says, else the
            working directory. A folder belongs to the project around it; one that is named itself
            may do without.

    Raises:
        ProjectUnknown: The working directory is in no project, or what was given is none.
    """
    if isinstance(given, Project):
        return given
    given = given if given is not None else memory_project() or None
    if given is None:
        return project_at(Path.cwd())
    if isinstance(given, str) and not _is_path(given):
        if not _NAME.fullmatch(given):
            raise ProjectUnknown(
                f"expected a folder, or a name of up to 100 letters, digits, '.', '_', '-' and "
                f"spaces, got {given[:100]!r}"
            )
        return Project(f"name:{given}", given)
    folder = _real(Path(given).expanduser())
    try:
        return project_at(folder)
    except ProjectUnknown:
        if folder in _nobodys():
            raise
        return _placed(folder)


def project_at(folder: Path) -> Project:
    """Returns the project around a folder: that of the nearest git repository or marked folder.

    All worktrees of a repository are one project; submodules and nested repositories are their own.

    Raises:
        ProjectUnknown: There is none.
    """
    folder = _real(folder)
    for root in _upwards(folder):
        if _is_repository(root):
            return _placed(_main_worktree(root))
        if (root / MARKER).is_file():
            return _placed(_in_main_worktree(root))
    raise ProjectUnknown(
        f"{folder} is in no git repository and no folder with a file {MARKER}, so nothing is "
        f"remembered here; name a project, or make that file"
    )


def introduce(rows: Rows, project: Project) -> None:
    """Notes whose tables these are."""
    for name, value in (("identity", project.identity), ("name", project.name)):
        rows.execute("INSERT INTO about VALUES (?, ?) ON CONFLICT (name) DO NOTHING", (name, value))


def introduced(rows: Rows) -> list[Project]:
    """Returns whose tables these are, if anybody ever wrote."""
    about = dict(rows.execute("SELECT name, value FROM about").fetchall())
    return [Project(about["identity"], about["name"])] if about else []


def _is_path(given: str) -> bool:
    return given.startswith((".", "~")) or "/" in given or "\\" in given


def _real(folder: Path) -> Path:
    return Path(os.path.realpath(folder))


def _placed(root: Path) -> Project:
    return Project(f"folder:{root}", root.name)


def _upwards(folder: Path) -> Iterator[Path]:
    """Yields a folder and those around it, without those that hold everybody's or everything."""
    nobodys = _nobodys()
    yield from (root for root in (folder, *folder.parents) if root not in nobodys | _open(root))


def _nobodys() -> set[Path]:
    """Returns folders that are no project, whatever is in them: they hold all projects."""
    home = _real(Path.home())
    return {home, *home.parents}


def _open(root: Path) -> set[Path]:
    """Returns the folder itself if anybody may put files there, as into /tmp."""
    shared = stat.S_IWOTH | stat.S_ISVTX
    try:
        return {root} if root.stat().st_mode & shared == shared else set()
    except OSError:
        return set()


def _is_repository(root: Path) -> bool:
    git = root / ".git"
    return (git / "HEAD").is_file() or git.is_file()


def _in_main_worktree(root: Path) -> Path:
    """Returns a marked folder as it is called in the main worktree of its repository, if any."""
    for around in _upwards(root):
        if _is_repository(around):
            return _main_worktree(around) / root.relative_to(around)
    return root


def _main_worktree(root: Path) -> Path:
    """Returns the folder that stands for a repository: that of its main worktree.

    Raises:
        ProjectUnknown: It says that it is a worktree of a repository that does not know it; then it
            may have been moved, or it is not what it says.
    """
    git = root / ".git"
    if not git.is_file():
        return root
    place = _content(git).removeprefix("gitdir:").strip()
    own = _real(root / place)
    common = _content(own / "commondir").strip()
    if not common:  # a submodule, or a repository whose own files are elsewhere
        return root
    if _real(own / _content(own / "gitdir").strip()) != _real(git):
        raise ProjectUnknown(
            f"{root} says that it is a worktree of {own.parent.parent}, which does not know it; if "
            f"it was moved, `git worktree repair` helps"
        )
    shared = _real(own / common)
    return shared.parent if shared.name == ".git" else shared


def _content(file: Path) -> str:
    try:
        with file.open(encoding="utf-8", errors="surrogateescape") as lines:
            return lines.read(_LONGEST)
    except OSError:
        return ""
