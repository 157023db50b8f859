"""Who may talk to the gateway: programs that mean it, no web page that a browser happens to show."""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from headroom_proxy.headers import Headers, header
from headroom_proxy.settings import Settings, is_local_name


def reason_to_refuse(headers: Headers, settings: Settings) -> tuple[int, str] | None:
    """Returns status and sentence for a request that is refused, or None.

    A page of another site can make a browser send requests to this machine: its `Origin` tells. With
    a name that it makes point here (DNS rebinding), its `Host` tells.
    """
    if settings.token:
        sent = header(headers, b"x-headroom-token") or b""
        if not hmac.compare_digest(sent, settings.token.encode()):
            return 401, "expected the gateway's token in the header x-headroom-token"
    origin = header(headers, b"origin")
    if origin is not None and not _is_local_url(origin.decode("latin-1")):
        return 403, "requests from web pages are not taken"
    host = (header(headers, b"host") or b"").decode("latin-1")
    if settings.is_local and not _is_local_url(f"http://{host}"):
        return 403, f"expected localhost or 127.0.0.1 in the header Host, got {host!r}"
    return None


def _is_local_url(url: str) -> bool:
    try:
        return is_local_name(urlsplit(url).hostname or "")
    except ValueError:
        return False
