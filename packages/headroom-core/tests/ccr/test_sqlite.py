"""The store: committed before the text leaves, private, shared, bounded."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from headroom import Headroom
from headroom.ccr.keys import key_of
from headroom.ccr.open import open_store
from headroom.ccr.sqlite import SQLiteStore
from headroom.errors import StoreError
from headroom.types import Entry


def entry(text: str) -> Entry:
    return Entry(key_of(text), text, f"short {key_of(text)}", "logs", 100, 10, "bash cat x")


def test_files_are_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        SQLiteStore(tmp_path / "new" / "s.db").put([entry("x" * 900)])
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    assert {stat.S_IMODE(f.stat().st_mode) for f in (tmp_path / "new").iterdir()} == {0o600}


def test_a_link_in_place_of_the_store_is_refused(tmp_path: Path) -> None:
    (tmp_path / "s.db").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match=r"s\.db"):
        SQLiteStore(tmp_path / "s.db").put([entry("x")])


def test_the_oldest_go_first_and_never_within_a_week(tmp_path: Path) -> None:
    now = [1000 * 86_400.0]
    noise = random.Random(1)
    texts = [noise.randbytes(4000).hex() for _ in range(10)]
    store = SQLiteStore(tmp_path / "s.db", max_bytes=12_000, clock=lambda: now[0])
    store.put([entry(t) for t in texts])
    assert store.evict() == 0
    now[0] += 8 * 86_400
    assert store.get(key_of(texts[3])) == texts[3]  # a session still uses it
    assert store.evict() > 0
    assert store.get(key_of(texts[3])) == texts[3]
    assert store.get(key_of(texts[0])) is None
    assert store.source(key_of(texts[0])) == "bash cat x"  # says what to run again
    store.put([entry(texts[0])])
    assert store.get(key_of(texts[0])) == texts[0]


def test_savings_count_a_block_once(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "s.db")
    for _ in range(3):
        store.put([entry("a" * 600), entry("b" * 600)])
    (saving,) = store.savings()
    assert (saving.blocks, saving.tokens_before, saving.tokens_after) == (2, 200, 20)


WORKER = """
import sys
from pathlib import Path
from headroom.ccr.keys import key_of
from headroom.ccr.sqlite import SQLiteStore
from headroom.types import Entry
store = SQLiteStore(Path(sys.argv[1]))
for n in range(100_000):
    text = f"{sys.argv[2]} line {n} " * 60
    store.put([Entry(key_of(text), text, f"short {text[:20]}")])
    print(key_of(text), flush=True)
"""


def test_nothing_dangles_after_kill_9(tmp_path: Path) -> None:
    rng = random.Random(5)
    refs = []
    for n in range(6):
        command = [sys.executable, "-c", WORKER, str(tmp_path / "s.db"), str(n)]
        workers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        for worker in workers:
            assert worker.stdout
            refs.append(worker.stdout.readline().strip())
        time.sleep(rng.random() / 10)
        for worker in workers:
            worker.send_signal(signal.SIGKILL)
            out, _ = worker.communicate()
            refs += [line for line in out.splitlines(keepends=False)[:-1] if line]
    store = SQLiteStore(tmp_path / "s.db")
    assert len(refs) >= 12
    assert all(store.get(ref) is not None for ref in refs)


READER = """
import sys
from pathlib import Path
from headroom.ccr.sqlite import SQLiteStore
store = SQLiteStore(Path(sys.argv[1]))
print(store.get(sys.argv[2]))
store.close()
"""


def test_a_thread_that_opens_the_store_takes_no_lock_from_the_others(tmp_path: Path) -> None:
    def read_elsewhere(text: str) -> str:
        command = [sys.executable, "-c", READER, str(tmp_path / "s.db"), key_of(text)]
        return subprocess.check_output(command, text=True).strip()

    store = SQLiteStore(tmp_path / "s.db")
    store.put([entry("one")])
    other = threading.Thread(target=store.get, args=("x",))
    other.start()
    other.join()
    assert read_elsewhere("one") == "one"  # the last to close would delete the log
    store.put([entry("two")])
    assert read_elsewhere("two") == "two"


def test_all_may_open_a_new_store_at_once(tmp_path: Path) -> None:
    for n in range(20):
        with ThreadPoolExecutor(8) as pool:
            stores = [SQLiteStore(tmp_path / f"{n}.db") for _ in range(8)]
            assert list(pool.map(lambda store: store.get("x"), stores)) == [None] * 8


LOG = [{"role": "tool", "tool_call_id": "1", "content": "worker idle, nothing to do\n" * 900}]


def assert_raw(store: SQLiteStore) -> None:
    headroom = Headroom(store=store)
    with pytest.warns(RuntimeWarning, match="go out as they are"):
        result = headroom.compress(LOG)
    assert list(result) == LOG
    assert [d.outcome for d in result.receipt.decisions] == ["failed:store"]
    assert result.refs == []


def test_a_corrupt_store_leaves_blocks_raw(tmp_path: Path) -> None:
    (tmp_path / "s.db").write_bytes(b"this is no database " * 500)
    assert_raw(SQLiteStore(tmp_path / "s.db"))


def test_a_locked_store_leaves_blocks_raw_for_good(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "s.db")
    store.put([entry("x")])
    headroom = Headroom(store=store)
    with sqlite3.connect(tmp_path / "s.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.warns(RuntimeWarning, match="locked"):
            first = headroom.compress(LOG)
        other.execute("ROLLBACK")
    assert list(first) == LOG
    assert list(headroom.compress(LOG)) == LOG  # the provider has seen it raw


def test_a_full_disk_leaves_blocks_raw(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "s.db")
    store.put([entry("x")])
    store._file.connection().execute("PRAGMA max_page_count = 1")
    noise = random.Random(2).randbytes(60_000).hex()
    messages = [
        {"role": "tool", "tool_call_id": "1", "content": (noise + "\n") + "same line here\n" * 900}
    ]
    with pytest.warns(RuntimeWarning, match="full"):
        assert list(Headroom(store=store).compress(messages)) == messages


def test_a_store_of_another_version_is_not_touched(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "s.db") as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="another Headroom"):
        SQLiteStore(tmp_path / "s.db").put([entry("x")])


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost",
        "sqlite:",
        "sqlite:///x?max_bytes=lots",
        "sqlite:///x?colour=red",
        "file.db",
    ],
)
def test_urls_that_name_no_store(url: str) -> None:
    with pytest.raises(StoreError):
        open_store(url)


def test_a_url_names_a_file(tmp_path: Path) -> None:
    store = open_store(f"sqlite://{tmp_path}/s.db?synchronous=full&max_bytes=1000000")
    store.put([entry("hello")])
    assert (tmp_path / "s.db").exists()
