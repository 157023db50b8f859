"""OpenCode: ~/.local/share/opencode/opencode.db; before 1.2 files of JSON below storage/.

A session has messages, a message has parts; a part is a text, or a call with its result. Read from a
database that version 1.18 wrote.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

from headroom.home import user_file
from headroom.pricing import Usage
from headroom.types import JSON
from headroom_agents.transcripts.build import (
    Building,
    json_text,
    object_of,
    objects_of,
    seconds,
    text_of,
    whole,
)
from headroom_agents.transcripts.lines import json_file
from headroom_agents.transcripts.types import Session

_SQLITE = b"SQLite format 3\0"


class OpenCode:
    """Reads the sessions of OpenCode."""

    agent = "opencode"

    def home(self) -> Path:
        """Returns the folder of its data."""
        return user_file("~/.local/share/opencode")

    def files(self, folder: Path) -> Iterable[Path]:
        """Returns databases, and files of sessions."""
        if (folder / "opencode.db").is_file():  # its folder holds snapshots of projects as well
            yield from folder.glob("opencode*.db")
            yield from folder.glob("storage/session/*/ses_*.json")
        else:
            yield from folder.rglob("opencode*.db")
            yield from folder.rglob("session/*/ses_*.json")

    def owns(self, file: Path, head: bytes) -> bool:
        """Returns whether it is such a database, or the file of such a session."""
        old = file.name.startswith("ses_") and file.parent.parent.name == "session"
        return old or (file.name.startswith("opencode") and head.startswith(_SQLITE))

    def origin(self, head: bytes) -> str:
        """Returns nothing: no copies are known."""
        return ""

    def read(self, file: Path) -> Iterator[Session]:
        """Yields the sessions."""
        if file.suffix == ".json":
            yield from filter(None, [self._from_files(file)])
            return
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as db:
            try:
                found = db.execute(
                    "select id, directory, parent_id from session order by time_created"
                )
                rows = found.fetchall()
            except sqlite3.DatabaseError:  # another schema, or none
                return
            for name, project, parent in rows:
                into = _messages(_rows(db, name))
                session = into.session(self.agent, project, file, name, parent or "")
                yield from filter(None, [session])

    def _from_files(self, file: Path) -> Session | None:
        about, storage = object_of(json_file(file)), file.parent.parent.parent
        into = _messages(_files(storage, file.stem))
        project = text_of(about.get("directory")) or file.parent.name
        return into.session(self.agent, project, file, file.stem, text_of(about.get("parentID")))


def _rows(db: sqlite3.Connection, session: str) -> Iterator[tuple[JSON, list[JSON]]]:
    messages = "select id, data from message where session_id = ? order by time_created, id"
    parts = "select data from part where message_id = ? order by id"
    for name, data in db.execute(messages, (session,)).fetchall():
        yield _parsed(data), [_parsed(row[0]) for row in db.execute(parts, (name,))]


def _files(storage: Path, session: str) -> Iterator[tuple[JSON, list[JSON]]]:
    for file in sorted((storage / "message" / session).glob("*.json")):
        parts = sorted((storage / "part" / file.stem).glob("*.json"))
        yield json_file(file), [json_file(part) for part in parts]


def _parsed(data: str) -> JSON:
    try:
        return json.loads(data)
    except (TypeError, ValueError, RecursionError):
        return None


def _messages(found: Iterable[tuple[JSON, list[JSON]]]) -> Building:
    into = Building()
    for number, (message, parts) in enumerate(found):
        into.skipped += (message is None) + sum(part is None for part in parts)
        about = object_of(message)
        if about.get("role") == "assistant":
            _take_answer(about, objects_of(parts), str(number), into)
        else:
            for part in objects_of(parts):
                if part.get("type") == "text":
                    into.asks(text_of(part.get("text")))
    return into


def _take_answer(
    about: dict[str, JSON], parts: list[dict[str, JSON]], name: str, into: Building
) -> None:
    if about.get("summary") is True:  # of all that precedes, for what follows
        into.begins()
        into.asks("\n".join(text_of(p.get("text")) for p in parts if p.get("type") == "text"))
        return
    time = seconds(object_of(about.get("time")).get("created"))
    into.answers(time=time, model=text_of(about.get("modelID")), name=name)
    for part in parts:
        if part.get("type") == "text":
            into.says(text_of(part.get("text")), name=name)
        elif part.get("type") == "tool":
            _take_call(part, name, into)
    if object_of(about.get("error")).get("name") == "MessageAbortedError":
        into.ended("interrupted", name=name)
    elif about.get("finish") == "length":
        into.ended("limit", name=name)
    tokens = object_of(about.get("tokens"))
    if tokens:
        into.billed(_usage(tokens), name=name)


def _take_call(part: dict[str, JSON], name: str, into: Building) -> None:
    number, state = text_of(part.get("callID")), object_of(part.get("state"))
    time = seconds(object_of(state.get("time")).get("start"))
    arguments = json_text(state.get("input") or {})
    into.calls(number, text_of(part.get("tool")), arguments, time=time, name=name)
    if state.get("status") == "error":
        into.prints(number, text_of(state.get("error")), failed=True)
    elif state.get("status") == "completed":
        code = object_of(state.get("metadata")).get("exit")
        into.prints(number, text_of(state.get("output")), failed=bool(code))


def _usage(tokens: dict[str, JSON]) -> Usage:
    cache = object_of(tokens.get("cache"))
    output = whole(tokens.get("output")) + whole(tokens.get("reasoning"))
    read, written = whole(cache.get("read")), whole(cache.get("write"))
    return Usage(read, written, whole(tokens.get("input")), output)
