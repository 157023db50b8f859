"""Settings of agents, read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from headroom.configs import Format
from headroom.configs.files import read
from headroom.errors import ConfigError


def parsed(file: Path, form: Format) -> dict[str, Any]:
    """Returns what a file says; nothing, if there is none.

    Raises:
        ConfigError: It is broken; names file and line.
    """
    try:
        content = read(file)
        text = (content or b"").decode("utf-8-sig")
        found: dict[str, Any] = form.parse(text) if text.strip() else {}
    except ConfigError as error:
        raise ConfigError(error.why, error.line, str(file)) from error
    except UnicodeDecodeError as error:
        raise ConfigError("expected UTF-8", 1, str(file)) from error
    except OSError as error:
        raise ConfigError(error.strerror or str(error), file=str(file)) from error
    return found


def within(found: object, *keys: str) -> dict[str, Any]:
    """Returns the object under some keys; an empty one if there is none."""
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def text(found: object, *keys: str) -> str:
    """Returns the text under some keys, or an empty one."""
    value = within(found, *keys[:-1]).get(keys[-1])
    return value if isinstance(value, str) else ""


def assigned(file: Path, sign: str) -> dict[str, str]:
    """Returns what the lines of a file say that give a name one word, such as `.env` and flat YAML."""
    try:
        said = file.read_text("utf-8", "replace")
    except OSError:
        return {}
    line = re.compile(rf"""^(?:export\s+)?([\w-]+)\s*{sign}\s*["']?([^\s"'#]+)""", re.M)
    return dict(line.findall(said))
