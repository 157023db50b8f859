"""From a store's URL to the store."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit

from headroom.ccr.memory import MemoryStore
from headroom.ccr.sqlite import SQLiteStore
from headroom.errors import StoreError
from headroom.protocols import Store

_REDIS = ("redis", "rediss", "unix")
_POSTGRES = ("postgresql", "postgres")
_REDIS_OPTIONS = re.compile(r"db|client_name|protocol|ssl_\w+")
"""What Redis' client may be told in a URL; others would change what it returns."""

_LEAST_DAYS = 7
_HOST = re.compile(r"(\[[^]]*\]|[^][:]*)(:\d*)?")
"""One of those in a URL; PostgreSQL's may name several."""

_TENANT = re.compile(r"[a-z0-9_]{1,40}|")


def open_store(url: str) -> Store:
    """Returns the store that a URL names.

    `memory:` keeps nothing. `sqlite:///path/to/file.db` takes `?max_bytes=` and
    `?synchronous=full`. `redis://host:6379/0`, `rediss://…`, `unix:///path/to/socket` and
    `postgresql://user@host/database` take `?tenant=` and `?days=`, and what their clients take.

    Raises:
        StoreError: The URL names no store, or one whose client is not installed.
    """
    if url == "memory:":
        return MemoryStore()
    try:
        parts = urlsplit(url)
        options = _Options(dict(parse_qsl(parts.query)), shown(url))
        secret, _, hosts = parts.netloc.rpartition("@")
        understood = "@" not in secret and all(map(_HOST.fullmatch, hosts.split(",")))
    except ValueError:
        understood = False
    if not understood:
        # not from the error, which quotes what it does not understand
        raise StoreError(f"{shown(url)}: no URL; quote what is special in passwords")
    if parts.scheme == "sqlite" and parts.path:
        return _sqlite(parts, options)
    if parts.scheme in _REDIS:
        return _redis(url, options)
    if parts.scheme in _POSTGRES:
        return _postgres(url, options)
    raise StoreError(
        "expected 'memory:', 'sqlite:///path/to/file.db', 'redis://host:6379/0' or "
        f"'postgresql://user@host/database', got {shown(url)!r}"
    )


def shown(url: str) -> str:
    """Returns a store's URL without what is secret: users, passwords, and options of clients.

    Example:
        >>> shown("redis://:secret@cache:6379/0?days=9")
        'redis://cache:6379/0'
    """
    scheme, slashes, rest = url.partition("://")
    secret, _, place = rest.rpartition("@")
    if "?" in secret or "#" in secret:  # in a password that nobody quoted, or an @ in an option
        return scheme + slashes + "…"
    return scheme + slashes + place.partition("?")[0].partition("#")[0]


def has_secret(url: str) -> bool:
    """Returns whether a store's URL holds more than may be shown to everyone."""
    before, _, options = url.partition("?")
    return shown(url) != before or "password" in options


@dataclass(frozen=True, slots=True)
class _Options:
    """What stands behind the question mark of a URL.

    Attributes:
        given: By name; what is read goes.
        url: Without secrets, for errors.
    """

    given: dict[str, str]
    url: str

    def number(self, name: str, default: int, least: int = 1) -> int:
        text = self.given.pop(name, str(default))
        if not text.isdigit() or int(text) < least:
            raise StoreError(
                f"{name}: expected a number from {least} on, got {text!r} in {self.url!r}"
            )
        return int(text)

    def one_of(self, name: str, known: tuple[str, ...]) -> str:
        text = self.given.pop(name, known[0])
        if text.lower() not in known:
            raise StoreError(
                f"{name}: expected one of {', '.join(known)}, got {text!r} in {self.url!r}"
            )
        return text.lower()

    def tenant(self) -> str:
        text = self.given.pop("tenant", "")
        if not _TENANT.fullmatch(text):
            raise StoreError(
                f"tenant: expected up to 40 of a-z, 0-9 and _, got {text!r} in {self.url!r}"
            )
        return text

    def none_left(self, *, but: re.Pattern[str] | None = None) -> None:
        unknown = [name for name in sorted(self.given) if not (but and but.fullmatch(name))]
        if unknown:
            raise StoreError(f"unknown option {', '.join(unknown)} in {self.url!r}")


def _sqlite(parts: SplitResult, options: _Options) -> Store:
    max_bytes = options.number("max_bytes", 2 << 30, least=0)
    synchronous = options.one_of("synchronous", ("normal", "full"))
    options.none_left()
    name = unquote(parts.path)
    path = Path(name[1:] if name.startswith(("/./", "/../", "/~")) else name).expanduser()
    return SQLiteStore(path, max_bytes=max_bytes, synchronous=synchronous.upper())


def _redis(url: str, options: _Options) -> Store:
    tenant, days = options.tenant(), options.number("days", 30, _LEAST_DAYS)
    options.none_left(but=_REDIS_OPTIONS)
    try:
        from headroom.ccr.redis import RedisStore  # noqa: PLC0415 - only who uses it has its client
    except ModuleNotFoundError as error:
        raise _missing(options.url, "redis") from error
    try:
        return RedisStore(_rest(url, options), place=options.url, tenant=tenant, days=days)
    except (ValueError, TypeError):
        raise StoreError(f"{options.url}: not a URL that Redis' client understands") from None


def _postgres(url: str, options: _Options) -> Store:
    tenant, days = options.tenant(), options.number("days", 30, _LEAST_DAYS)
    try:
        from headroom.ccr.postgres import PostgresStore  # noqa: PLC0415 - the same
    except ModuleNotFoundError as error:
        raise _missing(options.url, "postgres") from error
    return PostgresStore(_rest(url, options), place=options.url, tenant=tenant, days=days)


def _rest(url: str, options: _Options) -> str:
    """Returns a URL without our options."""
    before = url.partition("?")[0]
    return f"{before}?{urlencode(options.given)}" if options.given else before


def _missing(url: str, extra: str) -> StoreError:
    return StoreError(f"{url} needs a client: pip install 'headroom-ai[{extra}]'")
