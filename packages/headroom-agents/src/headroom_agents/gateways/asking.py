"""What listens on a port of this machine, asked over HTTP and never through a proxy."""

from __future__ import annotations

import hmac
import json
import secrets
import socket
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException

from headroom.types import JSON
from headroom_proxy.about import proof, public, release
from headroom_proxy.settings import Settings

_SECONDS = 4.0
_OK = 200
_OWN_BUSINESS = ("host", "port", "token", "views", "drain", "workers", "traces")
"""Settings that do not change what comes of a request."""


@dataclass(frozen=True, slots=True)
class Found:
    """A gateway that answers.

    Attributes:
        url: Where.
        version: Its release.
        started: When, in seconds since the epoch.
        settings: What it was told, without secrets.
        is_yours: Whether it proved that it is this user's; others may listen on ports as well.
    """

    url: str
    version: str
    started: float
    settings: Mapping[str, JSON]
    is_yours: bool

    def differences(self, wanted: Settings) -> list[str]:
        """Returns in what it is not what a client needs; empty: it is."""
        if not self.is_yours:
            return ["another user or data directory"]
        found = [] if self.version == release() else [f"version {self.version}"]
        if self.settings.get("token"):
            found.append("a token")
        for name, value in public(wanted).items():
            if name not in _OWN_BUSINESS and self.settings.get(name) != value:
                found.append(f"{name} {self.settings.get(name)}")
        return found


def url_at(port: int) -> str:
    """Returns the address of a gateway on a port of this machine."""
    return f"http://127.0.0.1:{port}"


def ask(port: int) -> Found | None:
    """Returns the gateway on a port, or None if none answers there that may be used."""
    challenge = secrets.token_hex(16)
    status, said = get(port, f"/about?challenge={challenge}")
    if status != _OK or not isinstance(said, dict) or not isinstance(said.get("settings"), dict):
        return None
    expected = proof(challenge, port)
    is_yours = bool(expected) and hmac.compare_digest(str(said.get("proof")), expected)
    version, started = str(said.get("version")), float(said.get("started") or 0)
    return Found(url_at(port), version, started, said["settings"], is_yours)


def is_ready(port: int) -> bool:
    """Returns whether the gateway on a port takes requests without delay."""
    return get(port, "/readyz")[0] == _OK


def trouble_of(port: int) -> str:
    """Returns what keeps a gateway that answers from being ready; empty: nothing."""
    status, said = get(port, "/readyz")
    if status == _OK or not isinstance(said, dict):
        return ""
    return str(said.get("error", {}).get("message", "")).removeprefix("headroom: ")


def get(port: int, path: str) -> tuple[int, JSON]:
    """Returns status and JSON of an answer; 0 and None if there is none."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=_SECONDS)) as connection:
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, HTTPException, ValueError):
            return 0, None


def is_free(port: int) -> bool:
    """Returns whether a gateway could listen on a port."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
