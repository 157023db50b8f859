"""What may happen to the file in which a gateway keeps something: each begins, and ends."""

from __future__ import annotations

import random
import shutil
import sqlite3
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from headroom_testing.servers import Missing

_SEED = 7


@dataclass(frozen=True)
class Fault:
    """Something that happens to a file, in a folder of its own.

    Attributes:
        name: As the table says it.
        begin: Has it happen, and returns what ends it: what a user is told to do, or time does.
        only_before_a_start: Whether it cannot happen while the file is open.
        small: Whether the folder has to be on a small file system of its own.
    """

    name: str
    begin: Callable[[Path], Callable[[], object]]
    only_before_a_start: bool = False
    small: bool = False


@contextmanager
def place(*, small: bool) -> Iterator[Path]:
    """Yields a folder, perhaps on a file system of its own.

    Raises:
        Missing: It cannot be mounted.
    """
    with tempfile.TemporaryDirectory() as name:
        if not small:
            yield Path(name)
            return
        command = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", name]
        if subprocess.run(command, capture_output=True).returncode:
            raise Missing("a small file system has to be mounted, which takes root")
        try:
            yield Path(name)
        finally:
            subprocess.run(["umount", "--lazy", name], check=True)


def _nothing() -> None:
    return


def _family(file: Path) -> list[Path]:
    """Returns a file of SQLite's and those beside it."""
    return [Path(f"{file}{ending}") for ending in ("", "-wal", "-shm")]


def _full(file: Path) -> Callable[[], object]:
    ballast = file.parent.parent / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as full:
        while full.write(b"x" * 4096):
            pass
    return ballast.unlink


def _read_only(file: Path) -> Callable[[], object]:
    folder = str(file.parent.parent)
    subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
    return partial(subprocess.run, ["mount", "-o", "remount,rw", folder], check=True)


def _locked(file: Path) -> Callable[[], object]:
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    return other.close


def _locked_shortly(file: Path) -> Callable[[], object]:
    timer = threading.Timer(0.5, _locked(file))
    timer.start()
    return timer.join


def _locked_whole(file: Path) -> Callable[[], object]:
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    return other.close


def _deleted(file: Path) -> Callable[[], object]:
    for one in _family(file):
        one.unlink(missing_ok=True)
    return _nothing


def _deleted_alone(file: Path) -> Callable[[], object]:
    file.unlink(missing_ok=True)
    return _nothing


def _folder_deleted(file: Path) -> Callable[[], object]:
    shutil.rmtree(file.parent, ignore_errors=True)
    return _nothing


def _spoilt(change: Callable[[bytes], bytes]) -> Callable[[Path], Callable[[], object]]:
    """Returns a fault in which bytes are others; as told, the user moves the file away."""

    def begin(file: Path) -> Callable[[], object]:
        for one in _family(file)[:2]:
            if one.exists():
                data = change(one.read_bytes())
                with one.open("r+b") as spoilt:
                    spoilt.write(data)
                    spoilt.truncate()
        return lambda: _moved_away(file)

    return begin


def _moved_away(file: Path) -> None:
    for one in _family(file):
        if one.exists():
            one.rename(one.with_name(f"damaged-{one.name}"))


def _flipped(data: bytes) -> bytes:
    changed, chance = bytearray(data), random.Random(_SEED)
    for place in range(min(4096, len(data)), len(data), 512):
        changed[place] ^= 1 << chance.randrange(8)
    return bytes(changed)


STORE_FAULTS = (
    Fault("the disk is full", _full, small=True),
    Fault("the disk is read-only", _read_only, only_before_a_start=True, small=True),
    Fault("locked for half a second", _locked_shortly),
    Fault("locked against writers", _locked),
    Fault("locked against all", _locked_whole, only_before_a_start=True),
    Fault("bits flipped in all pages but the first", _spoilt(_flipped)),
    Fault("cut in half", _spoilt(lambda data: data[: len(data) // 2])),
    Fault("header destroyed", _spoilt(lambda data: b"\xff" * 100 + data[100:])),
    Fault("replaced by text", _spoilt(lambda data: b"all work and no play\n" * 99)),
    Fault("deleted", _deleted),
    Fault("deleted without its -wal and -shm", _deleted_alone),
    Fault("deleted with its directory", _folder_deleted),
)

OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
ANSWERS: dict[str, tuple[bytes, ...]] = {
    "garbage": (b"\x16\x03\x01\x02\x00 nonsense \xff\xfe" * 20,),
    "an empty answer": (),
    "a head without an end": (OK, b"x-more: and more\r\n" * 100_000),
    "a head that breaks off": (OK[:30],),
    "too short a body": (OK + b"content-length: 400\r\n\r\n", b'{"half": '),
    "too long a body": (OK + b'content-length: 2\r\n\r\n{} and more {"of": "it"}',),
    "a length that is none": (OK + b"content-length: many\r\n\r\n{}",),
    "a broken chunk": (OK + b"transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n",),
    "JSON of another kind": (OK + b"content-length: 4\r\n\r\nnull",),
    "no JSON": (OK + b"content-length: 9\r\n\r\n<html><p>",),
    "HTTP/1.0": (b"HTTP/1.0 503 Busy\r\ncontent-type: text/plain\r\n\r\nbusy",),
    "1xx and then 429": (
        b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n",
        b"HTTP/1.1 429 Slow Down\r\nretry-after: 1\r\ncontent-length: 4\r\n\r\nslow",
    ),
}
"""What a provider, or something before it, may say instead of an answer."""
