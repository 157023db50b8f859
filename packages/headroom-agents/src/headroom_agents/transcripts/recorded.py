"""Requests or messages that somebody wrote down: JSON, or lines of it, in any wire format."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from headroom.errors import FormatError
from headroom.formats import FORMATS, read
from headroom.types import JSON, Block
from headroom_agents.transcripts.build import Building, object_of, objects_of, text_of
from headroom_agents.transcripts.lines import json_file, json_lines
from headroom_agents.transcripts.types import Session

_FIELDS = tuple(dict.fromkeys(one.field for one in FORMATS))
_RETURNED = re.compile(r"<returncode>(-?\d+)")
"""How mini-swe-agent says that a command ended."""


@dataclass(frozen=True, slots=True)
class _Request:
    """What may be a list of messages, and what stands beside it."""

    messages: JSON
    about: dict[str, JSON]


class Recorded:
    """Reads recorded requests and lists of messages."""

    agent = "recorded"

    def home(self) -> None:
        """Returns no folder: recordings are where somebody put them."""

    def files(self, folder: Path) -> Iterable[Path]:
        """Returns files of JSON."""
        return (f for f in folder.rglob("*.json*") if f.suffix in (".json", ".jsonl"))

    def owns(self, file: Path, head: bytes) -> bool:
        """Returns whether it begins as a list of messages or an object with one may."""
        named = any(f'"{field}"'.encode() in head for field in (*_FIELDS, "role"))
        return named and head.lstrip()[:1] in (b"{", b"[")

    def origin(self, head: bytes) -> str:
        """Returns nothing: no copies are known."""
        return ""

    def read(self, file: Path) -> Iterator[Session]:
        """Yields a session for each conversation; of requests that continue each other, the last."""
        requests, skipped = _requests(file)
        for number, request in enumerate(requests):
            into = Building()
            into.skipped = skipped if not number else 0
            try:
                conversation = read(request.messages)
            except FormatError:
                into.skipped += 1
                continue
            failures = _failures(request.messages)
            model = text_of(request.about.get("model"))
            for message in conversation.messages:
                for block in message.blocks:
                    if block.kind == "tool_result":
                        _take_result(block, failures, into)
                    elif message.role == "assistant":
                        _take_answer(block, model, into)
                    elif not block.is_image:
                        into.asks(block.text)
            name = text_of(request.about.get("id")) or (
                f"{file.stem}-{number}" if number else file.stem
            )
            about = (request.about.get(field) for field in ("project", "cwd"))
            project = next((text_of(one) for one in about if one), file.parent.name)
            yield from filter(None, [into.session(self.agent, project, file, name)])


def _take_result(block: Block, failures: dict[str, bool], into: Building) -> None:
    name = block.tool.id if block.tool else ""
    said = _RETURNED.match(block.text)
    into.prints(name, block.text, failed=said[1] != "0" if said else failures.get(name))


def _take_answer(block: Block, model: str, into: Building) -> None:
    into.answers(model=model)
    if block.kind == "tool_call" and block.tool is not None:
        into.calls(block.tool.id, block.tool.name, block.tool.arguments)
    else:
        into.says(block.text)


def _requests(file: Path) -> tuple[list[_Request], int]:
    if file.suffix != ".jsonl":
        found = json_file(file)
        request = _request(found) if isinstance(found, dict) else _Request(found or [], {})
        usable = request is not None and isinstance(request.messages, list) and request.messages
        return ([request], 0) if request is not None and usable else ([], 1)
    requests: list[_Request] = []
    loose: list[JSON] = []
    skipped = 0
    for line in json_lines(file):
        request = _request(line) if line is not None else None
        if request is not None:
            if requests and _continues(request, requests[-1]):
                requests.pop()
            requests.append(request)
        elif line is not None and ("role" in line or "type" in line):
            loose.append(line)
        else:
            skipped += 1
    return requests + ([_Request(loose, {})] if loose else []), skipped


def _request(value: dict[str, JSON]) -> _Request | None:
    for field in _FIELDS:
        if isinstance(value.get(field), list):
            return _Request(value[field], {k: v for k, v in value.items() if k != field})
    return None


def _continues(request: _Request, before: _Request) -> bool:
    count = len(before.messages)
    return len(request.messages) >= count and request.messages[:count] == before.messages


def _failures(messages: JSON) -> dict[str, bool]:
    """Returns which calls failed, where messages say so."""
    blocks = (b for m in messages for b in objects_of(object_of(m).get("content")))
    return {
        text_of(block.get("tool_use_id")): block["is_error"] is True
        for block in blocks
        if "is_error" in block
    }
