"""A store whose file is lost, spoilt, or on a disk that takes nothing: noticed, said, gone on with."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom import Headroom
from headroom.ccr.keys import key_of
from headroom.ccr.lineage import Record, pack, unpack
from headroom.ccr.sqlite import SQLiteStore
from headroom.errors import StoreError
from headroom.types import Entry

LOG = [{"role": "tool", "tool_call_id": "1", "content": "worker idle, nothing to do\n" * 900}]


def entry(text: str) -> Entry:
    return Entry(key_of(text), text, f"short {key_of(text)}", "logs", 100, 10, "bash cat x")


def delete(file: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        Path(f"{file}{ending}").unlink(missing_ok=True)


def delete_alone(file: Path) -> None:
    file.unlink()


def delete_folder(file: Path) -> None:
    shutil.rmtree(file.parent)


def replace_by_another(file: Path) -> None:
    other = file.with_name("other.db")
    store = SQLiteStore(other)
    store.put([entry("other")])
    store.close()
    delete(file)
    other.rename(file)


@pytest.mark.parametrize("lose", [delete, delete_alone, delete_folder, replace_by_another])
def test_a_lost_file_is_made_again(tmp_path: Path, lose: Callable[[Path], None]) -> None:
    """What is put afterwards is in the new file, for whoever opens that; nothing goes nowhere."""
    file = tmp_path / "home" / "s.db"
    store = SQLiteStore(file)
    store.put([entry("before")])
    lose(file)
    store.put([entry("after")])
    assert store.get(key_of("after")) == "after"
    assert store.get(key_of("before")) is None
    other = SQLiteStore(file)
    assert other.get(key_of("after")) == "after"
    other.close()
    store.close()
    assert SQLiteStore(file).get(key_of("after")) == "after"


def test_threads_that_lose_a_file_agree_on_the_next(tmp_path: Path) -> None:
    """The last to give up the lost one takes nothing from those that have the new one."""
    file = tmp_path / "s.db"
    store = SQLiteStore(file)
    turns = [threading.Event() for _ in range(3)]
    found: list[str | None] = []

    def work(n: int) -> None:
        store.put([entry(f"before {n}")])
        turns[n].wait()
        store.put([entry(f"after {n}")])

    threads = [threading.Thread(target=work, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    while not all(store.get(key_of(f"before {n}")) for n in range(3)):
        time.sleep(0.01)
    delete(file)
    for turn, thread in zip(turns, threads, strict=True):
        turn.set()
        thread.join()  # and its connection goes
    found = [store.get(key_of(f"after {n}")) for n in range(3)]
    assert found == ["after 0", "after 1", "after 2"]


def test_what_was_said_short_is_stored_again_in_a_new_file(tmp_path: Path) -> None:
    headroom = Headroom(store=f"sqlite://{tmp_path}/s.db")
    first = headroom.compress(LOG)
    delete(tmp_path / "s.db")
    again = headroom.compress(LOG)
    assert list(again) == list(first) != LOG
    assert Headroom(store=f"sqlite://{tmp_path}/s.db").restore(list(again)) == LOG


CLOSE = """
import sys
from pathlib import Path
from headroom.ccr.sqlite import SQLiteStore
store = SQLiteStore(Path(sys.argv[1]))
store.get("x")
print("open", flush=True)
input()
"""


def test_a_process_that_ends_takes_nothing_from_a_new_file(tmp_path: Path) -> None:
    """SQLite's last connection to a file deletes the log of that name, whose ever it is now."""
    file = tmp_path / "s.db"
    SQLiteStore(file).put([entry("before")])
    command = [sys.executable, "-c", CLOSE, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        delete(file)
        store = SQLiteStore(file)
        store.put([entry("after")])
        process.communicate(b"\n")
    store.put([entry("later")])
    assert [store.get(key_of(text)) for text in ("after", "later")] == ["after", "later"]


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A store that was closed as it should be."""
    file = tmp_path / "s.db"
    store = SQLiteStore(file)
    store.put([entry("kept " * 200)])
    store.record([(b"a", b"1")])
    store.close()
    return file


@pytest.mark.parametrize("ending", ["-wal", "-shm"])
def test_a_disk_that_takes_nothing_can_still_be_read(written: Path, ending: str) -> None:
    """SQLite makes files even to read; where it cannot, what is there is read as it is."""
    in_the_way = Path(f"{written}{ending}")
    in_the_way.mkdir()  # so that nobody, not even root, can make that file
    store = SQLiteStore(written)
    assert store.recall([b"a"]) == [b"1"]
    assert store.get(key_of("kept " * 200)) == "kept " * 200
    with pytest.raises(StoreError, match=r"s\.db could not be used: .*: let this user write"):
        store.put([entry("new")])
    in_the_way.rmdir()
    store.put([entry("new")])
    assert store.get(key_of("new")) == "new"


@settings(max_examples=40, deadline=None)
@given(st.binary(min_size=1, max_size=3), st.floats(0, 1, exclude_max=True))
def test_what_a_spoilt_file_gives_is_the_original_or_an_error(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes, where: float
) -> None:
    """Also of short texts and records: nothing is ever another text."""
    file = tmp_path_factory.mktemp("spoilt") / "s.db"
    store = SQLiteStore(file)
    texts = ["short", "long " * 900, *(f"text {n}" for n in range(40))]
    store.put([entry(text) for text in texts])
    store.record([(key_of(text).encode(), pack(Record(declares=True))) for text in texts])
    store.close()
    data = bytearray(file.read_bytes())
    at = int(where * len(data))
    data[at : at + len(noise)] = noise
    file.write_bytes(data)
    store = SQLiteStore(file)
    for text in texts:
        with suppress(StoreError):
            assert store.get(key_of(text)) in (text, None)
        with suppress(StoreError):
            found = [unpack(one) for one in store.recall([key_of(text).encode()])]
            assert found in ([Record(declares=True)], [])
    with suppress(StoreError):
        store.put([entry("more")])
        assert store.get(key_of("more")) == "more"
    store.close()


def test_who_waited_in_vain_says_so_and_the_next_does_not_wait(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "s.db")
    store.put([entry("one")])
    with closing(sqlite3.connect(tmp_path / "s.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="another program keeps it locked: end that one"):
            store.put([entry("two")])
        with pytest.raises(StoreError, match="a moment ago"):
            store.put([entry("two")])
        assert store.get(key_of("one")) == "one"  # who only reads need not wait
