"""What a check found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Level: TypeAlias = Literal["well", "note", "warning", "broken"]
"""How bad it is. Notes are good to know, and nothing is wrong with them."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence on one thing.

    Attributes:
        subject: The thing.
        text: The sentence, with what to do where something is wrong.
        fix: Heals it, and returns what it did.
    """

    subject: str
    level: Level
    text: str
    fix: Callable[[], str] | None = field(default=None, repr=False)
