"""Twin of `cpp/src/bpe.cpp` and `pieces.cpp`: split by tiktoken's own patterns, merge by the book."""

from __future__ import annotations

import base64
import itertools


def parse(file: bytes) -> dict[bytes, int]:
    """Returns the ranks of a .tiktoken file."""
    lines = (line.split() for line in file.splitlines() if line)
    return {base64.b64decode(token): int(rank) for token, rank in lines}


def merge(piece: bytes, ranks: dict[bytes, int]) -> list[bytes]:
    """Returns the tokens of one piece: the pair of lowest rank, leftmost first, until none is left."""
    parts = [piece[i : i + 1] for i in range(len(piece))]
    while len(parts) > 1:
        pairs = [(ranks.get(a + b, -1), i) for i, (a, b) in enumerate(itertools.pairwise(parts))]
        known = [pair for pair in pairs if pair[0] >= 0]
        if not known:
            break
        _, i = min(known)
        parts[i : i + 2] = [parts[i] + parts[i + 1]]
    return parts


def count(text: str, ranks: dict[bytes, int], pattern: object) -> int:
    """Returns the number of tokens; `pattern` is tiktoken's, compiled with the `regex` module."""
    pieces = (m.group().encode() for m in pattern.finditer(text))  # type: ignore[attr-defined]
    return sum(1 if piece in ranks else len(merge(piece, ranks)) for piece in pieces)
