"""What a gateway says of itself, so that a program knows whether it is the one that it needs.

Any user of a machine may listen on a port, and keys are sent to whoever does. So a gateway proves that
it has read a file which only its user can read, and on which port it was asked.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from importlib.metadata import version

from headroom.ccr.open import shown
from headroom.configs.files import read, replace
from headroom.home import home, store_url
from headroom.types import JSON
from headroom_proxy.settings import Settings, without_user

_FILE = "gateway.key"
_BYTES = 32


@cache
def release() -> str:
    """Returns which release of the gateway is installed."""
    return version("headroom-proxy")


def public(settings: Settings) -> dict[str, JSON]:
    """Returns settings without what is secret: a token is true or false, URLs have no password."""
    store = shown(settings.store or store_url())
    said = {"token": bool(settings.token), "store": store}
    return {**asdict(settings), **said, "https_proxy": without_user(settings.https_proxy)}


def proof(challenge: str, port: int) -> str:
    """Returns what only programs of this user can say to a challenge, on a port; empty: nothing."""
    key = _key()
    return hmac.digest(key, f"{port} {challenge}".encode(), hashlib.sha256).hex() if key else ""


def _key() -> bytes:
    """Returns what only this user can read; it is made when it is first asked for."""
    file = home() / _FILE
    with suppress(OSError):
        if (kept := read(file)) is not None:
            return kept
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace(file, secrets.token_bytes(_BYTES))
        return read(file) or b""
    return b""


class About:
    """What a gateway says of itself.

    Args:
        settings: What it was told.
    """

    def __init__(self, settings: Settings) -> None:
        self._said = {"version": release(), "started": time.time(), "settings": public(settings)}

    def said(self, challenge: str | None, port: int) -> JSON:
        """Returns it, with a proof if one is asked for.

        Args:
            challenge: What the proof is of; None: none is asked for.
            port: On which it was asked.
        """
        return {**self._said, "proof": proof(challenge, port)} if challenge else self._said
