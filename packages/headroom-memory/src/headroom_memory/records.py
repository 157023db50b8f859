"""Facts as lines of JSON, the same bytes for the same facts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any

from headroom_memory.errors import Refused
from headroom_memory.types import Fact, Source

_HEADER = '{"headroom_memory":1}'
_FIELDS = [field.name for field in fields(Fact)]
_TIMES = ("valid_from", "valid_until", "at")
_ID = re.compile(r"[a-z2-7]{4,32}")
_FORM = "%Y-%m-%dT%H:%M:%S.%fZ"


def as_json(fact: Fact) -> dict[str, Any]:
    """Returns a fact as JSON has it; times are in UTC."""
    return {name: _plain(name, value) for name, value in asdict(fact).items()}


def lines_of(facts: Iterable[Fact]) -> str:
    """Returns facts, one a line."""
    lines = [json.dumps(as_json(fact), ensure_ascii=False, separators=(",", ":")) for fact in facts]
    return "\n".join([_HEADER, *lines, ""])


def facts_of(text: str) -> list[Fact]:
    """Returns the facts of such lines.

    Raises:
        Refused: A line is not of this form; says which, and what was expected.
    """
    lines = text.split("\n")
    if lines[0].strip() != _HEADER:
        raise Refused(f"line 1: expected {_HEADER}, got {lines[0][:80]!r}")
    return [_fact(line, n) for n, line in enumerate(lines[1:], 2) if line.strip()]


def written(moment: datetime) -> str:
    """Returns a moment as text, to the microsecond, in UTC."""
    return moment.astimezone(UTC).strftime(_FORM)


def _plain(name: str, value: Any) -> Any:  # noqa: ANN401 - of any field
    if isinstance(value, datetime):
        return written(value)
    if name == "sources":
        return [
            {"at": written(s["at"]), **{k: v for k, v in s.items() if k != "at"}} for s in value
        ]
    return list(value) if isinstance(value, tuple) else value


def _fact(line: str, number: int) -> Fact:
    try:
        values = json.loads(line)
    except ValueError as error:
        raise Refused(f"line {number}: no JSON: {error}") from error
    if not isinstance(values, dict) or list(values) != _FIELDS:
        raise Refused(f"line {number}: expected an object with {', '.join(_FIELDS)}")
    try:
        sources = tuple(Source(**_read(source)) for source in values.pop("sources"))
        fact = Fact(**_read(values), sources=sources)
    except (TypeError, ValueError, AttributeError) as error:
        raise Refused(f"line {number}: {error}") from error
    texts = [fact.id, fact.text, fact.category, fact.superseded_by, *fact.tags]
    texts += [part for s in sources for part in (s.agent, s.session, s.path)]
    if not all(isinstance(t, str) for t in texts) or not all(type(s.line) is int for s in sources):
        raise Refused(f"line {number}: a field is of another type than it should be")
    if not _ID.fullmatch(fact.id) or (fact.superseded_by and fact.holds):
        raise Refused(f"line {number}: no such id, or it holds though another took its place")
    return fact


def _read(values: dict[str, Any]) -> dict[str, Any]:
    read = dict(values)
    for name in _TIMES:
        if isinstance(read.get(name), str):
            read[name] = datetime.strptime(read[name], _FORM).replace(tzinfo=UTC)
    if "tags" in read:
        read["tags"] = tuple(read["tags"])
    return read
