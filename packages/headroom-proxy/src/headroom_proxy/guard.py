"""Who may talk to the gateway: programs that mean it, no web page that a browser happens to show."""

from __future__ import annotations

import hmac
import re
from enum import Enum
from urllib.parse import unquote_to_bytes, urlsplit

from headroom_proxy.headers import Headers, header
from headroom_proxy.settings import Settings, is_local_name

_DOTS = re.compile(rb"(?:^|[/\\])\.{1,2}(?:[/\\;\x00]|$)")
_CONTROLS = re.compile(rb"[\x00-\x20\x7f]")


class Door(Enum):
    """What a request wants in by.

    `PROVIDER`: to a provider, or to nothing but the gateway's health. `OWN`: to what the gateway itself knows, for its own pages and for
    programs. `PAGE`: to a page that holds no data; a browser may be sent there, and cannot show a
    token before it has the page.
    """

    PROVIDER = "provider"
    OWN = "own"
    PAGE = "page"


def reason_to_refuse(
    headers: Headers, target: bytes, settings: Settings, door: Door = Door.PROVIDER
) -> tuple[int, str] | None:
    """Returns status and sentence for a request that is refused, or None.

    A page of another site can make a browser send requests to this machine: its `Origin` tells, or
    `Sec-Fetch-Site`. With a name that it makes point here (DNS rebinding), its `Host` tells.

    Args:
        headers: Of the request; names in lower case.
        target: Path and query as they came.
        settings: What the gateway is told.
        door: What it wants in by.
    """
    return (
        _wrong_target(target)
        or _wrong_host(headers, settings)
        or _wrong_page(headers, door)
        or _wrong_token(headers, settings, door)
    )


def _wrong_target(target: bytes) -> tuple[int, str] | None:
    if not target.startswith(b"/"):
        return 400, "expected a path: this is no proxy for other places"
    path = target.partition(b"?")[0]
    if _CONTROLS.search(target) or _DOTS.search(_plain(path)):
        return 400, "expected a path without . and .. and control characters"
    return None


def _plain(path: bytes) -> bytes:
    """Returns a path as the most lenient of readers would understand it."""
    while (plain := unquote_to_bytes(path)) != path:  # %252e is %2e to one reader, . to the next
        path = plain
    return path


def _wrong_host(headers: Headers, settings: Settings) -> tuple[int, str] | None:
    hosts = [value.decode("latin-1") for name, value in headers if name == b"host"]
    if len(hosts) > 1:
        return 400, "expected one header Host"
    host = "".join(hosts)
    if settings.is_local and not _is_local_url(f"http://{host}"):
        return 403, f"expected localhost or 127.0.0.1 in the header Host, got {host!r}"
    return None


def _wrong_page(headers: Headers, door: Door) -> tuple[int, str] | None:
    refused = 403, "requests from web pages are not taken"
    site = header(headers, b"sec-fetch-site")
    origin = header(headers, b"origin")
    own = b"http://" + (header(headers, b"host") or b"")
    match door:
        case Door.PAGE:
            return None if origin in (None, own) else refused
        case Door.OWN:
            is_ours = origin in (None, own) and site in (None, b"same-origin", b"none")
            return None if is_ours else refused
        case Door.PROVIDER:
            is_local = origin is None or _is_local_url(origin.decode("latin-1"))
            return None if is_local and site != b"cross-site" else refused


def _wrong_token(headers: Headers, settings: Settings, door: Door) -> tuple[int, str] | None:
    if not settings.token or door is Door.PAGE:
        return None
    sent = header(headers, b"x-headroom-token") or b""
    if hmac.compare_digest(sent, settings.token.encode()):
        return None
    return 401, "expected the gateway's token in the header x-headroom-token"


def _is_local_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        is_plain = not (parts.username or parts.password or parts.path or parts.query)
        return is_plain and is_local_name(parts.hostname or "") and parts.port != 0
    except ValueError:
        return False
