"""The gateway on a socket: for as long as the process runs, or in a thread of another one."""

from __future__ import annotations

import asyncio
import math
import socket
import sys
from threading import Thread
from types import TracebackType
from typing import Self
from urllib.parse import unquote

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from headroom_proxy.app import Gateway
from headroom_proxy.books import Books
from headroom_proxy.clerk import Clerk
from headroom_proxy.edit import Editor
from headroom_proxy.settings import Settings
from headroom_proxy.writes import JoinedWrites

SWITCH_SECONDS = 0.001
"""How long a body that is compressed may keep the interpreter while others wait to be forwarded."""


class Server:
    """A gateway that listens.

    Args:
        settings: What it is told.
        editor: Compresses bodies; default: one for the mode in `settings`.
        books: Where figures are kept; default: a file in the user's data directory.
        clerk: Keeps the books in place of this process.

    Attributes:
        url: Where it listens.

    Raises:
        OSError: The port is taken.

    Example:
        >>> from urllib.request import urlopen
        >>> with Server(Settings(port=0)) as server:
        ...     urlopen(server.url + "/healthz").read()
        b'{"status": "ok"}'
    """

    def __init__(
        self,
        settings: Settings,
        editor: Editor | None = None,
        books: Books | None = None,
        clerk: Clerk | None = None,
    ) -> None:
        gateway = Gateway(settings, editor, books, clerk)
        self._listener = listen(settings)
        self.url = url_of(settings, self._listener)
        self._server = serving(gateway, settings)
        self._thread = Thread(target=self._serve, name="headroom-proxy", daemon=True)

    def run(self) -> None:
        """Serves until the process is told to stop."""
        sys.setswitchinterval(SWITCH_SECONDS)
        self._serve()

    def _serve(self) -> None:
        self._server.run([self._listener])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.should_exit = True
        self._thread.join()


def listen(settings: Settings) -> socket.socket:
    """Returns the socket that requests come in by.

    Raises:
        OSError: The port is taken.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.create_server((settings.host, settings.port), family=family, backlog=1024)
    # asyncio sets this only where the socket names its protocol; without it, heads wait for bodies
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def url_of(settings: Settings, listener: socket.socket) -> str:
    """Returns where a socket listens, as clients write it."""
    shown = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{shown}:{listener.getsockname()[1]}"


def serving(gateway: Gateway, settings: Settings) -> uvicorn.Server:
    """Returns what serves a gateway on sockets."""
    config = uvicorn.Config(
        gateway,
        http=_Verbatim,
        ws="websockets-sansio",
        ws_max_size=settings.largest,
        ws_ping_timeout=settings.idle,
        lifespan="on",
        log_level="warning",
        log_config=None,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=math.ceil(settings.drain),
    )
    return uvicorn.Server(config)


class _Verbatim(HttpToolsProtocol):
    """Tells the application the target of a request as it came, not what a parser of URLs kept."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(JoinedWrites(transport, self.loop))

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        path, _, query = self.url.partition(b"?")
        self.scope["raw_path"], self.scope["query_string"] = path, query
        self.scope["path"] = unquote(path.decode("ascii"))
