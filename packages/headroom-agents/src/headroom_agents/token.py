"""A GitHub token, kept in a file that only the user can read."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from headroom.configs.files import read, replace
from headroom.home import home


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A token.

    Attributes:
        api: Of the GitHub that it is of.
    """

    token: str = field(repr=False)
    api: str

    def keep(self) -> None:
        """Writes the token down."""
        file = token_file()
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace(file, json.dumps(asdict(self)).encode())
        file.chmod(0o600)


def token_file() -> Path:
    """Returns where the token is kept."""
    return home() / "copilot.json"


def kept() -> SignedIn | None:
    """Returns the token that is kept, or None."""
    try:
        return SignedIn(**json.loads(read(token_file()) or b""))
    except (ValueError, TypeError):
        return None
