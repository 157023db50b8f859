"""Twin of `features`: what each line of a text is like, spelled out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

WORD = re.compile(rb"[A-Za-z0-9_\x80-\xff]{2,}")
NUMBER = re.compile(rb"\A *[0-9]+(?:[\t:|-]|\xe2\x86\x92|  )")
SPACE = b" \t\n\v\f\r"
FEW, MOST_ALIKE, AROUND = 3, 50, 2


class VocabularyReference:
    """The words that a reader has met."""

    def __init__(self) -> None:
        self.words: set[bytes] = set()

    def add(self, text: bytes) -> None:
        """Takes the words of a text."""
        self.words.update(WORD.findall(text))

    def __len__(self) -> int:
        return len(self.words)


def line_features(
    data: bytes,
    starts: Sequence[int],
    templates: Sequence[int],
    met: VocabularyReference,
    turn: int,
) -> list[list[float]]:
    """Returns the rows, the columns in the order of the kernel's `Feature`."""
    lines = [data[a:b] for a, b in pairwise(starts)]
    written = [line for line in lines if line.strip(SPACE)]
    with_number = sum(NUMBER.match(line) is not None for line in written)
    numbered = bool(written) and 10 * with_number >= 8 * len(written)
    counted = lines if not numbered else [NUMBER.sub(b"", line, count=1) for line in lines]
    bodies = [line.rstrip(SPACE) for line in counted]
    texts = [body.lstrip(SPACE) for body in bodies]
    indents = [len(body) - len(text) for body, text in zip(bodies, texts, strict=True)]
    words = [WORD.findall(text) for text in texts]
    holders = Counter(word for row in words for word in set(row))
    alike = Counter(templates)
    fresh = [[word for word in row if word not in met.words] for row in words]
    rows: list[list[float]] = []
    for i, text in enumerate(texts):
        held = [holders[word] for word in words[i]]
        rows.append(
            [
                len(text),
                indents[i],
                indents[i] - indents[i - 1] if i else 0,
                i / len(lines),
                len(lines),
                sum(map(len, texts)),
                sum(c in b"0123456789" for c in text) / (len(text) + 1),
                sum(chr(c).isascii() and chr(c).isalpha() for c in text) / (len(text) + 1),
                len(held),
                min(held, default=0),
                sum(n == 1 for n in held),
                sum(n <= FEW for n in held),
                min(alike[templates[i]], MOST_ALIKE),
                len(fresh[i]),
                sum(len(row) for row in fresh[max(0, i - AROUND) : i + AROUND + 1]),
                sum(holders[word] <= FEW and len(word) >= 3 for word in fresh[i]),
                sum(map(len, fresh)),
                float(numbered),
                turn,
            ]
        )
    return rows
