"""Real servers for tests: started on this machine in a folder of their own, gone afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_SECONDS_TO_START = 30.0
_NOBODY = ("postgres", "nobody")


class Missing(RuntimeError):
    """A program is not installed. Says which, and what installs it."""


class Daemon:
    """A server's process.

    Args:
        command: What starts it, and stays in the foreground.
        url: How a store reaches it.
        probe: What ends without an error as soon as it answers.
        user: Who it runs as; None: who runs the tests.
        folder: Where it runs.
    """

    def __init__(
        self,
        command: Sequence[str],
        url: str,
        probe: Sequence[str],
        *,
        user: str | None = None,
        folder: Path,
    ) -> None:
        self.url = url
        self._command = command
        self._probe = probe
        self._user = user
        self._folder = folder
        self.start()

    def start(self) -> None:
        """Starts it, and returns when it answers."""
        self._process = _started(self._command, self._user, self._folder)
        until = time.monotonic() + _SECONDS_TO_START
        while subprocess.run(self._probe, capture_output=True).returncode:
            if self._process.poll() is not None or time.monotonic() > until:
                said = (self._folder / "log").read_text("utf-8", "replace")
                raise RuntimeError(f"{self._command[0]} does not answer: {said[-2000:]}")
            time.sleep(0.02)

    def stop(self) -> None:
        """Ends it at once, as a crash does."""
        self._process.send_signal(
            signal.SIGQUIT if "postgres" in self._command[0] else signal.SIGKILL
        )
        self._process.wait()

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Has it say nothing for a while, though connections to it stay open."""
        family = [self._process.pid, *self._children()]
        for process in family:
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in reversed(family):
                os.kill(process, signal.SIGCONT)

    def _children(self) -> list[int]:
        pid = self._process.pid
        return [
            int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        ]


@contextmanager
def redis_server(password: str = "") -> Iterator[Daemon]:
    """Yields a Redis or Valkey that keeps what it has when it is started again.

    Raises:
        Missing: Neither is installed.
    """
    server = _program("redis-server", "valkey-server", package="redis-server")
    client = _program("redis-cli", "valkey-cli", package="redis-server")
    port = str(_free_port())
    with _folder(None) as folder:
        command = [server, "--port", port, "--bind", "127.0.0.1", "--dir", str(folder)]
        # With `everysec` a write may wait for the disk, and is lost with a killed process.
        command += ["--appendonly", "yes", "--appendfsync", "always"]
        command += ["--save", "", "--requirepass", password]
        probe = [client, "-p", port, "-e", "ping"]
        if password:
            probe[1:1] = ["-a", password, "--no-auth-warning"]
        url = f"redis://{':' if password else ''}{password}{'@' if password else ''}127.0.0.1:{port}/0"
        daemon = Daemon(command, url, probe, folder=folder)
        try:
            yield daemon
        finally:
            daemon.stop()


@contextmanager
def postgres_server() -> Iterator[Daemon]:
    """Yields a PostgreSQL that listens on a socket in its folder only.

    Raises:
        Missing: It is not installed.
    """
    initdb = _program("initdb", package="postgresql")
    server = str(Path(initdb).resolve().parent / "postgres")
    ready = str(Path(initdb).resolve().parent / "pg_isready")
    user = None if os.getuid() else _first_user()  # it refuses to run as root
    with _folder(user) as folder:
        data = str(folder / "data")
        made = [initdb, "-D", data, "-U", "tests", "-A", "trust", "-N", "-E", "UTF8", "--no-locale"]
        if _started(made, user, folder).wait():
            raise RuntimeError((folder / "log").read_text("utf-8", "replace")[-2000:])
        command = [server, "-D", data, "-k", str(folder), "-c", "listen_addresses="]
        command += ["-c", "fsync=off", "-c", "max_connections=40"]
        probe = [ready, "-h", str(folder), "-U", "tests", "-d", "postgres"]
        url = f"postgresql://tests@/postgres?host={folder}"
        daemon = Daemon(command, url, probe, user=user, folder=folder)
        try:
            yield daemon
        finally:
            daemon.stop()


def _program(*names: str, package: str) -> str:
    found = [path for name in names if (path := shutil.which(name))]
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{names[0]}"))
    found += [str(path) for path in reversed(debian)]
    if not found:
        raise Missing(f"{names[0]} is not installed; on Debian: apt-get install {package}")
    return found[0]


def _started(command: Sequence[str], user: str | None, folder: Path) -> subprocess.Popen[bytes]:
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            command, cwd=folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL, user=user
        )


def _first_user() -> str:
    import pwd  # noqa: PLC0415 - there is none on Windows

    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in _NOBODY if name in known)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def _folder(user: str | None) -> Iterator[Path]:
    """Yields a new folder with a short name, as sockets need, that belongs to a user."""
    folder = Path(tempfile.mkdtemp(prefix="hr-"))
    try:
        if user is not None:
            shutil.chown(folder, user)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
