"""Claude Code: ~/.claude/projects/FOLDER/SESSION.jsonl, and sub-agents in files beside or below.

A line is a record. Records of one answer share the id of its message: one for each thought, text and
call. Read from files that version 2.1 wrote.
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
from headroom_agents.transcripts.lines import json_lines
from headroom_agents.transcripts.types import Session

_FIRST = re.compile(rb'"uuid"\s*:\s*"([0-9a-f-]{36})"')
_EXIT = re.compile(r"Exit code (\d+)")
_INTERRUPTED = "[Request interrupted by user"
_NO_MODEL = "<synthetic>"
"""What the client itself says in the model's place, as on errors of the provider."""


class ClaudeCode:
    """Reads the transcripts of Claude Code."""

    agent = "claude-code"

    def home(self) -> Path:
        """Returns the folder of its projects."""
        return user_file("~/.claude/projects", variable="CLAUDE_CONFIG_DIR")

    def files(self, folder: Path) -> Iterable[Path]:
        """Returns files of lines."""
        return folder.rglob("*.jsonl")

    def owns(self, file: Path, head: bytes) -> bool:
        """Returns whether the first records name their session, as no other agent's do."""
        return b'"sessionId"' in head and (b'"uuid"' in head or b'"parentUuid"' in head)

    def origin(self, head: bytes) -> str:
        """Returns the first record of a conversation; a forked session begins with a copy of it."""
        found = _FIRST.search(head)
        return found[1].decode() if found else ""

    def read(self, file: Path) -> Iterator[Session]:
        """Yields the session, and one for each sub-agent in the same file."""
        chains = _Chains()
        broken = 0
        for record in json_lines(file):
            if record is None:
                broken += 1
            else:
                chains.take(record)
        for name, building in chains.found.items():
            building.skipped = broken
            broken = 0
            parent = chains.session if name else ""
            project = chains.project or file.parent.name
            yield from filter(
                None,
                [building.session(self.agent, project, file, name or chains.session, parent)],
            )


class _Chains:
    """The conversations in one file: that of the session has no name, sub-agents have theirs."""

    def __init__(self) -> None:
        self.found: dict[str, Building] = {}
        self.session = ""
        self.project = ""
        self._chain_of: dict[str, str] = {}

    def take(self, record: dict[str, JSON]) -> None:
        kind = record.get("type")
        if kind not in ("user", "assistant", "system"):
            return
        self.session = self.session or text_of(record.get("sessionId"))
        self.project = self.project or text_of(record.get("cwd"))
        into = self.found.setdefault(self._chain(record), Building())
        message = object_of(record.get("message"))
        if kind == "assistant":
            _take_answer(record, message, into)
        elif kind == "user":
            _take_words(record, message, into)
        elif record.get("subtype") == "compact_boundary":
            into.begins()

    def _chain(self, record: dict[str, JSON]) -> str:
        if not record.get("isSidechain"):
            return ""
        name = text_of(record.get("agentId"))
        before, own = text_of(record.get("parentUuid")), text_of(record.get("uuid"))
        chain = name or self._chain_of.get(before) or own or "sub-agent"
        self._chain_of[own] = chain
        return chain


def _take_words(record: dict[str, JSON], message: dict[str, JSON], into: Building) -> None:
    if record.get("isCompactSummary"):
        into.begins()
    content = message.get("content")
    if isinstance(content, str):
        content = [{"type": "text", "text": content}]
    for block in objects_of(content):
        if block.get("type") == "tool_result":
            output = text_of(block.get("content"))
            failed = block.get("is_error") is True or _EXIT.match(output) is not None
            into.prints(text_of(block.get("tool_use_id")), output, failed=failed)
        elif block.get("type") == "text":
            text = text_of(block.get("text"))
            if text.startswith(_INTERRUPTED):
                into.ended("interrupted")
            into.asks(text)


def _take_answer(record: dict[str, JSON], message: dict[str, JSON], into: Building) -> None:
    model = text_of(message.get("model"))
    if model == _NO_MODEL or record.get("isApiErrorMessage"):
        return
    time = seconds(record.get("timestamp"))
    name = text_of(message.get("id")) or text_of(record.get("uuid"))
    into.answers(time=time, model=model, name=name, number=text_of(record.get("uuid")))
    for block in objects_of(message.get("content")):
        if block.get("type") == "text":
            into.says(text_of(block.get("text")), name=name)
        elif block.get("type") == "tool_use":
            tool, arguments = text_of(block.get("name")), json_text(block.get("input"))
            into.calls(text_of(block.get("id")), tool, arguments, time=time, name=name)
    if message.get("stop_reason") == "max_tokens":
        into.ended("limit", name=name)
    usage = object_of(message.get("usage"))
    if usage:
        hour = whole(object_of(usage.get("cache_creation")).get("ephemeral_1h_input_tokens"))
        into.billed(_usage(usage), lifetime="1h" if hour else None, name=name)


def _usage(usage: dict[str, JSON]) -> Usage:
    return Usage(
        whole(usage.get("cache_read_input_tokens")),
        whole(usage.get("cache_creation_input_tokens")),
        whole(usage.get("input_tokens")),
        whole(usage.get("output_tokens")),
    )
