"""A machine with agents on it: a home of its own, programs on PATH, a provider, real gateways."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import psutil
import pytest

from headroom.types import JSON
from headroom_agents.gateways.asking import ask
from headroom_agents.gateways.places import Place, places
from headroom_testing.simulator import Recorded, Reply, Simulator

HEADROOM = str(Path(sys.executable).with_name("headroom"))
POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has no exec and no such signals")
FAKE = Path(__file__).with_name("fake_agent.py")


_OWN_PATH = (str(Path(sys.executable).parent), os.defpath)
"""Without the agents that whoever runs the tests has."""


class Started(subprocess.Popen[str]):
    """A process that does not outlive a test that fails, which would wait for its end."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self.kill()
        super().__exit__(kind, error, trace)


@dataclass(slots=True)
class Machine:
    """Runs `headroom` as a user with a home of their own."""

    home: Path
    simulator: Simulator
    port: int
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def headroom_home(self) -> Path:
        return self.home / "headroom"

    def environment(self, **extra: str) -> dict[str, str]:
        url = self.simulator.url
        return {
            "HOME": str(self.home), "USERPROFILE": str(self.home),
            "PATH": os.pathsep.join((str(self.home / "bin"), *_OWN_PATH)),
            "HEADROOM_HOME": str(self.headroom_home), "HEADROOM_PORT": str(self.port),
            "HEADROOM_ANTHROPIC": url, "HEADROOM_OPENAI": url, "HEADROOM_GEMINI": url,
            "HEADROOM_CHATGPT": url, "SYSTEMROOT": os.environ.get("SYSTEMROOT", ""),
            **self.variables, **extra,
        }  # fmt: skip

    def install(self, name: str) -> None:
        """Puts an agent on PATH."""
        program = self.home / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!{sys.executable}\n{FAKE.read_text()}")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)

    def start(self, *arguments: str, **extra: str) -> Started:
        """Starts `headroom` in the user's home."""
        pipe = subprocess.PIPE
        return Started(
            [HEADROOM, *arguments], env=self.environment(**extra), cwd=self.home,
            stdin=pipe, stdout=pipe, stderr=pipe, text=True,
        )  # fmt: skip

    def run(self, *arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
        """Runs `headroom` to its end."""
        with self.start(*arguments, **extra) as process:
            out, err = process.communicate(timeout=120)
        assert "Traceback" not in err, err
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def tree(self) -> dict[str, bytes | None]:
        """Returns the user's files, without Headroom's own."""
        return {
            str(f.relative_to(self.home)): f.read_bytes() if f.is_file() else None
            for f in self.home.rglob("*")
            if f.relative_to(self.home).parts[0] not in ("headroom", "bin")
        }

    def kill_gateways(self) -> None:
        """Kills all gateways that were started here, as nobody should."""
        for place in places():
            if place.gateway is not None:
                _kill(place.gateway.pid)

    def gateways(self) -> list[int]:
        """Returns the ports of gateways that were started here and answer."""
        folders = self.headroom_home.glob("gateways/[0-9]*")
        return sorted(int(f.name) for f in folders if ask(int(f.name)) is not None)

    def pid(self, port: int) -> int:
        """Returns the process of a gateway."""
        gateway = Place(port).gateway
        assert gateway is not None
        return gateway.pid

    def quiet(self) -> bool:
        """Waits until no gateway that was started here is left."""
        return until(lambda: not list(self.headroom_home.glob("gateways/*")))


def said(done: subprocess.CompletedProcess[str]) -> JSON:
    assert done.stdout, done.stderr
    return json.loads(done.stdout.splitlines()[0])


def ready(process: subprocess.Popen[str]) -> JSON:
    """Returns what an agent that waits said when it began."""
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, process.stderr.read() if process.stderr else ""
    return json.loads(line)


def until(true: Callable[[], bool], seconds: float = 30) -> bool:
    """Waits until something is true; returns whether it came to be."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def fresh_machine(folder: Path) -> Iterator[Machine]:
    """Gives a machine in a folder; what still runs of it in the end is killed."""
    with pytest.MonkeyPatch.context() as patch, Simulator(_answer) as simulator:
        patch.setenv("HEADROOM_HOME", str(folder / "headroom"))
        for name in ("HOME", "USERPROFILE"):
            patch.setenv(name, str(folder))
        machine = Machine(folder, simulator, free_port())
        yield machine
        machine.kill_gateways()


def _answer(request: Recorded) -> Reply:
    del request
    return Reply.of("All is well.")


def _kill(pid: int) -> None:
    try:
        process = psutil.Process(pid)
        family = [*process.children(recursive=True), process]
        for one in family:
            one.kill()
        psutil.wait_procs(family, 10)
    except psutil.NoSuchProcess:
        return
