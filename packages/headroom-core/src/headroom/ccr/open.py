"""From a store's URL to the store."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from headroom.ccr.memory import MemoryStore
from headroom.ccr.sqlite import SQLiteStore
from headroom.errors import StoreError
from headroom.protocols import Store


def open_store(url: str) -> Store:
    """Returns the store that a URL names.

    `memory:` keeps nothing; `sqlite:///path/to/file.db` takes `?max_bytes=` and
    `?synchronous=full`.

    Raises:
        StoreError: The URL names no store that this version has.
    """
    if url == "memory:":
        return MemoryStore()
    parts = urlsplit(url)
    if parts.scheme != "sqlite" or not parts.path:
        raise StoreError(
            f"expected 'memory:' or 'sqlite:///path/to/file.db', got {url!r}; "
            "Redis and PostgreSQL are not available in this version"
        )
    options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    name = unquote(parts.path)
    max_bytes = _number(options.pop("max_bytes", str(2 << 30)), url)
    synchronous = _one_of(options.pop("synchronous", "normal"), ("normal", "full"), url)
    if options:
        raise StoreError(f"unknown option {', '.join(sorted(options))} in {url!r}")
    path = Path(name[1:] if name.startswith(("/./", "/../", "/~")) else name).expanduser()
    return SQLiteStore(path, max_bytes=max_bytes, synchronous=synchronous)


def _number(text: str, url: str) -> int:
    if not text.isdigit():
        raise StoreError(f"max_bytes: expected a number of bytes, got {text!r} in {url!r}")
    return int(text)


def _one_of(text: str, known: tuple[str, ...], url: str) -> str:
    if text.lower() not in known:
        raise StoreError(
            f"synchronous: expected one of {', '.join(known)}, got {text!r} in {url!r}"
        )
    return text.upper()
