"""Recorded sessions: JSON files with `messages`, or lines of such objects, also gzipped."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from headroom.formats import read
from headroom.types import JSON, Message

_INSTANCE = re.compile(r"([^_]+__[^_]+)-\d+$")
"""How SWE-bench names its tasks: django__django-15037."""


@dataclass(frozen=True, slots=True)
class Session:
    """What was said and read, in order, and the repository or agent that it comes from."""

    repo: str
    messages: tuple[Message, ...]


def sessions(paths: Iterable[Path]) -> Iterator[Session]:
    """Yields the sessions of files and folders, in the order of their names."""
    for path in paths:
        for file in sorted(path.glob("*.json*")) if path.is_dir() else [path]:
            for record in _records(file):
                yield Session(_repo(record, file), read(record["messages"]).messages)


def _repo(record: JSON, file: Path) -> str:
    named = _INSTANCE.search(str(record.get("id", "")))
    return record.get("repo") or (named[1] if named else file.name.split("__")[0])


def _records(file: Path) -> Iterator[JSON]:
    if ".jsonl" not in file.suffixes:
        yield json.loads(file.read_bytes())
        return
    with gzip.open(file, "rt") if file.suffix == ".gz" else file.open() as lines:
        yield from map(json.loads, lines)
