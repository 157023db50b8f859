"""Headers that travel on, and those that belong to one connection.

Source: RFC 9110, section 7.6.1.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

Headers: TypeAlias = list[tuple[bytes, bytes]]

_HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
_OURS = b"x-headroom-"
_TRACE = (b"traceparent", b"tracestate")


def header(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes | None:
    """Returns the last value of a header, or None. Names are in lower case."""
    return next((v for k, v in reversed(list(headers)) if k == name), None)


def trace_context(headers: Iterable[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
    """Returns what says which trace a request belongs to.

    Source: https://www.w3.org/TR/trace-context/
    """
    found = (pair for pair in headers if pair[0] in _TRACE)
    return tuple((name.decode(), value.decode("latin-1")) for name, value in found)


def for_upstream(headers: Headers, host: bytes, length: int | None) -> Headers:
    """Returns a client's headers as the provider gets them, in their order.

    Args:
        headers: The client's; names in lower case.
        host: The provider's.
        length: Bytes of the body; None: as the client says.
    """
    out = [(b"host", host)]
    named = _named(headers)
    for name, value in headers:
        is_framing = name in (b"host", b"expect") or (
            name == b"content-length" and length is not None
        )
        if not (is_framing or name in named or name.startswith(_OURS)):
            out.append((name, value))
    if length is not None:
        out.append((b"content-length", str(length).encode()))
    return out


def for_client(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Returns a provider's headers as the client gets them, in their order."""
    lower = [(name.lower(), value) for name, value in headers]
    named = _named(lower)
    return [(name, value) for name, value in lower if name not in named]


def _named(headers: Headers) -> frozenset[bytes]:
    """Returns what belongs to one connection, also what its `Connection` header names."""
    listed = [value for name, value in headers if name == b"connection"]
    names = {name.strip().lower() for value in listed for name in value.split(b",")}
    return _HOP_BY_HOP | names
