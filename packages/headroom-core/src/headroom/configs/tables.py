"""Tables in TOML. An entry is a table at the end of the text, where none of its neighbours moves."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence

from headroom.configs.layout import Trace, Value, found, newline
from headroom.errors import ConfigError


class Tables:
    """TOML."""

    empty = ""

    def parse(self, text: str) -> Value:
        """Returns what a text says."""
        try:
            return tomllib.loads(text.removeprefix("\ufeff"), parse_float=str)
        except tomllib.TOMLDecodeError as error:
            where = re.search(r" \(at line (\d+), column \d+\)", str(error))
            why = str(error).replace(where[0], "") if where else str(error)
            line = int(where[1]) if where else len(text.splitlines())
            raise ConfigError(f"no valid TOML: {why}", line) from error
        except RecursionError as error:
            raise ConfigError("no valid TOML: nested too deep", 1) from error

    def insert(self, text: str, path: Sequence[str], value: Value) -> tuple[str, Trace]:
        """Returns the text with a table at its end."""
        parsed = self.parse(text)
        end = newline(text)
        block = end.join(_lines(path, value))
        lead = "" if not text.strip("\ufeff \t\r\n") else end if text.endswith("\n") else end * 2
        closing = "" if text and not text.endswith("\n") else end
        added = lead + block + closing
        try:
            self.parse(text + added)
        except ConfigError as error:
            created = next(n for n in range(len(path)) if found(parsed, path[: n + 1]) is None)
            name = ".".join(path[:created])
            raise ConfigError(
                f"{name} is written in one line; add to it by hand:\n{block}", 1
            ) from error
        return text + added, Trace(len(path), added)

    def replace(self, text: str, path: Sequence[str], value: Value) -> tuple[str, Trace]:
        """Raises: where a value of TOML ends, no parser of the standard library tells."""
        del text, value
        raise ConfigError(f"{'.'.join(path)} is set already: change it by hand")

    def remove(self, text: str, path: Sequence[str], trace: Trace | None) -> str:
        """Returns the text without a table that is written as `insert` writes it."""
        end = newline(text)
        block = end.join(_lines(path, found(self.parse(text), path)))
        pieces = [trace.text] if trace else []
        for piece in (*pieces, end + block + end, block + end, block):
            if text.count(piece) == 1:
                return text.replace(piece, "")
        raise ConfigError("the table is not written as it was", 1)


TOML = Tables()


def _lines(path: Sequence[str], value: Mapping[str, Value]) -> list[str]:
    header = ".".join(_key(key) for key in path)
    return [f"[{header}]", *(f"{_key(key)} = {_shown(v)}" for key, v in value.items())]


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _shown(key)


def _shown(value: Value) -> str:
    """Returns strings, lists and tables as TOML; strings of JSON are TOML but for DEL."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(k)} = {_shown(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_shown(v) for v in value) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
