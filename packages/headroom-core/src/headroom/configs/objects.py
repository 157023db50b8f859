"""Members of objects in JSON, also with comments and trailing commas, edited as text.

Comments are blanked, which moves nothing; then the standard library's decoder tells where values
end. An entry goes behind the last member of its object, written as its neighbours are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Never

from headroom.configs.layout import Trace, Value, line_of, nested, newline
from headroom.errors import ConfigError

_STRING = r'"[^"\\]*(?:\\.[^"\\]*)*"'
_COMMENT = re.compile(rf"({_STRING})|//[^\r\n]*|/\*.*?\*/", re.S)
_TRAILING = re.compile(rf"({_STRING})|,(?=\s*[}}\]])", re.S)
_BESIDE = re.compile(r"(?:[ \t]*(?://[^\r\n]*|/\*[^\r\n]*?\*/))*")
"""Comments that go on in the line of what they follow, and so belong to it."""

_SPACE = re.compile(r"[\s\ufeff]*")


def _no_constant(name: str) -> Never:
    raise ValueError(f"{name} is no number of JSON")


# Numbers are compared, not computed with, and one of thousands of digits is valid JSON.
_DECODER = json.JSONDecoder(parse_int=float, parse_constant=_no_constant)


@dataclass(frozen=True, slots=True)
class _Member:
    key: str
    start: int
    value: int
    end: int


@dataclass(frozen=True, slots=True)
class _Object:
    """An object in a text: its braces, its members, and the comma that trails behind the last."""

    start: int
    close: int
    members: tuple[_Member, ...]
    trailing: int | None

    def member(self, key: str) -> _Member | None:
        """Returns the member that counts: of two with the same key, the last."""
        return next((m for m in reversed(self.members) if m.key == key), None)


class Objects:
    """JSON. With `comments` also comments and trailing commas, as VS Code reads its settings."""

    empty = "{}\n"

    def __init__(self, *, comments: bool) -> None:
        self._comments = comments

    def parse(self, text: str) -> Value:
        """Returns what a text says."""
        plain = self._plain(text)
        start = _after_space(plain, 0)
        try:
            value, end = _DECODER.raw_decode(plain, start)
        except json.JSONDecodeError as error:
            raise ConfigError(f"no valid JSON: {error.msg}", line_of(text, error.pos)) from error
        except (ValueError, RecursionError) as error:
            raise ConfigError(f"no valid JSON: {error}", 1) from error
        if (rest := _after_space(plain, end)) < len(plain):
            raise ConfigError("no valid JSON: more behind its end", line_of(text, rest))
        if not isinstance(value, dict):
            raise ConfigError("expected an object { … }", line_of(text, start))
        return value

    def insert(self, text: str, path: Sequence[str], value: Value) -> tuple[str, Trace]:
        """Returns the text with an entry behind the last member of its object."""
        holder, depth = self._deepest(text, path)
        entry = nested(path[depth + 1 :], value)
        if holder.members:
            return self._append(text, holder, path[depth], entry), Trace(len(path) - depth, "")
        text, closing = self._fill(text, holder, path[depth], entry)
        return text, Trace(len(path) - depth, closing)

    def replace(self, text: str, path: Sequence[str], value: Value) -> tuple[str, Trace]:
        """Returns the text with another value of an entry, and how the old one was written."""
        member = self._member(text, path)
        shown = json.dumps(value, ensure_ascii=False)
        old = text[member.value : member.end]
        return text[: member.value] + shown + text[member.end :], Trace(0, old)

    def remove(self, text: str, path: Sequence[str], trace: Trace | None) -> str:
        """Returns the text without an entry, and without what was made to hold it and is empty."""
        trace = trace or Trace(1, "")
        if not trace.created:
            ours = self._member(text, path)
            return text[: ours.value] + trace.text + text[ours.end :]
        holders = self._holders(text, path)
        depth = len(path) - 1
        while depth > len(path) - trace.created and _holds_one(text, holders[depth]):
            depth -= 1
        holder = holders[depth]
        member = holder.member(path[depth])
        if member is None:
            raise ConfigError(f"expected a member {path[depth]!r}", line_of(text, holder.start))
        if text[member.value : member.end] != self._plain(text)[member.value : member.end]:
            raise ConfigError("the entry has comments of yours", line_of(text, member.start))
        return self._cut(text, holder, member, trace.text)

    def _member(self, text: str, path: Sequence[str]) -> _Member:
        holders = self._holders(text, path)
        member = holders[-1].member(path[-1]) if len(holders) == len(path) else None
        if member is None:
            raise ConfigError(f"expected a member {path[-1]!r}", line_of(text, holders[-1].start))
        return member

    def _append(self, text: str, holder: _Object, key: str, value: Value) -> str:
        last = holder.members[-1]
        trailing = holder.trailing is not None
        after = last.end if holder.trailing is None else holder.trailing + 1
        match = _BESIDE.match(text, after) if self._comments else None
        place = after + len(match[0].rstrip()) if match else after
        before = _space_before(text, holder.members[0].start)
        if not re.search(r"[\r\n]", before) and len(holder.members) > 1:
            before = _space_before(text, last.start)
        if not re.search(r"[\r\n]", before) and "//" in text[after:place]:
            before = newline(text) + _indent(text, last.start)
        before = before or " " * text[: last.value].endswith(" ")
        member = before + self._rendered(text, key, value, before)
        if trailing:
            return f"{text[:place]}{member},{text[place:]}"
        return f"{text[: last.end]},{text[last.end : place]}{member}{text[place:]}"

    def _fill(self, text: str, holder: _Object, key: str, value: Value) -> tuple[str, str]:
        """Returns the text with the first member of an object, and what stands behind it."""
        gap = text[holder.start + 1 : holder.close]
        place = holder.start + 1 + len(gap.rstrip())
        if _is_one_line(text):
            return text[:place] + self._rendered(text, key, value, "") + text[place:], ""
        margin = newline(text) + _indent(text, holder.start)
        before = margin + _unit(text)
        closing = "" if re.search(r"[\r\n]", text[place : holder.close]) else margin
        member = before + self._rendered(text, key, value, before) + closing
        return text[:place] + member + text[place:], closing

    def _rendered(self, text: str, key: str, value: Value, before: str) -> str:
        if re.search(r"[\r\n]", before):
            shown = json.dumps(value, indent=_unit(text), ensure_ascii=False)
            return f"{json.dumps(key)}: " + shown.replace("\n", before)
        return f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}"

    def _cut(self, text: str, holder: _Object, member: _Member, closing: str) -> str:
        start = member.start - len(_space_before(text, member.start))
        plain = self._plain(text)
        after = _after_space(plain, member.end)
        if plain[after] == ",":
            return text[:start] + text[member.end : after] + text[after + 1 :]
        if member is holder.members[-1] and holder.trailing is not None:
            return text[:start] + text[member.end : holder.trailing] + text[holder.trailing + 1 :]
        earlier = (
            holder.members[holder.members.index(member) - 1] if len(holder.members) > 1 else None
        )
        end = member.end
        if earlier is None:
            return text[:start] + text[end + len(closing) * text.startswith(closing, end) :]
        comma = plain.index(",", earlier.end)
        return text[:comma] + text[comma + 1 : start] + text[end:]

    def _deepest(self, text: str, path: Sequence[str]) -> tuple[_Object, int]:
        """Returns the object that is to get the next key of a path, and the key's number."""
        holders = self._holders(text, path)
        return holders[-1], len(holders) - 1

    def _holders(self, text: str, path: Sequence[str]) -> list[_Object]:
        """Returns the objects along a path, as far as it goes, each in the one before it."""
        self.parse(text)
        plain = self._plain(text)
        holders = [_object(text, plain, _after_space(plain, 0))]
        for key in path[:-1]:
            member = holders[-1].member(key)
            if member is None:
                break
            if plain[member.value] != "{":
                raise ConfigError(
                    f"expected an object {{ … }} as {key!r}", line_of(text, member.start)
                )
            holders.append(_object(text, plain, member.value))
        return holders

    def _plain(self, text: str) -> str:
        """Returns strict JSON of the same length."""
        if not self._comments:
            return text
        return _TRAILING.sub(_blank, _COMMENT.sub(_blank, text))


