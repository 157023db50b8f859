"""Server-sent events: cut out of a stream, read and written; and usage, added up.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from headroom.formats.rounds import dumped
from headroom.types import JSON

COMMENT = b": waiting\n\n"
"""Says nothing; a client that hears it knows that the connection is alive."""

_END = re.compile(rb"\r\n\r\n|\n\n|\r\r")
_LONGEST_END = 4
_SUMMED = ("_tokens", "_requests", "TokenCount", "tokenCount")


class Events:
    """Cuts a stream into events, each with its bytes."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def take(self, piece: bytes) -> Iterator[bytes]:
        """Yields the events that are complete."""
        start = max(len(self._rest) - _LONGEST_END, 0)
        self._rest += piece
        while found := _END.search(self._rest, start):
            event = bytes(self._rest[: found.end()])
            del self._rest[: found.end()]
            start = 0
            yield event

    def rest(self) -> bytes:
        """Returns what is left at the end."""
        return bytes(self._rest)


def data_in(event: bytes) -> bytes:
    """Returns what an event carries, as it is."""
    lines = [line[5:].strip() for line in event.splitlines() if line.startswith(b"data:")]
    return b"\n".join(lines)


def event_around(data: bytes) -> bytes:
    """Returns an event that carries some data and has no name, as frames of a socket have none."""
    lines = data.splitlines() or [b""]
    return b"".join(b"data: %s\n" % line for line in lines) + b"\n"


def data_of(event: bytes) -> dict[str, JSON]:
    """Returns the object that an event carries; empty: it carries none."""
    try:
        data = json.loads(data_in(event))
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def event_of(data: JSON, *, end: str = "\n\n") -> bytes:
    """Returns an event; its name is the type that its data names, if any."""
    name = f"event: {data['type']}\n" if "type" in data else ""
    return f"{name}data: {dumped(data)}{end}".encode()


def total_of(one: Mapping[str, JSON], other: Mapping[str, JSON]) -> dict[str, JSON]:
    """Returns usage with tokens added up; of the rest, what is said last."""
    out = dict(one)
    for field, value in other.items():
        before = out.get(field)
        if isinstance(before, dict) and isinstance(value, dict):
            out[field] = total_of(before, value)
        elif isinstance(before, list) and isinstance(value, list):
            out[field] = _by_modality(before, value)
        elif field.endswith(_SUMMED) and isinstance(before, int) and isinstance(value, int):
            out[field] = before + value
        elif value is not None or field not in out:
            out[field] = value
    return out


def _by_modality(one: list[JSON], other: list[JSON]) -> list[JSON]:
    """Returns counts of text, images and so on, each added up."""
    found: dict[str, dict[str, JSON]] = {}
    for member in (*one, *other):
        if not isinstance(member, dict):
            return other
        name = str(member.get("modality"))
        found[name] = total_of(found.get(name, {}), member)
    return list(found.values())
