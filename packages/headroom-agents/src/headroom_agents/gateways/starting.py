"""A gateway for a client: one that runs and is what it needs, or one that is started for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import IO

from headroom.home import home
from headroom.types import JSON
from headroom_agents.errors import Refused
from headroom_agents.gateways.asking import Found, ask, is_free, is_ready, url_at
from headroom_agents.gateways.places import Client, Place, lock, places
from headroom_proxy.settings import Settings

_READY_SECONDS = 60.0
_POLL_SECONDS = 0.05
_LONGEST_LOG = 4 << 20
"""Bytes of the log after which the next gateway begins it anew."""

_MODULE = "headroom_agents.attended"
_FLAGS = sum(
    getattr(subprocess, name, 0)
    for name in ("CREATE_NEW_PROCESS_GROUP", "CREATE_NO_WINDOW", "CREATE_BREAKAWAY_FROM_JOB")
)
"""How Windows lets a process outlive this one and its terminal; elsewhere a session of its own does."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway that takes requests.

    Attributes:
        url: Where.
        is_ours: Whether it was started by a wrap, and so ends by itself.
        note: What a user may want to know of it.
    """

    url: str
    port: int
    is_ours: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The gateway that a client needs.

    Attributes:
        settings: What it is to be told.
        flags: Those of them that are neither in the environment nor in a file.
        insists: Whether no other port will do.
        tidies: Whether it has to take entries out of files when it ends.
        linger: Seconds that it waits for another client after the last one.
    """

    settings: Settings
    flags: Mapping[str, JSON]
    insists: bool = False
    tidies: bool = False
    linger: float = 15.0


def find(wanted: Wanted) -> tuple[Gateway | None, str]:
    """Returns a gateway that runs and is what is wanted; else None, and why that on the port is not.

    A gateway on another port will do as well, unless the client insists.
    """
    port = wanted.settings.port
    ours = {place.port for place in places() if place.is_alive}
    why = ""
    for candidate in [port, *(() if wanted.insists else sorted(ours - {port}))]:
        found = ask(candidate)
        differences = found.differences(wanted.settings) if found else []
        if wanted.tidies and candidate not in ours:
            differences.append("been started by hand, and would leave entries in files")
        if found and not differences:
            return Gateway(found.url, candidate, candidate in ours), ""
        if candidate == port:
            why = _why(port, found, differences)
    return None, why


def ensure(wanted: Wanted, client: Client) -> Gateway:
    """Returns a gateway for a client, which counts as its user from now on.

    Raises:
        Refused: None can be had.
    """
    with lock():
        gateway, why = find(wanted)
        if gateway is None:
            if why and wanted.insists:
                raise Refused(f"{why}: choose another --port, or stop it")
            port = 0 if why else wanted.settings.port
            gateway = _start(wanted, port, f"{why}: this one is elsewhere" if why else "")
        if gateway.is_ours:
            Place(gateway.port).use(client)
    return gateway


def log_file() -> Path:
    """Returns where gateways that were started here say what went wrong."""
    return home() / "gateway.log"


def _why(port: int, found: Found | None, differences: list[str]) -> str:
    if found:
        return f"the gateway on port {port} has {', '.join(differences)}"
    return "" if is_free(port) else f"port {port} is taken by another program"


def _start(wanted: Wanted, port: int, note: str) -> Gateway:
    told = {"flags": {**wanted.flags, "port": port}, "linger": wanted.linger}
    command: list[str] = [sys.executable, "-m", _MODULE, json.dumps(told)]
    log_file().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    is_long = log_file().exists() and log_file().stat().st_size > _LONGEST_LOG
    with log_file().open("wb" if is_long else "ab") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
            start_new_session=True, creationflags=_FLAGS,
        )  # fmt: skip
    assert process.stdout is not None
    with process.stdout as said:
        started = _said(said)
    if "port" not in started:
        raise Refused(str(started.get("error", f"the gateway did not start: see {log_file()}")))
    if os.name != "nt":
        process.wait()  # it has handed over to a child, so that no agent has to look after it
    else:
        process.returncode = 0
    port = int(started["port"])
    for _ in _polls():
        if is_ready(port):
            return Gateway(url_at(port), port, is_ours=True, note=note)
    raise Refused(
        f"the gateway on port {port} is not ready after {_READY_SECONDS:g} s: see {log_file()}"
    )


def _said(pipe: IO[bytes]) -> Mapping[str, JSON]:
    """Returns what a gateway says when it listens; nothing if it ends or is silent for too long."""
    lines: list[bytes] = []
    reader = Thread(target=lambda: lines.append(pipe.readline()), daemon=True)
    reader.start()
    reader.join(_READY_SECONDS)
    try:
        said = json.loads(lines[0])
    except (IndexError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def _polls() -> Iterator[None]:
    until = time.monotonic() + _READY_SECONDS
    while time.monotonic() < until:
        yield
        time.sleep(_POLL_SECONDS)
