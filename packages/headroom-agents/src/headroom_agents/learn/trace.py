"""What is kept of a session: for each call what it did and how it went, without the texts."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from headroom.types import JSON
from headroom_agents.learn.complaints import Complaint, complaints_of, raised_by
from headroom_agents.learn.shell import Command, Line, parse
from headroom_agents.transcripts import Session, ToolCall, Turn
from headroom_agents.transcripts.types import End

_TESTS_RAN = re.compile(
    r"\b\d+ (?:passed|failed)\b|^Ran \d+ tests? in|^\d+ tests?, \d+ failures?|^test result: "
    r"|^(?:Tests|Test Suites): .*\d+ total", re.M,
)  # fmt: skip

_NUMBER = re.compile(r"\d+")

_READERS = frozenset({"read", "read_file", "view", "cat", "readfile", "open_file"})
_PATHS = ("file_path", "filePath", "path", "absolute_path", "filename", "file")
_WRITERS = frozenset(
    {"write", "write_file", "create_file", "create", "notebookedit", "edit", "multiedit", "replace"}
)
_SHOWN_BY = frozenset({"cat", "head", "tail", "sed", "less", "nl", "bat", "more"})
_LOOKERS = _READERS | {
    "grep",
    "glob",
    "ls",
    "list",
    "list_directory",
    "search",
    "search_file_content",
}
_LOOKS = _SHOWN_BY | {
    "grep", "egrep", "rg", "ls", "tree", "wc", "pwd", "which", "file", "stat", "sort", "uniq", "cut", "cd",
}  # fmt: skip
_GIT_LOOKS = frozenset({"status", "log", "diff", "show", "blame", "grep"})
_TAIL = 4_000
"""Characters at the end of an output where a test run sums up."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A call, as far as anything can be learned from it.

    Attributes:
        number: In the session, from 1.
        tool: Its name.
        commands: Of a command line.
        reads: The file that it shows, if it does nothing else.
        looks: Whether it can have changed nothing.
        paths: What it names that may be a path.
        writes: Files that it writes.
        failed: Whether it failed, as far as the transcript says.
        complaints: Why, with what the complaint names.
        raised: The exception that ended a program, if it was one.
        tests: Whether the output is that of a test run.
        call: Equal where the call is.
        like: Equal where the call is, but for its numbers.
        output: Equal where the output is.
        tokens: Of the call and its output.
        context: Counts compactions before it.
    """

    number: int
    tool: str
    commands: tuple[Command, ...]
    reads: str
    looks: bool
    paths: tuple[str, ...]
    writes: tuple[str, ...]
    failed: bool | None
    complaints: tuple[tuple[Complaint, str], ...]
    raised: str
    tests: bool
    call: bytes
    like: bytes
    output: bytes
    tokens: int
    context: int

    def complains(self, kind: Complaint, about: str = "") -> bool:
        """Returns whether it complained, about that."""
        return any(k == kind and (not about or name == about) for k, name in self.complaints)


@dataclass(frozen=True, slots=True)
class Said:
    """An answer: its tokens, and how it ended."""

    turn: int
    tokens: int
    end: End


@dataclass(frozen=True, slots=True)
class Trace:
    """A session: where it was, its calls, and its answers."""

    agent: str
    project: str
    session: str
    file: Path
    calls: tuple[Seen, ...]
    answers: tuple[Said, ...]
    skipped: int = 0


def trace(session: Session, count: Callable[[str], int]) -> Trace:
    """Returns what is kept of a session.

    Args:
        session: As it was read.
        count: Counts tokens.
    """
    calls: list[Seen] = []
    answers: list[Said] = []
    context = -1
    for number, turn in enumerate(session.turns, 1):
        context += turn.begins
        if turn.copied:  # it counts where it comes first
            continue
        answers.append(Said(number, _tokens(turn, count), turn.answer.end))
        calls += [_seen(call, context, count) for call in turn.answer.calls]
    where = (session.agent, session.project, session.id, session.path)
    return Trace(*where, tuple(calls), tuple(answers), session.skipped)


def _tokens(turn: Turn, count: Callable[[str], int]) -> int:
    answer = turn.answer
    return answer.usage.output if answer.usage is not None else count(answer.text)


def _seen(call: ToolCall, context: int, count: Callable[[str], int]) -> Seen:
    arguments = _arguments(call.arguments)
    line = parse(_command_line(arguments))
    name = call.name.lower()
    output = call.output or ""
    named = [arguments[key] for key in _PATHS if isinstance(arguments.get(key), str)]
    words = [word for command in line.commands for word in command.words[1:]]
    writes = [*line.written, *(named if name in _WRITERS else [])]
    return Seen(
        number=call.position,
        tool=call.name,
        commands=line.commands,
        reads=_reads(name, named, line.commands),
        looks=_looks(name, line),
        paths=tuple(named or [word for word in words if not word.startswith("-")]),
        writes=tuple(writes),
        failed=call.failed,
        complaints=tuple(complaints_of(output, line.commands, named)) if call.failed else (),
        raised=raised_by(output) if call.failed and line.commands else "",
        tests=_TESTS_RAN.search(output[-_TAIL:]) is not None,
        call=_digest(call.name, call.arguments),
        like=_digest(call.name, _NUMBER.sub("0", call.arguments)),
        output=_digest(output),
        tokens=count(call.arguments) + count(output),
        context=context,
    )


def _arguments(text: str) -> dict[str, JSON]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _command_line(arguments: dict[str, JSON]) -> str:
    for key in ("command", "cmd", "script"):
        value = arguments.get(key)
        if isinstance(value, str):
            return value
        if isinstance(value, list) and len(value) == 3 and value[1] in ("-c", "-lc"):
            return str(value[2])
    return ""


def _reads(name: str, named: list[str], commands: tuple[Command, ...]) -> str:
    if name in _READERS and named:
        return named[0]
    if not commands or not all(command.program in _SHOWN_BY for command in commands):
        return ""
    first = commands[0]
    return first.words[-1] if len(first.words) > 1 and "-i" not in first.words else ""


def _looks(name: str, line: Line) -> bool:
    if not line.commands:
        return name in _LOOKERS
    return not line.written and all(map(_only_looks, line.commands))


def _only_looks(command: Command) -> bool:
    if command.program == "git":
        return len(command.words) > 1 and command.words[1] in _GIT_LOOKS
    if command.program == "sed":
        return not any(word.startswith(("-i", "--in-place")) for word in command.words)
    return command.program in _LOOKS


def _digest(*texts: str) -> bytes:
    joined = "\0".join(texts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(joined, digest_size=12).digest()
