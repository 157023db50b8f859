"""Where Claude Code keeps what it noted itself about a project.

It names a folder after the project's, with a dash for all that is no letter or digit. Several
projects can have the same name there, so it is taken only where no other folder would.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from headroom.home import user_folder

_OTHER = re.compile(r"[^A-Za-z0-9]")
_LINES = 50
"""Of a session, in which it says where it was."""


def own_folder(root: Path) -> Path | None:
    """Returns the folder of notes about a project, or None where it may be another project's."""
    name = _OTHER.sub("-", str(root))
    folder = user_folder("~/.claude", variable="CLAUDE_CONFIG_DIR") / "projects" / name
    if not (folder / "memory").is_dir():
        return None
    if _named_alike(Path(root.anchor), _OTHER.sub("-", root.anchor), name) != [root]:
        return None
    return folder / "memory" if _was_only_in(folder, root) else None


def _named_alike(folder: Path, called: str, name: str) -> list[Path]:
    """Returns the folders below one that would have the name; `called` is what it has itself."""
    found = []
    try:
        below = [child for child in folder.iterdir() if child.is_dir() and not child.is_symlink()]
    except OSError:
        return []
    for child in below:
        own = called + _OTHER.sub("-", child.name)
        if own == name:
            found.append(child)
        elif name.startswith(own + "-"):
            found += _named_alike(child, own + "-", name)
    return sorted(found)


def _was_only_in(folder: Path, root: Path) -> bool:
    """Returns whether no session that is kept there was elsewhere."""
    return all(
        place == root or root in place.parents
        for session in folder.glob("*.jsonl")
        for place in _places(session)
    )


def _places(session: Path) -> list[Path]:
    found = []
    with session.open("rb") as lines:
        for line, _ in zip(lines, range(_LINES), strict=False):
            try:
                said = json.loads(line)
            except ValueError:
                continue
            if isinstance(said, dict) and isinstance(said.get("cwd"), str):
                found.append(Path(said["cwd"]))
    return found
