"""What changes from request to request, in the part of a request that never should.

A guess from the looks of a text, so it is reported only in tools and system prompt. A text that is
the same in two requests did not change; only what changes by the day or session stays suspect.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from headroom.lint.findings import Finding, Tariff, json_path
from headroom.lint.layout import Layout, Slot
from headroom.types import JSON, Path

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_CLOCK = r"(?:[01]?\d|2[0-3]):[0-5]\d"

LOOKS: tuple[tuple[str, bool, re.Pattern[str]], ...] = (
    ("a UUID", False, re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.I)),
    (
        "a time",
        True,
        re.compile(
            rf"\b\d{{4}}-\d\d-\d\d[T ]{_CLOCK}[\d:.]*(?:Z|[+-]\d\d:?\d\d)?"
            rf"|\b{_CLOCK}:[0-5]\d(?!\d)|\b{_CLOCK}\s*(?:[AaPp]\.?[Mm]\b|UTC\b|GMT\b)"
        ),
    ),
    (
        "a date",
        False,
        re.compile(
            rf"\b20\d\d-(?:0\d|1[0-2])-(?:[0-2]\d|3[01])\b|\b{_MONTH}\.? \d{{1,2}},? 20\d\d\b"
            rf"|\b\d{{1,2}}\.? {_MONTH},? 20\d\d\b|\b\d{{1,2}}/\d{{1,2}}/20\d\d\b"
        ),
    ),
    ("a Unix time", True, re.compile(r"(?<![\w.-])1[6-9]\d{8}(?:\d{3})?(?![\w.-])")),
    (
        "a random id",
        False,
        re.compile(
            r"\b(?:req|request|sess|session|run|trace|conv|thread|user)[-_](?=\w*\d)(?=\w*[a-z])"
            r"[A-Za-z0-9]{8,}\b|\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{32,64}\b"
        ),
    ),
    (
        "a counter",
        True,
        re.compile(
            r"\b(?:turn|iteration|attempt|request|message)\s*(?:#|no\.|number|:)\s*\d+"
            r"|\b(?:turn|iteration|attempt|request|message|step)\s+\d+\s*(?:of|/)\s*\d+"
            r"|\b\d[\d,]*\s+(?:tokens|messages|turns|requests)\s+(?:left|remaining|used|so far)",
            re.I,
        ),
    ),
)
"""What it looks like, whether it changes with every request, and how it is recognised."""

_FIXED = re.compile(
    r"(?:\b(?:cut-?off|version|since|until|copyright|effective|released?|example|such as|like|format"
    r"|rfc|spec\w*|schema|model|api)\b|e\.g\.|©)[^.\n]{0,40}$",
    re.I,
)
"""What stands before a date that does not change, on the same line."""

_EXAMPLES = frozenset({"example", "examples", "enum", "const", "pattern", "input_examples"})


def volatile(now: Layout, earlier: Layout | None, tariff: Tariff) -> Iterator[Finding]:
    """Yields what looks as if it changed: dates, times, UUIDs, random ids, counters."""
    before = (
        {path: text for slot in earlier.slots for path, text in _texts(slot)} if earlier else {}
    )
    for index, slot in enumerate(now.slots):
        if slot.part == "messages":
            continue
        tokens = now.tokens_from(index)
        for path, text in _texts(slot):
            same = before.get(path) == text
            for looks, found in _found(text, same=same):
                yield Finding(
                    "volatile",
                    json_path(path),
                    f"{found!r} looks like {looks}; when it changes, the {tokens:,} tokens from "
                    "here on are processed anew instead of read from the cache",
                    tokens,
                    tariff.rewritten(tokens),
                )


def _found(text: str, *, same: bool) -> Iterator[tuple[str, str]]:
    taken: list[tuple[int, int]] = []
    for looks, each_time, pattern in LOOKS:
        first = ""
        for match in pattern.finditer(text):
            start, end = match.span()
            if any(start < b and a < end for a, b in taken):
                continue
            taken.append((start, end))
            if not first and not _FIXED.search(text[max(0, start - 80) : start]):
                first = match[0]
        if first and not (same and each_time):
            yield looks, first


def _texts(slot: Slot) -> Iterator[tuple[Path, str]]:
    if slot.part != "messages":
        yield from _strings(slot.value, slot.path)


def _strings(value: JSON, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, child in value.items():
            if key not in _EXAMPLES:
                yield from _strings(child, (*path, key))
    elif isinstance(value, list):
        for n, child in enumerate(value):
            yield from _strings(child, (*path, n))
