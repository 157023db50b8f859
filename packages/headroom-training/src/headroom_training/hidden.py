"""What a model could not read, and when an agent must have asked for it."""

from __future__ import annotations

from collections import Counter, defaultdict

from headroom.types import Path
from headroom_training.labels import Later, body_of, is_quoted, tokens_of

_ENOUGH, _LONG = 3, 25
"""Lines quoted from one text that cannot be by chance; and bytes of a line that is enough alone."""

_RARE, _TELLING = 3, 5
"""Lines of a text that may hold a token for the text to be needed for it, and the token's bytes."""


class Hidden:
    """The lines and tokens that were left out and stand nowhere else, by the text they are from."""

    def __init__(self) -> None:
        self._seen_lines: set[bytes] = set()
        self._seen_tokens: set[bytes] = set()
        self._lines: dict[bytes, Path] = {}
        self._tokens: dict[bytes, Path] = {}

    def read(self, shown: str) -> None:
        """Takes a text as the model reads it."""
        data = shown.encode("utf-8", "replace")
        lines = {body_of(line) for line in data.split(b"\n")}
        tokens = tokens_of(data)
        self._seen_lines |= lines
        self._seen_tokens |= tokens
        for line in lines & self._lines.keys():
            del self._lines[line]
        for token in tokens & self._tokens.keys():
            del self._tokens[token]

    def hide(self, path: Path, text: str) -> None:
        """Takes the original of a text that has gaps, after all that the model reads with it."""
        lines = [body_of(line) for line in text.encode("utf-8", "replace").split(b"\n")]
        holders = Counter(token for line in lines for token in tokens_of(line))
        for line in lines:
            if line not in self._seen_lines:
                self._lines.setdefault(line, path)
        for token, count in holders.items():
            if count <= _RARE and len(token) >= _TELLING and token not in self._seen_tokens:
                self._tokens.setdefault(token, path)

    def quoted(self, said: Later) -> set[Path]:
        """Returns the texts that an agent must have read in full before it said that."""
        found: dict[Path, list[bytes]] = defaultdict(list)
        for line, path in self._lines.items():
            if is_quoted(line, said):
                found[path].append(line)
        return {
            path
            for path, lines in found.items()
            if len(lines) >= _ENOUGH or any(len(line) >= _LONG for line in lines)
        }

    def named(self, said: Later) -> set[Path]:
        """Returns the texts of which an agent names something that it could not read elsewhere."""
        return {self._tokens[token] for token in said.tokens & self._tokens.keys()}

    def show(self, paths: set[Path]) -> None:
        """Takes texts that were asked for: they can be read in full from now on."""
        self._lines = {line: path for line, path in self._lines.items() if path not in paths}
        self._tokens = {token: path for token, path in self._tokens.items() if path not in paths}
