"""Where Headroom keeps its files. The only reader of the environment in this package."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def home() -> Path:
    """Returns the data directory: $HEADROOM_HOME, else the platform's user data directory."""
    if configured := os.environ.get("HEADROOM_HOME"):
        return Path(configured).expanduser()
    if os.name == "nt":
        base = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    else:
        base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(base).expanduser() / "headroom"


def home_is_moved() -> bool:
    """Returns whether $HEADROOM_HOME names the data directory: then others have to be told."""
    return bool(os.environ.get("HEADROOM_HOME"))


def user_file(pattern: str, *, variable: str = "") -> Path:
    """Returns a file in which another program keeps the user's settings.

    Args:
        pattern: A path; `~` is the user's folder, `{config}` that for settings on this platform.
        variable: Of the environment; if set, it names the folder that the file is in.
    """
    if variable and (folder := os.environ.get(variable)):
        return Path(folder).expanduser() / Path(pattern).name
    if sys.platform == "win32":
        config = os.environ.get("APPDATA") or "~/AppData/Roaming"
    elif sys.platform == "darwin":
        config = "~/Library/Application Support"
    else:
        config = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(pattern.replace("{config}", config)).expanduser()


def user_folder(pattern: str, *, variable: str = "") -> Path:
    """Returns a folder in which another program keeps what is the user's.

    Args:
        pattern: A path; `~` is the user's folder.
        variable: Of the environment; if set, it names the folder.
    """
    return Path((variable and os.environ.get(variable)) or pattern).expanduser()


def store_url() -> str:
    """Returns where the store is: $HEADROOM_STORE, else a file in the data directory."""
    return os.environ.get("HEADROOM_STORE") or f"sqlite://{(home() / 'store.db').as_posix()}"


def memory_url() -> str:
    """Returns where agents' memory is, if $HEADROOM_MEMORY says so."""
    return os.environ.get("HEADROOM_MEMORY", "")


def memory_project() -> str:
    """Returns the project that $HEADROOM_PROJECT names, for where no folder tells it."""
    return os.environ.get("HEADROOM_PROJECT", "")


def tiktoken_cache() -> Path | None:
    """Returns the directory where tiktoken keeps downloaded ranks, if one is configured."""
    for name in ("TIKTOKEN_CACHE_DIR", "DATA_GYM_CACHE_DIR"):
        if configured := os.environ.get(name):
            return Path(configured)
    return None
