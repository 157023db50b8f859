"""From where memory is kept to a project's tables there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from headroom.ccr.open import shown
from headroom.errors import StoreError
from headroom.home import home, memory_url
from headroom_memory.database import Database, Rows
from headroom_memory.project import Project
from headroom_memory.sqlite import SQLiteDatabase


class Place(Protocol):
    """Where the memory of all projects is kept."""

    def of(self, project: Project) -> Database:
        """Returns the tables of a project.

        Raises:
            ProjectUnknown: What tells this project from others does not here.
        """
        ...

    def projects(self) -> list[Project]:
        """Returns the projects that something was ever saved for, by name."""
        ...


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder with a file for each project, so that no query can reach into another one's."""

    path: Path

    def of(self, project: Project) -> Database:
        """Returns the tables of a project."""
        return SQLiteDatabase(self.path / f"{project.key}.db")

    def projects(self) -> list[Project]:
        """Returns the projects that something was ever saved for, by name."""
        found: list[Project] = []
        for file in self.path.glob("*.db"):
            database = SQLiteDatabase(file)
            try:
                found += database.read(_project) or []
            finally:
                database.close()
        return sorted(found, key=lambda project: (project.name, project.identity))


def open_place(url: str | None = None) -> Place:
    """Returns where memory is kept: `sqlite:///path/to/folder` or `postgresql://user@host/database`.

    Args:
        url: Default: $HEADROOM_MEMORY, else a folder in the user's data directory.

    Raises:
        StoreError: The URL names no such place, or one whose client is not installed.
    """
    url = url or memory_url() or f"sqlite://{(home() / 'memory').as_posix()}"
    parts = urlsplit(url)
    if parts.scheme == "sqlite" and parts.path and not parts.query:
        name = unquote(parts.path)
        path = Path(name[1:] if name.startswith(("/./", "/../", "/~")) else name).expanduser()
        return Folder(path)
    raise StoreError(
        "memory: expected 'sqlite:///path/to/folder' or 'postgresql://user@host/database', got "
        f"{shown(url)!r}"
    )


def introduce(rows: Rows, project: Project) -> None:
    """Notes whose tables these are."""
    for name, value in (("identity", project.identity), ("name", project.name)):
        rows.execute("INSERT INTO about VALUES (?, ?) ON CONFLICT (name) DO NOTHING", (name, value))


def _project(rows: Rows) -> list[Project]:
    about = dict(rows.execute("SELECT name, value FROM about").fetchall())
    return [Project(about["identity"], about["name"])] if about else []
