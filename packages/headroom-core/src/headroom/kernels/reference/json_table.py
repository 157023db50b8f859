"""The way back from `cpp/src/json_table.cpp`: rendered tables to the JSON value that they hold.

Values are compared with `Spelled` numbers, so that 1.0 and 1 differ, and objects are lists of pairs,
so that key order and duplicate keys count.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

Value: TypeAlias = "str | bool | Spelled | list[Value] | Pairs | None"
_NUMBER = re.compile(r"-?[0-9][0-9.eE+-]*")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.S)


@dataclass(frozen=True)
class Spelled:
    """A number as it was written."""

    text: str


@dataclass(frozen=True)
class Pairs:
    """An object: its members in order."""

    members: tuple[tuple[str, Value], ...]


def loads(text: str) -> Value:
    """Returns a JSON text as spelled values."""
    value: Value = json.loads(
        text,
        parse_int=Spelled,
        parse_float=Spelled,
        object_pairs_hook=lambda pairs: Pairs(tuple(pairs)),
    )
    return value


def decode(text: str) -> Value:
    """Returns the value that a rendered text stands for."""
    reader = _Reader(text)
    value = reader.value()
    if reader.at != len(text):
        raise ValueError(f"expected the end at {reader.at}")
    return value


def decode_lines(text: str) -> list[Value]:
    """Returns the values of rendered newline-delimited JSON."""
    reader = _Reader(text)
    if text.startswith("{") and reader.is_head():
        return reader.rows("\n", end="")
    return [decode(line) for line in text.splitlines()]


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def take(self, expected: str) -> None:
        if not self.text.startswith(expected, self.at):
            raise ValueError(f"expected {expected!r} at {self.at}")
        self.at += len(expected)

    def value(self) -> Value:
        kinds: dict[str, Callable[[], Value]] = {
            "{": self.object,
            "[": self.array,
            '"': self.string,
        }
        if self.peek() in kinds:
            return kinds[self.peek()]()
        for word, value in (("true", True), ("false", False), ("null", None)):
            if self.text.startswith(word, self.at):
                self.at += len(word)
                return value
        found = _NUMBER.match(self.text, self.at)
        if not found:
            raise ValueError(f"expected a value at {self.at}")
        self.at = found.end()
        return Spelled(found[0])

    def string(self) -> str:
        found = _STRING.match(self.text, self.at)
        if not found:
            raise ValueError(f"expected a string at {self.at}")
        self.at = found.end()
        return str(json.loads(found[0]))

    def object(self) -> Pairs:
        members: list[tuple[str, Value]] = []
        self.take("{")
        while self.peek() != "}":
            if members:
                self.take(",")
            key = self.string()
            self.take(":")
            members.append((key, self.value()))
        self.take("}")
        return Pairs(tuple(members))

    def array(self) -> list[Value]:
        self.take("[")
        if self.peek() == "{" and self.is_head():
            between = "\n" if self.text[self.head_end()] == "\n" else ";"
            return self.rows(between, end="]")
        if self.peek() == "\n":  # a line for each value
            self.at += 1
            return self.listed("\n", trailing=True)
        return self.listed(",", trailing=False)

    def listed(self, between: str, *, trailing: bool) -> list[Value]:
        values: list[Value] = []
        while self.peek() != "]":
            if values and not trailing:
                self.take(between)
            values.append(self.value())
            if trailing:
                self.take(between)
        self.take("]")
        return values

    def is_head(self) -> bool:
        """A head holds strings followed by a comma, a dot, an equals sign or its end."""
        found = _STRING.match(self.text, self.at + 1)
        return bool(found) and self.text[found.end()] in ",.=}"  # type: ignore[union-attr]

    def head_end(self) -> int:
        start = self.at
        self.head()
        end, self.at = self.at, start
        return end

    def head(self) -> list[tuple[tuple[str, ...], bool, Value]]:
        columns: list[tuple[tuple[str, ...], bool, Value]] = []
        self.take("{")
        while self.peek() != "}":
            if columns:
                self.take(",")
            name = [self.string()]
            while self.peek() == ".":
                self.at += 1
                name.append(self.string())
            constant = self.peek() == "="
            if constant:
                self.at += 1
            columns.append((tuple(name), constant, self.value() if constant else None))
        self.take("}")
        return columns

    def rows(self, between: str, *, end: str) -> list[Value]:
        columns = self.head()
        records: list[Value] = []
        if between == "\n":
            self.take("\n")
        while self.at < len(self.text) and self.peek() != end:
            if between == ";":
                self.take(";")
            records.append(self.record(columns))
            if between == "\n":
                self.take("\n")
        self.take(end)
        return records

    def record(self, columns: list[tuple[tuple[str, ...], bool, Value]]) -> Value:
        if self.peek() == "+":
            self.at += 1
            return self.value()
        members: list[tuple[tuple[str, ...], Value]] = []
        first = True
        for name, constant, value in columns:
            if constant:
                members.append((name, value))
                continue
            if not first:
                self.take(",")
            first = False
            if self.peek() not in (",", "\n", ";", "]", ""):
                members.append((name, self.value()))
        return _nest(members)


def _nest(members: list[tuple[tuple[str, ...], Value]]) -> Pairs:
    """Puts dotted columns back into the objects that they came from."""
    out: list[tuple[str, Value]] = []
    groups: dict[str, list[tuple[tuple[str, ...], Value]]] = {}
    for name, value in members:
        if len(name) == 1:
            out.append((name[0], value))
            continue
        if name[0] not in groups:
            groups[name[0]] = []
            out.append((name[0], None))
        groups[name[0]].append((name[1:], value))
    return Pairs(tuple((k, _nest(groups[k]) if k in groups else v) for k, v in out))
