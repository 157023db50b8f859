"""What is kept of gateways under `home()/gateways`: which were started here, and who uses them.

A user is a process: a file with its number. One that is gone does not count, however it ended.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from headroom.configs.files import replace
from headroom.home import home
from headroom_agents.errors import Refused

_LOCK_SECONDS = 60.0
_SAME_SECONDS = 3600.0
"""By so much the start of a process may differ from what was noted: clocks are set. A number that
was given to another process within this time is taken for the first, and a gateway lives longer.
"""

_RECORD = "gateway.json"


@dataclass(frozen=True, slots=True)
class Client:
    """A process, told from a later one with the same number by when it started."""

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> Client:
        """Returns a process that is running."""
        return cls(pid, psutil.Process(pid).create_time())

    @property
    def is_alive(self) -> bool:
        """Whether it still runs."""
        try:
            process = psutil.Process(self.pid)
            is_same = abs(process.create_time() - self.started) < _SAME_SECONDS
            return bool(is_same and process.status() != psutil.STATUS_ZOMBIE)
        except psutil.NoSuchProcess:
            return False
        except psutil.Error:
            return True


@dataclass(frozen=True, slots=True)
class Place:
    """The folder of a gateway that was started here.

    Attributes:
        port: On which it listens.
    """

    port: int

    @property
    def folder(self) -> Path:
        """Where it is."""
        return root() / str(self.port)

    @property
    def gateway(self) -> Client | None:
        """The process of the gateway, if it is noted; it may be gone."""
        return _read(self.folder / _RECORD)

    @property
    def is_alive(self) -> bool:
        """Whether its gateway still runs."""
        return self.gateway is not None and self.gateway.is_alive

    def note(self, gateway: Client) -> None:
        """Notes which process the gateway is."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace(self.folder / _RECORD, json.dumps(asdict(gateway)).encode())

    def use(self, client: Client) -> None:
        """Notes that a process uses the gateway."""
        folder = self.folder / "clients"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace(folder / f"{client.pid}.json", json.dumps(asdict(client)).encode())

    def clients(self) -> list[Client]:
        """Returns the processes that use the gateway, and forgets those that are gone."""
        alive = []
        for file in sorted((self.folder / "clients").glob("*.json")):
            client = _read(file)
            if client is not None and client.is_alive:
                alive.append(client)
            else:
                file.unlink(missing_ok=True)
        return alive

    def forget(self) -> None:
        """Removes what is kept of the gateway."""
        shutil.rmtree(self.folder, ignore_errors=True)
        with suppress(OSError):
            root().rmdir()


def places() -> list[Place]:
    """Returns the gateways that were started here; some may have ended without a word."""
    return [Place(int(f.name)) for f in sorted(root().glob("[0-9]*")) if f.name.isdecimal()]


def root() -> Path:
    """Returns the folder of all that is kept of gateways."""
    return home() / "gateways"


@contextmanager
def lock() -> Iterator[None]:
    """Holds off others that would start a gateway, use or end one.

    Raises:
        Refused: Another process holds it for too long.
    """
    file = home() / "gateways.lock"
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        held = FileLock(file).acquire(timeout=_LOCK_SECONDS)
    except Timeout as error:
        raise Refused(
            f"{file} is held by another `headroom wrap`: try again when it is done"
        ) from error
    with held:
        yield


def _read(file: Path) -> Client | None:
    try:
        return Client(**json.loads(file.read_text()))
    except (OSError, ValueError, TypeError):
        return None
