"""Codex: ~/.codex/sessions/YYYY/MM/DD/rollout-*.jsonl.

A line has a time, a type and a payload; `response_item`s are what the model reads and says, in the
shapes of OpenAI's responses. Read from files that version 0.169 wrote.
"""

from __future__ import annotations

import json
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

_EXIT = re.compile(r"^(?:Process exited with code|Exit code:) (-?\d+)$", re.MULTILINE)
_HEAD = 300
"""Characters in front of an output in which the client says how the command ended."""


class Codex:
    """Reads the rollouts of Codex."""

    agent = "codex"

    def home(self) -> Path:
        """Returns the folder of its sessions."""
        return user_file("~/.codex/sessions", variable="CODEX_HOME")

    def files(self, folder: Path) -> Iterable[Path]:
        """Returns rollouts."""
        return folder.rglob("rollout-*.jsonl")

    def owns(self, file: Path, head: bytes) -> bool:
        """Returns whether it begins as a rollout does."""
        return b'"session_meta"' in head

    def origin(self, head: bytes) -> str:
        """Returns nothing: no copies are known."""
        return ""

    def read(self, file: Path) -> Iterator[Session]:
        """Yields the session."""
        into = Building()
        rollout = _Rollout(into)
        for record in json_lines(file):
            if record is None:
                into.skipped += 1
                continue
            rollout.take(record, object_of(record.get("payload")))
        project, name = rollout.project or file.parent.name, rollout.name or file.stem
        yield from filter(None, [into.session(self.agent, project, file, name)])


class _Rollout:
    def __init__(self, into: Building) -> None:
        self.name = ""
        self.project = ""
        self._into = into
        self._model = ""

    def take(self, record: dict[str, JSON], payload: dict[str, JSON]) -> None:
        match record.get("type"):
            case "session_meta":
                self.name = self.name or text_of(payload.get("id"))
                self.project = self.project or text_of(payload.get("cwd"))
            case "turn_context":
                self._model = text_of(payload.get("model"))
            case "response_item":
                self._item(payload, seconds(record.get("timestamp")))
            case "event_msg" if payload.get("type") == "turn_aborted":
                self._into.ended("interrupted")
            case "event_msg" if payload.get("type") == "token_count":
                usage = object_of(object_of(payload.get("info")).get("last_token_usage"))
                if usage:
                    self._into.billed(_usage(usage))
            case "compacted":
                self._into.begins()
                kept = objects_of(payload.get("replacement_history"))
                texts = [text_of(one.get("content")) for one in kept]
                self._into.asks("\n".join(texts) or text_of(payload.get("message")))
            case _:
                return  # what the client notes for itself

    def _item(self, item: dict[str, JSON], time: float | None) -> None:
        into = self._into
        match item.get("type"):
            case "message" if item.get("role") != "assistant":
                into.asks(text_of(item.get("content")))
            case "message":
                into.answers(time=time, model=self._model)
                into.says(text_of(item.get("content")))
            case "reasoning":
                into.answers(time=time, model=self._model)
            case "function_call" | "custom_tool_call" | "local_shell_call":
                into.answers(time=time, model=self._model)
                name = text_of(item.get("name")) or "shell"
                arguments = item.get("arguments") or item.get("input") or item.get("action") or {}
                into.calls(text_of(item.get("call_id")), name, json_text(arguments), time=time)
            case "function_call_output" | "custom_tool_call_output":
                output, failed = _output(item.get("output"))
                into.prints(text_of(item.get("call_id")), output, failed=failed)
            case _:
                return


def _output(value: JSON) -> tuple[str, bool | None]:
    """Returns what a call printed, and whether it failed."""
    text = text_of(value)
    if said := _EXIT.search(text, 0, _HEAD):
        return text, int(said[1]) != 0
    try:
        inner = json.loads(text) if text.startswith("{") else None
    except ValueError:
        inner = None
    code = object_of(object_of(inner).get("metadata")).get("exit_code")
    if isinstance(code, int):
        return text_of(object_of(inner).get("output")), code != 0
    return text, None


def _usage(usage: dict[str, JSON]) -> Usage:
    read, written = (
        whole(usage.get("cached_input_tokens")),
        whole(usage.get("cache_write_input_tokens")),
    )
    fresh = max(whole(usage.get("input_tokens")) - read - written, 0)
    return Usage(read, written, fresh, whole(usage.get("output_tokens")))
