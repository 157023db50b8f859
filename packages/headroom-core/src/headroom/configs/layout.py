"""What the formats of configuration files have in common."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

Value: TypeAlias = Any
"""What a parser returns."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What cannot be read off a text into which an entry was put.

    Attributes:
        created: How many keys of the entry's path had to be made, its own included; 0: its value was
            put in place of another one.
        text: What is to be taken out along with the entry: white space, or the whole insertion. Of a
            value that was replaced: how it was written.
    """

    created: int
    text: str


class Format(Protocol):
    """Puts an entry into a text and takes it out again, without touching what is around it.

    Attributes:
        empty: The text of a file that says nothing.
    """

    @property
    def empty(self) -> str: ...  # noqa: D102 - see above

    def parse(self, text: str) -> Value:
        """Returns what a text says; ConfigError names the line where it is broken."""
        ...

    def insert(self, text: str, path: Sequence[str], value: Value) -> tuple[str, Trace]:
        """Returns the text with an entry that it does not have yet."""
        ...

    def replace(self, text: str, path: Sequence[str], value: Value) -> tuple[str, Trace]:
        """Returns the text with another value of an entry that it has."""
        ...

    def remove(self, text: str, path: Sequence[str], trace: Trace | None) -> str:
        """Returns the text without an entry that it has; the inverse of `insert` and `replace`.

        Args:
            trace: What `insert` returned; without it, the key that held the entry may stay, empty.
        """
        ...


def newline(text: str) -> str:
    """Returns how lines end in a text: as its first one does."""
    found = re.search(r"\r\n|\n|\r", text)
    return found[0] if found else "\n"


def line_of(text: str, place: int) -> int:
    """Returns the number of the line, from 1, in which a place is."""
    return len(re.findall(r"\r\n|\n|\r", text[:place])) + 1


def nested(path: Sequence[str], value: Value) -> Value:
    """Returns a value as it stands under a path of keys."""
    for key in reversed(path):
        value = {key: value}
    return value


def found(parsed: Value, path: Sequence[str]) -> Value:
    """Returns the value under a path of keys, or None."""
    for key in path:
        if not isinstance(parsed, Mapping) or key not in parsed:
            return None
        parsed = parsed[key]
    return parsed


def holds(parsed: Value, path: Sequence[str]) -> bool:
    """Returns whether there is anything under a path of keys, be it null."""
    holder = found(parsed, path[:-1])
    return isinstance(holder, Mapping) and path[-1] in holder


def without(parsed: Value, path: Sequence[str]) -> Value:
    """Returns a parsed text without an entry, and without what held nothing else."""
    key, *rest = path
    left = {k: v for k, v in parsed.items() if k != key}
    inner = parsed.get(key)
    if rest and isinstance(inner, Mapping) and (inner := without(inner, rest)):
        left[key] = inner
    return left
