"""What the gateway is told, as one frozen value."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

Mode: TypeAlias = Literal["lossless", "observe", "off"]
"""`lossless`: nothing is left out. `observe`: compressed and measured, sent as it came."""


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
        openai: Where requests to OpenAI go.
        gemini: Where requests to Gemini go.
        connect: Seconds to connect to a provider.
        first_byte: Seconds until a provider begins to answer.
        idle: Seconds between two pieces of an answer. The whole may take as long as it takes.
        largest: Bytes of the longest request body that is read; longer ones are refused.
    """

    host: str = "127.0.0.1"
    port: int = 8787
    token: str = ""
    mode: Mode = "lossless"
    anthropic: str = "https://api.anthropic.com"
    openai: str = "https://api.openai.com"
    gemini: str = "https://generativelanguage.googleapis.com"
    connect: float = 10.0
    first_byte: float = 600.0
    idle: float = 300.0
    largest: int = 100 << 20

    def __post_init__(self) -> None:
        if not self.is_local and not self.token:
            raise SettingsError(
                f"{self.host} can be reached from other machines: set a token, or listen on 127.0.0.1"
            )
        for name in ("anthropic", "openai", "gemini"):
            url = urlsplit(getattr(self, name))
            if url.scheme not in ("http", "https") or not url.hostname or url.query or url.username:
                raise SettingsError(f"{name}: expected an http or https URL without query and user")

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the gateway."""
        return is_local_name(self.host)


def is_local_name(host: str) -> bool:
    """Returns whether a host is this machine, by name or address."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
