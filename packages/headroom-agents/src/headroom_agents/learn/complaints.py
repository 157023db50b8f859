"""Why calls failed, as far as fixed phrases tell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, TypeAlias

from headroom_agents.learn.shell import Command

Complaint: TypeAlias = Literal[
    "no-program", "no-module", "no-file", "too-large", "no-upstream", "unknown-option", "pre-commit",
    "ignored-path", "no-repository", "quotes", "timeout", "text-not-found", "not-read", "changed",
    "directory",
]  # fmt: skip
"""Why a call did not do what it was for, as far as a fixed phrase tells."""

_OF_COMMANDS: tuple[tuple[Complaint, re.Pattern[str]], ...] = (
    ("no-upstream", re.compile(r"^fatal: The current branch \S+ has no upstream branch", re.M)),
    ("pre-commit", re.compile(r"^(?:Exit code \d+\n)?[Pp]re-commit (?:validation|hook)? ?failed")),
    (
        "ignored-path",
        re.compile(r"^The following paths are ignored by one of your \.gitignore", re.M),
    ),
    ("no-repository", re.compile(r"^fatal: not a git repository", re.M)),
    ("quotes", re.compile(r"^(?:/\S+/)?\w*sh: .*unexpected EOF while looking for matching", re.M)),
    ("timeout", re.compile(r"^(?:Exit code \d+\n)?Command timed out after")),
)
_OF_TOOLS: tuple[tuple[Complaint, re.Pattern[str]], ...] = (
    ("too-large", re.compile(r"exceeds maximum allowed (?:tokens|size)")),
    (
        "text-not-found",
        re.compile(r"String to replace not found|Could not find (?:the )?old_?string"),
    ),
    ("not-read", re.compile(r"File has not been read yet")),
    ("changed", re.compile(r"File has been (?:unexpectedly )?modified since")),
    ("directory", re.compile(r"^EISDIR: ", re.M)),
    ("no-file", re.compile(r"(?i:file (?:does not exist|not found)|no such file)")),
)
_SAID_BY_TOOLS = 300
"""Characters at the beginning of an output in which a tool that handles files says what is wrong."""

_UNKNOWN_OPTION = re.compile(
    r"(?:unrecognized arguments?|[Uu]nknown option|[Nn]o such option|invalid option)"
    r"(?::| --)? ['\"`]?(-{0,2}[\w-]+)"
)
_NO_PROGRAM = re.compile(
    r"(?:^|[\s:])([\w./+-]+): (?:command )?not found\s*$"  # bash, sh
    r"|command not found: ([\w./+-]+)\s*$"  # zsh
    r"|'([\w./+-]+)' is not recognized as", re.M,
)  # fmt: skip
_NO_MODULE = re.compile(r"^(\S+): No module named '?([\w.]+)'?\s*$", re.M)
_NO_FILE = re.compile(
    r"^[\w./-]+: (?:cannot (?:access|open|stat)|can't (?:read|open)(?: file)?)?:? ?"
    r"'?([^'\n:]+?)'?: (?:\[Errno 2\] )?No such file or directory", re.M,
)  # fmt: skip
_RAISED = re.compile(
    r"^([A-Za-z_][\w.]{2,60}(?:Error|Exception|Configured|Interrupt))(?::|$)", re.M
)
_TRACEBACK = "Traceback (most recent call last)"
_LAST_LINES = 3
"""Lines that may follow the end of a traceback: the tags of an agent around an output."""

_HEAD, _TAIL = 20_000, 4_000
"""Characters at both ends of an output that are looked at."""


def complaints_of(
    output: str, commands: Sequence[Command], named: Sequence[str]
) -> Iterator[tuple[Complaint, str]]:
    """Yields why a call failed: complaints about what it names itself, else a text might say anything.

    Args:
        output: That it failed with.
        commands: Of its command line.
        named: Files that it names, if it is no command line.
    """
    if commands:
        yield from _of_commands(output[:_HEAD], commands)
    elif named:
        told = output[:_SAID_BY_TOOLS]
        yield from ((kind, named[0]) for kind, pattern in _OF_TOOLS if pattern.search(told))


def _of_commands(output: str, commands: Sequence[Command]) -> Iterator[tuple[Complaint, str]]:
    programs = {command.program for command in commands}
    for found in _NO_PROGRAM.finditer(output):
        name = found[1] or found[2] or found[3]
        if name in programs:
            yield "no-program", name
    modules = {c.words[2]: c for c in commands if len(c.words) > 2 and c.words[1] == "-m"}
    for found in _NO_MODULE.finditer(output):
        own = modules.get(found[2])
        if own is not None and found[1].rpartition("/")[2].startswith("python"):
            yield "no-module", " ".join(own.words[:3])
    words = {word for command in commands for word in command.words}
    yield from (("no-file", f[1]) for f in _NO_FILE.finditer(output) if f[1] in words)
    if any(_is_given(found[1], words) for found in _UNKNOWN_OPTION.finditer(output)):
        yield "unknown-option", ""
    yield from ((kind, "") for kind, pattern in _OF_COMMANDS if pattern.search(output))


def _is_given(option: str, words: Iterable[str]) -> bool:
    """Returns whether an option is among the words of a command; of a short one a letter is named."""
    if not option.startswith("-"):
        return any(re.match(rf"-[A-Za-z]*{re.escape(option)}", word) for word in words)
    return any(word == option or word.startswith(f"{option}=") for word in words)


def raised_by(output: str) -> str:
    """Returns the last exception of a traceback at the end of an output."""
    at = output.rfind(_TRACEBACK)
    found = [*_RAISED.finditer(output, max(at, len(output) - _TAIL))] if at >= 0 else []
    is_end = bool(found) and output.count("\n", found[-1].end()) <= _LAST_LINES
    return found[-1][1] if is_end else ""
