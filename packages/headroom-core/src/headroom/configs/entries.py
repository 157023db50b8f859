"""Entries of ours in files of the user: planned, shown, written, and taken out again.

What was there before is kept in a record under `home()/configs`, which is on disk before the file
is touched. The entry itself is looked for in the file: a record alone says nothing.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from headroom.configs import files
from headroom.configs.layout import Format, Trace, Value, found, holds, without
from headroom.errors import ConfigError
from headroom.home import home

State: TypeAlias = Literal["absent", "installed", "outdated", "edited"]

_NOTHING = re.compile(r"\ufeff?\s*(\{\s*\}\s*)?")


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to stand in a file under a path of keys, such as ("mcpServers", "headroom").

    Attributes:
        replaces: Whether it takes the place of what the user has there, which comes back with its
            removal. Else what is there is the user's, and stays.
    """

    file: Path
    format: Format
    path: tuple[str, ...]
    value: Value
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class _Record:
    """What an entry's removal has to know.

    Attributes:
        value: As it was written.
        trace: As the format returned it.
        made: Whether the file said nothing before, or was not there.
        blank: What was in it then; None if it was not there.
        folders: That were made for it, the lowest first.
    """

    value: Value
    trace: Trace
    made: bool
    blank: str | None
    folders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """A file before and after; None where there is none."""

    entry: Entry
    before: bytes | None
    after: bytes | None
    _record: _Record | None

    def diff(self) -> str:
        """Returns the change as a unified diff."""
        old, new = ((text or b"").decode().splitlines() for text in (self.before, self.after))
        file = str(self.entry.file)
        names = (
            file if self.before is not None else "(none)",
            file if self.after is not None else "(none)",
        )
        return "\n".join(difflib.unified_diff(old, new, *names, lineterm=""))

    @property
    def backup(self) -> Path:
        """Returns where the file is kept as it was, while the entry is in it."""
        return _record_of(self.entry).with_suffix(".backup")


def state(entry: Entry) -> State:
    """Returns whether an entry is in its file, and whether it is as it was written."""
    with _named(entry.file):
        return _state(entry, _text(entry.file))


def plan_install(entry: Entry) -> Change | None:
    """Returns the change that puts an entry into its file, or None if it is there.

    Raises:
        ConfigError: The file is broken, or has an entry of that name that is not ours.
    """
    with _named(entry.file):
        text = before = _text(entry.file)
        match _state(entry, text):
            case "installed":
                return None
            case "edited":
                raise ConfigError(
                    f"{_name(entry)} is there, not as Headroom wrote it: left as it is"
                )
            case "outdated":
                text = _removed(entry, text or "")
            case "absent":
                pass
        base = entry.format.empty if _is_blank(text) else text or ""
        is_set = holds(entry.format.parse(base), entry.path)
        put = entry.format.replace if is_set else entry.format.insert
        after, trace = put(base, entry.path, entry.value)
        _check(entry, base, after, entry.value)
        record = _Record(entry.value, trace, _is_blank(text), text if _is_blank(text) else None)
        return Change(entry, _bytes(before), _bytes(after), record)


def plan_uninstall(entry: Entry) -> Change | None:
    """Returns the change that takes an entry out of its file, or None if it is not there.

    Raises:
        ConfigError: The file is broken, or the entry was edited since.
    """
    with _named(entry.file):
        text = _text(entry.file)
        match _state(entry, text):
            case "absent":
                return None
            case "edited":
                raise ConfigError(f"{_name(entry)} was edited since: left as it is")
            case "installed" | "outdated":
                return Change(entry, _bytes(text), _bytes(_removed(entry, text or "")), None)


