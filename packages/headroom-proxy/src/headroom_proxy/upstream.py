"""What providers answer, and what is said where they do not."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import truststore

from headroom_proxy.headers import Headers


class UpstreamError(Exception):
    """The provider could not be reached, or did not answer.

    Attributes:
        status: What to tell the client: 502, or 504 where the time ran out.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider answers; `pieces` are the bytes as they come in.

    Raises:
        UpstreamError: While the pieces are read, the provider goes away or is silent for too long.
    """

    status: int
    headers: Headers
    pieces: AsyncIterator[bytes]


def host_of(base: str) -> bytes:
    """Returns the host of a URL as the header of that name has it."""
    return urlsplit(base).netloc.rpartition("@")[2].encode()


def tls() -> ssl.SSLContext:
    """Returns how providers prove who they are: by the authorities that the operating system knows."""
    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
