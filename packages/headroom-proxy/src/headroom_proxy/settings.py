"""What the gateway is told, as one frozen value."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args
from urllib.parse import urlsplit

Mode: TypeAlias = Literal["on", "lossless", "observe", "off"]
"""`on`: something may be left out where the model can ask for it. `lossless`: nothing is. `observe`:
compressed and measured, sent as it came. `off`: what is new is sent as it came.
"""

Manner: TypeAlias = Literal["off", "brief", "terse"]
"""How much prose models are asked for."""

Effort: TypeAlias = Literal["", "low", "medium", "high"]

UPSTREAMS = ("anthropic", "openai", "gemini", "chatgpt", "bedrock", "vertex")
"""The settings that name providers: requests go there and nowhere else."""

CHOICES: dict[str, Any] = {"mode": Mode, "manner": Manner, "effort": Effort}
"""Settings that have one of a few values."""

_OPTIONAL = ("bedrock", "vertex")
_RANGES = {
    "port": (0, 65_535),
    "views": (0, 10_000),
    "holdout": (0, 1),
    "workers": (1, 256),
    "drain": (0, 3_600),
}


class SettingsError(ValueError):
    """A setting is wrong, or not safe. Says which, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the gateway is told.

    Attributes:
        host: Where it listens.
        port: On which port; 0: any free one.
        token: What clients have to send in `x-headroom-token`; empty: nothing.
        mode: What is done with requests.
        anthropic: Where requests to Anthropic go.
        openai: Where requests to OpenAI go, and those that nobody else claims.
        gemini: Where requests to Gemini go.
        chatgpt: Where requests of Codex go that is logged in with a ChatGPT account.
        bedrock: Where requests to Amazon Bedrock go; empty: they are refused.
        vertex: Where requests to Vertex AI go; empty: they are refused.
        https_proxy: The HTTP proxy by which providers are reached that have an https URL; empty: none.
        no_proxy: Which of them are reached without it: names of hosts or domains, and commas; `*`: all.
        connect: Seconds to connect to a provider.
        first_byte: Seconds until a provider begins to answer.
        idle: Seconds between two pieces of an answer. The whole may take as long as it takes.
        largest: Bytes of the longest request body that is read; longer ones are refused.
        views: How many of the last requests are kept in memory to be looked at, before and after.
        manner: How much prose models are asked for, from the beginning of a conversation on.
        effort: The most that they are to think, where the client says how much; empty: as it says.
        holdout: The share of conversations of which neither is asked, to compare with.
        workers: How many processes serve the port.
        drain: Seconds that answers have to end when the gateway is told to stop.
        traces: What exports a span for each request; empty: nothing does.
        store: The URL of the store and ledger; empty: a file in the user's data directory.
    """

    host: str = "127.0.0.1"
    port: int = 8787
    token: str = field(default="", repr=False)
    mode: Mode = "lossless"
    anthropic: str = "https://api.anthropic.com"
    openai: str = "https://api.openai.com"
    gemini: str = "https://generativelanguage.googleapis.com"
    chatgpt: str = "https://chatgpt.com"
    bedrock: str = ""
    vertex: str = ""
    https_proxy: str = field(default="", repr=False)
    no_proxy: str = ""
    connect: float = 10.0
    first_byte: float = 600.0
    idle: float = 300.0
    largest: int = 100 << 20
    views: int = 50
    manner: Manner = "off"
    effort: Effort = ""
    holdout: float = 0.2
    workers: int = 1
    drain: float = 5.0
    traces: str = ""
    store: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if not self.is_local and not self.token:
            raise SettingsError(
                f"{self.host} can be reached from other machines: set a token, or listen on 127.0.0.1"
            )
        for name, kind in CHOICES.items():
            if getattr(self, name) not in get_args(kind):
                raise SettingsError(
                    f"{name}: expected one of {get_args(kind)}, got {getattr(self, name)!r}"
                )
        self._expect_numbers()
        if self.workers > 1 and self.store == "memory:":
            raise SettingsError("workers: several need a store that they share, not memory:")
        for name in UPSTREAMS:
            value = getattr(self, name)
            if (value or name not in _OPTIONAL) and not _is_url(value):
                shown = "one with a user" if "@" in value else repr(value)
                raise SettingsError(
                    f"{name}: expected an http or https URL without query and user, got {shown}"
                )
        if self.https_proxy and not _is_url(self.https_proxy, user=True):
            raise SettingsError(
                f"https_proxy: expected an http or https URL, got {without_user(self.https_proxy)!r}"
            )

    def _expect_numbers(self) -> None:
        for name, (least, most) in _RANGES.items():
            if not least <= getattr(self, name) <= most:
                raise SettingsError(
                    f"{name}: expected {least} to {most}, got {getattr(self, name)}"
                )
        for name in ("connect", "first_byte", "idle", "largest"):
            if getattr(self, name) <= 0:
                raise SettingsError(f"{name}: expected more than 0, got {getattr(self, name)}")

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the gateway."""
        return is_local_name(self.host)

    def proxy_to(self, upstream: str) -> str | None:
        """Returns the HTTP proxy by which one of the upstreams is reached; None: it is reached directly.

        Source: https://curl.se/docs/manpage.html#--noproxy
        """
        url = urlsplit(upstream)
        host = (url.hostname or "").lower()
        if not self.https_proxy or url.scheme != "https" or is_local_name(host):
            return None
        names = (name.strip().lstrip(".").lower() for name in self.no_proxy.split(","))
        direct = any(name == "*" or f".{host}".endswith(f".{name}") for name in names if name)
        return None if direct else self.https_proxy


def is_local_name(host: str) -> bool:
    """Returns whether a host is this machine, by name or address."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def without_user(url: str) -> str:
    """Returns a URL without the user and password in it."""
    scheme, slashes, rest = url.rpartition("://")
    return scheme + slashes + rest.rpartition("@")[2]


def _is_url(value: str, *, user: bool = False) -> bool:
    try:
        url = urlsplit(value)
        has_port = url.port != 0
    except ValueError:
        return False
    is_plain = not (url.query or url.fragment) and (user or url.username is url.password is None)
    return url.scheme in ("http", "https") and bool(url.hostname) and is_plain and has_port
