"""Whether the store can be read and written, whole, and has room."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from headroom.ccr.open import shown
from headroom.errors import StoreError
from headroom.home import store_url
from headroom.local import store_of
from headroom_agents.doctor._finding import Finding
from headroom_proxy.settings import SettingsError
from headroom_proxy.sources import gather

_LEAST_FREE = 1 << 30
_NOTHING = 1 << 20
_LARGEST_CHECKED = 2 << 30
"""Bytes: a larger file is not read through, which takes a second for each gigabyte or so."""


def check() -> Iterator[Finding]:
    """Yields what is to be said of the store."""
    try:
        url = gather({})[0].store or store_url()
        store_of(url).record([(b"doctor", b"")])  # the same each time; no message has this key
    except SettingsError:
        return
    except StoreError as error:
        yield Finding("store", "broken", str(error))
        return
    if not url.startswith("sqlite://"):
        yield Finding("store", "well", f"{shown(url)} answers")
        return
    yield from _file(Path(url.removeprefix("sqlite://").partition("?")[0]))


def _file(file: Path) -> Iterator[Finding]:
    size = sum(f.stat().st_size for f in file.parent.glob(f"{file.name}*"))
    if size < _LARGEST_CHECKED and (wrong := _wrong(file)):
        yield Finding("store", "broken", f"{file} is damaged ({wrong}): move it away with its -wal "
                      "and -shm; gateways that run write down again what they know")  # fmt: skip
        return
    yield Finding("store", "well", f"{file}, {size / 1e6:,.1f} MB")
    free = shutil.disk_usage(file.parent).free
    if free < _NOTHING:
        yield Finding("store", "broken", "there is no room on the disk where it is: make some")
    elif free < _LEAST_FREE:
        yield Finding("store", "warning", f"only {free / 1e6:,.0f} MB are free where it is")


def _wrong(file: Path) -> str:
    """Returns what SQLite finds wrong with a file, or nothing."""
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as base:
            (said,) = base.execute("pragma quick_check(1)").fetchone()
    except sqlite3.Error as error:
        return str(error)
    return "" if said == "ok" else str(said)
