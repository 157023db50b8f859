"""Files of the user, read and replaced whole: links, modes and owners stay."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path


def read(file: Path) -> bytes | None:
    """Returns what is in a file, or None if there is none."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None


def make_folders(folder: Path) -> list[Path]:
    """Makes a folder and those above it; returns those that were not there, the lowest first."""
    missing = []
    for above in (folder, *folder.parents):
        if above.exists():
            break
        missing.append(above)
    folder.mkdir(parents=True, exist_ok=True)
    return missing


def replace(file: Path, content: bytes) -> None:
    """Replaces a file at once: whoever reads it sees the old or the new one, also after a crash.

    A link stays one: what it leads to is replaced. New files are readable for the user only, since
    configuration files tend to hold keys.
    """
    real = file.resolve()
    number, name = tempfile.mkstemp(prefix=".headroom-", dir=real.parent)
    fresh = Path(name)
    try:
        with os.fdopen(number, "wb") as f:
            f.write(content)
            f.flush()
            os.fsync(f.fileno())
        with contextlib.suppress(FileNotFoundError):
            _take_after(fresh, real)
        fresh.replace(real)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


def remove(file: Path, folders: Sequence[Path]) -> None:
    """Removes a file, and those folders that are empty then."""
    file.resolve().unlink()
    for folder in folders:
        try:
            folder.rmdir()
        except OSError:
            break


def _take_after(fresh: Path, old: Path) -> None:
    """Gives a file the owner and mode of another one."""
    status = old.stat()
    if hasattr(os, "chown"):
        with contextlib.suppress(PermissionError):
            os.chown(fresh, status.st_uid, status.st_gid)
    fresh.chmod(status.st_mode & 0o7777)