JSON = Objects(comments=False)
JSONC = Objects(comments=True)


def _blank(match: re.Match[str]) -> str:
    return match[1] or re.sub(r"[^\r\n]", " ", match[0])


def _object(text: str, plain: str, start: int) -> _Object:
    members = []
    at = _after_space(plain, start + 1)
    while plain[at] != "}":
        key, end = _DECODER.raw_decode(plain, at)
        value = _after_space(plain, _after_space(plain, end) + 1)
        _, stop = _DECODER.raw_decode(plain, value)
        members.append(_Member(key, at, value, stop))
        at = _after_space(plain, stop)
        if plain[at] == ",":
            at = _after_space(plain, at + 1)
    commas = _COMMENT.sub(_blank, text)
    trailing = commas.find(",", members[-1].end, at) if members else -1
    return _Object(start, at, tuple(members), trailing if trailing >= 0 else None)


def _holds_one(text: str, holder: _Object) -> bool:
    """Returns whether an object has one member, and not even a comment beside it."""
    if len(holder.members) != 1:
        return False
    (member,) = holder.members
    around = text[holder.start + 1 : member.start] + text[member.end : holder.close]
    return not around.strip()


def _after_space(text: str, place: int) -> int:
    match = _SPACE.match(text, place)
    return match.end() if match else place


def _space_before(text: str, place: int) -> str:
    return text[len(text[:place].rstrip()) : place]


def _indent(text: str, place: int) -> str:
    """Returns the white space with which the line of a place begins."""
    line = re.split(r"[\r\n]", text[:place])[-1]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _unit(text: str) -> str:
    """Returns by what a text is indented: by the margin of its first indented line."""
    match = re.search(r"[\r\n]([ \t]+)[\"/]", text)
    return match[1] if match else "  "


def _is_one_line(text: str) -> bool:
    inner = text.strip().lstrip("\ufeff")
    return not re.search(r"[\r\n]", inner) and not re.fullmatch(r"\{\s*\}", inner)