def write(change: Change) -> None:
    """Writes a change, unless the file is another one by now."""
    entry = change.entry
    with _named(entry.file):
        real = entry.file.resolve()
        if files.read(real) != change.before:
            raise ConfigError("changed in the meantime: nothing was written, try again")
        if change.before is not None and not os.access(real, os.W_OK):
            raise ConfigError("is write-protected: nothing was written")
        record, kept = _record_of(entry), _recorded(entry)
        if change._record is not None and change.after is not None:
            made = files.make_folders(real.parent)
            _keep(record, change, tuple(map(str, made)) or (kept.folders if kept else ()))
            files.replace(real, change.after)
            return
        if change.after is None:
            files.remove(real, [Path(folder) for folder in kept.folders] if kept else [])
        else:
            files.replace(real, change.after)
        record.unlink(missing_ok=True)
        change.backup.unlink(missing_ok=True)


def _keep(record: Path, change: Change, folders: tuple[str, ...]) -> None:
    record.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if change.before is not None:
        files.replace(change.backup, change.before)
    kept = {**asdict(change._record), "folders": folders, "file": str(change.entry.file)}  # type: ignore[arg-type]
    files.replace(record, json.dumps(kept).encode())


def _recorded(entry: Entry) -> _Record | None:
    file = _record_of(entry)
    content = files.read(file)
    if content is None:
        return None
    try:
        kept = json.loads(content)
        trace = Trace(int(kept["trace"]["created"]), str(kept["trace"]["text"]))
        blank = None if kept["blank"] is None else str(kept["blank"])
        folders = tuple(map(str, kept["folders"]))
        return _Record(kept["value"], trace, bool(kept["made"]), blank, folders)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ConfigError(
            f"Headroom's record of it is broken: remove {file} and try again"
        ) from error


def _record_of(entry: Entry) -> Path:
    name = "\0".join((str(entry.file.resolve()), *entry.path))
    digest = hashlib.blake2b(name.encode(), digest_size=8).hexdigest()
    return home() / "configs" / f"{digest}.json"


def _state(entry: Entry, text: str | None) -> State:
    parsed = {} if text is None or _is_blank(text) else entry.format.parse(text)
    if not holds(parsed, entry.path):
        return "absent"
    value = found(parsed, entry.path)
    if value == entry.value:
        return "installed"
    record = _recorded(entry)
    if record and value == record.value:
        return "outdated"
    return "absent" if entry.replaces else "edited"


def _removed(entry: Entry, text: str) -> str | None:
    record = _recorded(entry)
    if entry.replaces and record is None:
        raise ConfigError(f"{_name(entry)}: what it was before is not known: edit it by hand")
    left = entry.format.remove(text, entry.path, record.trace if record else None)
    _check(entry, text, left, _before(entry, record))
    if record and record.made and _NOTHING.fullmatch(left):
        return record.blank
    return left


def _before(entry: Entry, record: _Record | None) -> Value:
    """Returns what an entry said before it was replaced, or None."""
    if record is None or record.trace.created:
        return None
    return entry.format.parse(f'{{"": {record.trace.text}}}')[""]


def _check(entry: Entry, before: str, after: str, value: Value) -> None:
    """Raises unless two texts say the same but for the entry."""
    old, new = entry.format.parse(before), entry.format.parse(after)
    if found(new, entry.path) != value or without(old, entry.path) != without(new, entry.path):
        raise ConfigError(f"{_name(entry)} cannot be told from what is around it: edit it by hand")


def _is_blank(text: str | None) -> bool:
    return text is None or not text.strip("\ufeff \t\r\n")


def _name(entry: Entry) -> str:
    return ".".join(entry.path)


def _text(file: Path) -> str | None:
    content = files.read(file)
    if content is None:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise ConfigError("expected UTF-8", content[: error.start].count(b"\n") + 1) from error


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode()


@contextmanager
def _named(file: Path) -> Iterator[None]:
    """Names the file in what goes wrong with it."""
    try:
        yield
    except ConfigError as error:
        raise ConfigError(error.why, error.line, str(file)) from error
    except OSError as error:
        raise ConfigError(error.strerror or str(error), file=str(file)) from error
