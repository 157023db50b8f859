"""Real gateways, as users start them, and what stands between one and its provider."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Thread
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

_PATIENCE = 30.0

COMMAND = (str(Path(sys.executable).parent / "headroom"),)
OTHER_VERSION = (
    sys.executable,
    "-c",
    "import headroom.sessions as s; s.BUILTIN = (); from headroom.cli import main; main()",
)
"""One whose compressors do something else: nothing at all."""


class Process:
    """`headroom proxy`, in a data directory of its own.

    Args:
        home: The directory.
        log: Where its output goes.
        upstream: The provider's address.
        mode: Of the gateway.
        store: Its URL; empty: a file in the directory.
        command: What is run.
    """

    def __init__(
        self,
        home: Path,
        log: Path,
        upstream: str,
        mode: str,
        store: str = "",
        command: Sequence[str] = COMMAND,
    ) -> None:
        self.home = home
        self.url = ""
        self._flags = ["--port", "0", "--mode", mode]
        for name in ("anthropic", "openai", "gemini"):
            self._flags += [f"--{name}", upstream]
        self._flags += ["--store", store] if store else []
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self.start(command)

    def start(self, command: Sequence[str] = COMMAND) -> None:
        """Starts it, and returns when it answers; ready or not."""
        run = ["env", f"HEADROOM_HOME={self.home}", *command, "proxy", *self._flags]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(run, stderr=log, stdout=log)
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            said = self._log.read_text("utf-8", "replace")
            lines = [line for line in said.splitlines() if line.startswith("headroom proxy: ")]
            if lines:
                self.url = lines[0].removeprefix("headroom proxy: ")
                return
            time.sleep(0.02)
        raise RuntimeError(f"no gateway: {self._log.read_text('utf-8', 'replace')[-2000:]}")

    @property
    def is_gone(self) -> bool:
        """Whether it ended."""
        return self._process is None or self._process.poll() is not None

    def stop(self) -> None:
        """Ends it as a service manager does."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()

    def kill(self) -> None:
        """Ends it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def readiness(self) -> str:
        """Returns what is wrong, as /readyz says it; empty: nothing."""
        try:
            urlopen(f"{self.url}/readyz").close()
        except HTTPError as error:
            with error:
                return error.read().decode("utf-8", "replace")
        except URLError as error:
            return str(error)
        return ""

    def is_ready_soon(self) -> bool:
        """Returns whether nothing is wrong, now or within a few seconds."""
        until = time.monotonic() + 5
        while self.readiness() and time.monotonic() < until:
            time.sleep(0.05)
        return not self.readiness()


class Relay:
    """Stands before a provider, and now and then answers in its place what no provider should.

    Args:
        upstream: The provider's address.
    """

    def __init__(self, upstream: str) -> None:
        parts = urlsplit(upstream)
        self._to = (parts.hostname or "", parts.port or 0)
        self._said: tuple[bytes, ...] | None = None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        Thread(target=self._listen, daemon=True).start()

    def say(self, *pieces: bytes) -> None:
        """Has the next request answered with bytes, and the connection closed."""
        self._said = pieces

    def close(self) -> None:
        """Stops listening."""
        self._listener.close()

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError):  # where the gateway is gone
            request = _request(client)
            if not request:
                return
            said, self._said = self._said, None
            if said is None:
                self._pass(request, client)
                return
            for piece in said:
                client.sendall(piece)
            client.shutdown(socket.SHUT_WR)
            client.recv(1)

    def _pass(self, request: bytes, client: socket.socket) -> None:
        """Has the provider answer; it closes its connection, and so the answer ends."""
        head, _, body = request.partition(b"\r\n\r\n")
        with self._provider() as provider:
            provider.sendall(head + b"\r\nconnection: close\r\n\r\n" + body)
            while piece := provider.recv(1 << 16):
                client.sendall(piece)

    def _provider(self) -> socket.socket:
        """Returns a connection to the provider, which may be starting."""
        until = time.monotonic() + _PATIENCE
        while True:
            try:
                return socket.create_connection(self._to)
            except ConnectionRefusedError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.02)


def _request(client: socket.socket) -> bytes:
    """Returns one request as it came in; nothing at the end."""
    data = b""
    try:
        while b"\r\n\r\n" not in data:
            if not (piece := client.recv(1 << 16)):
                return b""
            data += piece
        head, _, _ = data.partition(b"\r\n\r\n")
        fields = [line.partition(b":") for line in head.split(b"\r\n")[1:]]
        length = next((int(v) for k, _, v in fields if k.lower() == b"content-length"), 0)
        while len(data) < len(head) + 4 + length:
            data += client.recv(1 << 16)
    except OSError:
        return b""
    return data
