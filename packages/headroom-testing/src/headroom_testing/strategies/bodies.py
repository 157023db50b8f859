"""Request bodies as clients spell them, with the place of every value in the bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from headroom.types import JSON, Path, Span
from headroom_testing.strategies.dialogues import Dialogue

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_SPACES = ("", "", " ", "\n  ", "\t\r\n")
_ODD_VALUES = ("1.0", "9223372036854775808", "1e-7", "-0", "null", '"\\u00e9\\/"')


@dataclass(frozen=True, slots=True)
class Spelled:
    """A JSON document as bytes, and where in them each value stands that a reader keeps."""

    data: bytes
    places: dict[Path, Span] = field(repr=False)

    def edited(self, after: bytes, paths: Iterable[Path]) -> dict[Path, str]:
        """Returns the strings that stand at `paths` in an edited copy.

        Raises:
            AssertionError: A byte outside them is not the same.
        """
        found: dict[Path, str] = {}
        at = rest = 0
        for path in sorted(paths, key=lambda path: self.places[path].start):
            place = self.places[path]
            kept = self.data[rest : place.start]
            string = _STRING.match(after, at + len(kept))
            assert after[at : at + len(kept)] == kept, f"bytes before {path} changed"
            assert string, f"no string at {path}"
            found[path] = json.loads(string[0])
            at, rest = string.end(), place.end
        assert after[at:] == self.data[rest:], "bytes after the last edit changed"
        return found


def spelled(document: JSON, seed: int) -> Spelled:
    """Returns a document in one of its many spellings: escapes, white space, duplicate keys.

    Of duplicate keys the last counts, as in `json.loads`. Numbers that nobody reads are odd.
    """
    writer = _Speller(Random(seed))
    writer.write(document, ())
    return Spelled(bytes(writer.out), writer.places)


def bodies(dialogues: SearchStrategy[Dialogue]) -> SearchStrategy[tuple[Dialogue, Spelled]]:
    """Dialogues as request bodies, with fields that are not the messages around them."""
    return st.builds(
        lambda dialogue, seed: (dialogue, spelled(_request(dialogue), seed)),
        dialogues,
        st.integers(0, 2**32),
    )


def _request(dialogue: Dialogue) -> JSON:
    tools = [{"name": "bash", "description": "Runs a command."}]
    around = {"model": "gpt-4o", "tools": tools}
    return {**around, dialogue.field: dialogue.messages, "x": {"n": [1, None]}}


class _Speller:
    def __init__(self, rng: Random) -> None:
        self.out = bytearray(b"\xef\xbb\xbf" if rng.random() < 0.1 else b"")
        self.places: dict[Path, Span] = {}
        self._rng = rng

    def write(self, value: JSON, path: Path) -> None:
        """Adds a value, with white space before it."""
        self._space()
        start = len(self.out)
        match value:
            case dict():
                self._object(value, path)
            case list():
                self._array(value, path)
            case str():
                self.out += self._string(value)
            case _:
                self.out += json.dumps(value).encode()
        self.places[path] = Span(start, len(self.out))

    def _object(self, value: dict[str, JSON], path: Path) -> None:
        self.out += b"{"
        for n, (key, member) in enumerate(value.items()):
            self.out += b"," if n else b""
            if self._rng.random() < 0.1:  # a duplicate, which the next one overrules
                self._member(key)
                self.out += self._rng.choice(_ODD_VALUES).encode() + b","
            self._member(key)
            self.write(member, (*path, key))
        self._space()
        self.out += b"}"

    def _member(self, key: str) -> None:
        self._space()
        self.out += self._string(key)
        self._space()
        self.out += b":"

    def _array(self, value: list[JSON], path: Path) -> None:
        self.out += b"["
        for n, member in enumerate(value):
            self.out += b"," if n else b""
            self.write(member, (*path, n))
        self._space()
        self.out += b"]"

    def _string(self, text: str) -> bytes:
        escaped = self._rng.random() < 0.5 or any("\ud800" <= c <= "\udfff" for c in text)
        written = json.dumps(text, ensure_ascii=escaped)
        if "\\" not in written and self._rng.random() < 0.3:
            written = written.replace("a", "\\u0061").replace("/", "\\/")
        return written.encode()

    def _space(self) -> None:
        self.out += self._rng.choice(_SPACES).encode()
