"""Command lines as agents write them, taken apart into simple commands."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

_DOCUMENT = re.compile(r"(?<!<)<<(?!<)-?[ \t]*(['\"]?)(\w+)\1")
_JOINED = re.compile(r"\d*>&\d+|&>|\\\n")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_WRAPPERS = frozenset({"sudo", "time", "env", "command", "exec", "nohup", "nice", "timeout"})
_OPERATORS = ";&|()\n"
_LONGEST = 20_000
"""Characters of a command line that is looked at; longer ones carry data."""

_GROUPED = frozenset(
    {
        "git",
        "npm",
        "pnpm",
        "yarn",
        "cargo",
        "go",
        "mix",
        "docker",
        "kubectl",
        "pip",
        "uv",
        "gh",
        "make",
    }
)
"""Programs whose first word says what they do."""

_STARTERS = frozenset(
    {"npm", "pnpm", "yarn", "bun", "uv", "poetry", "hatch", "pdm", "pipenv", "rye", "bundle"}
)
"""Programs that run another one, or a script by its name."""


@dataclass(frozen=True, slots=True)
class Command:
    """A simple command: its words, without assignments before it and redirections."""

    words: tuple[str, ...]

    @property
    def program(self) -> str:
        """Its first word, as it was written."""
        return self.words[0]

    @property
    def head(self) -> tuple[str, ...]:
        """What says what is done: the program, or more where a program does many things."""
        program = self.program.rpartition("/")[2]
        if program.startswith("python") and len(self.words) > 2 and self.words[1] == "-m":
            return self.words[:3]
        if program.startswith("python") and len(self.words) > 1 and _is_script(self.words[1]):
            return self.words[:2]
        if program in _STARTERS and self.words[1:2] in (("run",), ("exec",)):
            return self.words[: 2 if self.words[2:3] and self.words[2].startswith("-") else 3]
        if program in _GROUPED and len(self.words) > 1 and not self.words[1].startswith("-"):
            return self.words[:2]
        if program in ("npx", "bunx", "uvx") and len(self.words) > 1:
            return self.words[:2]
        return self.words[:1]

    @property
    def operands(self) -> tuple[str, ...]:
        """The words behind the head that are no options."""
        return tuple(w for w in self.words[len(self.head) :] if not w.startswith("-"))


@dataclass(frozen=True, slots=True)
class Line:
    """A command line: its commands, and the files that it writes by redirection."""

    commands: tuple[Command, ...] = ()
    written: tuple[str, ...] = ()


def parse(text: str) -> Line:
    """Returns a command line taken apart; nothing where it is not one that can be read."""
    text = _JOINED.sub(" ", _without_documents(text[:_LONGEST]))
    lexer = shlex.shlex(text, posix=True, punctuation_chars=_OPERATORS + "<>")
    lexer.whitespace = " \t\r"
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        tokens = list(lexer)
    except ValueError:  # quotes that do not match
        return Line()
    written: list[str] = []
    commands = [Command(words) for words in _simple(tokens, written)]
    return Line(tuple(commands), tuple(written))


def _without_documents(text: str) -> str:
    """Returns a command line without the texts that stand in it (`<<EOF`)."""
    kept: list[str] = []
    ends: list[str] = []
    for line in text.split("\n"):
        if ends:
            ends = ends[1:] if line.strip() == ends[0] else ends
            continue
        ends = [found[2] for found in _DOCUMENT.finditer(line)]
        kept.append(_DOCUMENT.sub(" ", line))
    return "\n".join(kept)


def _simple(tokens: list[str], written: list[str]) -> Iterator[tuple[str, ...]]:
    words: list[str] = []
    redirected = ""
    for token in [*tokens, "\n"]:
        if token and not token.strip(_OPERATORS):
            if found := _unwrapped(words):
                yield found
            words = []
        elif token and not token.strip("<>"):
            redirected = token
            if words and words[-1].isdigit():
                words.pop()
            continue
        elif redirected:
            written += [token] if ">" in redirected else []
        else:
            words.append(token)
        redirected = ""


def _unwrapped(words: list[str]) -> tuple[str, ...]:
    """Returns the words from the program on."""
    while words and (_ASSIGNMENT.match(words[0]) or words[0] in _WRAPPERS):
        wrapper = words[0]
        words = words[1:]
        while (
            wrapper in _WRAPPERS and words and (words[0].startswith("-") or words[0][:1].isdigit())
        ):
            words = words[1:]
    return tuple(words)


def _is_script(word: str) -> bool:
    return word.endswith(".py") and not word.startswith("-")
