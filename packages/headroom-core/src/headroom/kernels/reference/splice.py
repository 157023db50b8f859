"""Twin of `cpp/src/splice.cpp`: edits into JSON bytes."""

from __future__ import annotations

import json
from collections.abc import Sequence


def splice(body: bytes, splices: Sequence[tuple[int, int, str]]) -> bytes | None:
    """Returns the body with strings replaced, or raw JSON inserted where start and end are equal."""
    out, at = b"", 0
    for start, end, text in splices:
        if not at <= start <= end <= len(body):
            return None
        if start < end and not _is_string(body[start:end]):
            return None
        new = text if start == end else json.dumps(text, ensure_ascii=False).replace("\x7f", "\x7f")
        out += body[at:start] + new.encode()
        at = end
    return out + body[at:]


def _is_string(token: bytes) -> bool:
    try:
        return isinstance(json.loads(token, strict=False), str) and token[:1] == b'"'
    except ValueError:
        return False
