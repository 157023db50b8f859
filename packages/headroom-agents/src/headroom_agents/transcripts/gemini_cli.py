"""Gemini CLI: ~/.gemini/tmp/PROJECT/chats/session-*.jsonl, before 0.30 one .json each.

A line is a message, which a later line with the same id replaces; `$set` sets fields of the whole. The
message of the model holds its calls with their results. Read from files that version 0.61 wrote.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
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
from headroom_agents.transcripts.lines import json_file, json_lines
from headroom_agents.transcripts.types import Session

_EXIT = re.compile(r"^Exit Code: (-?\d+)$", re.MULTILINE)


class GeminiCli:
    """Reads the chats of Gemini CLI."""

    agent = "gemini-cli"

    def home(self) -> Path:
        """Returns the folder with a folder for each project."""
        return user_file("~/.gemini/tmp")

    def files(self, folder: Path) -> Iterable[Path]:
        """Returns chats."""
        return (f for f in folder.rglob("session-*.json*") if f.suffix in (".json", ".jsonl"))

    def owns(self, file: Path, head: bytes) -> bool:
        """Returns whether it names a project as only this agent does."""
        return b'"projectHash"' in head

    def origin(self, head: bytes) -> str:
        """Returns nothing: no copies are known."""
        return ""

    def read(self, file: Path) -> Iterator[Session]:
        """Yields the session."""
        into = Building()
        whole_file, messages = _messages(file, into)
        for message in messages:
            _take(message, into)
        root = file.parent.parent / ".project_root"
        project = text_of(whole_file.get("projectHash")) or file.parent.parent.name
        if root.is_file():
            project = root.read_text("utf-8", "replace").strip() or project
        name = text_of(whole_file.get("sessionId")) or file.stem
        yield from filter(None, [into.session(self.agent, project, file, name)])


def _messages(file: Path, into: Building) -> tuple[dict[str, JSON], list[dict[str, JSON]]]:
    """Returns the fields of the chat and its messages in their last version."""
    if file.suffix == ".json":
        chat = json_file(file)
        into.skipped += not isinstance(chat, dict)
        return object_of(chat), objects_of(object_of(chat).get("messages"))
    fields: dict[str, JSON] = {}
    messages: dict[str, dict[str, JSON]] = {}
    for record in json_lines(file):
        if record is None:
            into.skipped += 1
        elif isinstance(record.get("$set"), dict):
            changed = record["$set"]
            if isinstance(changed.get("messages"), list):
                messages = {text_of(m.get("id")): m for m in objects_of(changed["messages"])}
            fields |= {k: v for k, v in changed.items() if k != "messages"}
        elif "type" in record and "id" in record:
            messages[text_of(record["id"])] = record
        else:
            fields |= record
    return fields, list(messages.values())


def _take(message: dict[str, JSON], into: Building) -> None:
    time = seconds(message.get("timestamp"))
    if message.get("type") == "user":
        into.asks(text_of(message.get("content")))
    elif message.get("type") == "gemini":
        name = text_of(message.get("id"))
        into.answers(time=time, model=text_of(message.get("model")), name=name)
        into.says(text_of(message.get("content")), name=name)
        tokens = object_of(message.get("tokens"))
        if tokens:
            into.billed(_usage(tokens), name=name)
        for call in objects_of(message.get("toolCalls")):
            _take_call(call, name, into)


def _take_call(call: dict[str, JSON], name: str, into: Building) -> None:
    number = text_of(call.get("id"))
    time, arguments = seconds(call.get("timestamp")), json_text(call.get("args") or {})
    into.calls(number, text_of(call.get("name")), arguments, time=time, name=name)
    if call.get("status") == "cancelled":
        into.ended("interrupted", name=name)
    printed = [
        _printed(object_of(one.get("functionResponse"))) for one in objects_of(call.get("result"))
    ]
    if not printed:
        return
    output = "\n".join(text for text, _ in printed)
    said = _EXIT.search(output, max(len(output) - 200, 0))
    failed = call.get("status") == "error" or any(f for _, f in printed)
    into.prints(number, output, failed=failed or (said is not None and said[1] != "0"))


def _printed(response: dict[str, JSON]) -> tuple[str, bool]:
    given = object_of(response.get("response"))
    if "error" in given:
        return text_of(given["error"]), True
    return text_of(given.get("output")), False


def _usage(tokens: dict[str, JSON]) -> Usage:
    read = whole(tokens.get("cached"))
    fresh = max(whole(tokens.get("input")) - read, 0)
    return Usage(read, 0, fresh, whole(tokens.get("output")) + whole(tokens.get("thoughts")))
