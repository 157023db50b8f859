"""From where memory is kept to a project's tables there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from headroom.ccr.open import shown
from headroom.errors import StoreError
from headroom.home import home, memory_url
from headroom_memory.database import Database
from headroom_memory.project import Project, introduced
from headroom_memory.sqlite import SQLiteDatabase

_POSTGRES = ("postgresql", "postgres")
_TENANT = re.compile(r"[a-z0-9_]{1,40}")


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
                found += database.read(introduced) or []
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
    if parts.scheme in _POSTGRES:
        return _postgres(url)
    raise StoreError(
        "memory: expected 'sqlite:///path/to/folder' or 'postgresql://user@host/database', got "
        f"{shown(url)!r}"
    )


def _postgres(url: str) -> Place:
    try:
        from headroom_memory.postgres import (  # noqa: PLC0415 - only who uses it has its client
            PostgresPlace,
        )
    except ModuleNotFoundError as error:
        needs = "needs a client: pip install 'headroom-memory[postgres]'"
        raise StoreError(f"{shown(url)} {needs}") from error
    before, _, query = url.partition("?")
    options = dict(parse_qsl(query))
    tenant = options.pop("tenant", "")
    if tenant and not _TENANT.fullmatch(tenant):
        raise StoreError(f"tenant: expected up to 40 of a-z, 0-9 and _, got {tenant[:50]!r}")
    rest = f"{before}?{urlencode(options)}" if options else before
    return PostgresPlace(rest, place=shown(url), tenant=tenant)
