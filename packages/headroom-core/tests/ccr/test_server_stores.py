"""Stores on servers: what they promise, and what happens when a server is gone, silent or back."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeAlias

import psycopg
import pytest
import redis

from headroom import Headroom
from headroom.ccr import open as opening
from headroom.ccr.keys import key_of
from headroom.ccr.open import has_secret, shown
from headroom.ccr.postgres import PostgresStore
from headroom.ccr.redis import RedisStore
from headroom.ccr.stored import DAY, Saving
from headroom.errors import KeyCollision, StoreError
from headroom.protocols import Store
from headroom.sessions import Sessions, Way
from headroom.types import JSON
from headroom_testing import StoreConformance
from headroom_testing.servers import Daemon
from headroom_testing.stores import OpenStore, entry

ServerStore: TypeAlias = RedisStore | PostgresStore

LOG: list[JSON] = [
    {"role": "tool", "tool_call_id": "1", "content": "worker idle, nothing to do\n" * 900}
]
LONG = "a line that comes again\n" * 400


def url_of(server: Daemon, folder: Path) -> str:
    tenant = re.sub(r"\W", "_", str(folder).lower())[-40:]
    return f"{server.url}{'&' if '?' in server.url else '?'}tenant={tenant}&days=9"


@pytest.fixture
def open_store(server: Daemon) -> Iterator[OpenStore]:
    """Opens the store of a folder, and closes all when the test is over."""
    opened: list[ServerStore] = []

    def open_one(folder: Path) -> ServerStore:
        store = opening.open_store(url_of(server, folder))
        assert isinstance(store, RedisStore | PostgresStore)
        opened.append(store)
        return store

    yield open_one
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: OpenStore, tmp_path: Path) -> ServerStore:
    found = open_store(tmp_path)
    assert isinstance(found, RedisStore | PostgresStore)
    return found


def until_it_answers(store: Store) -> None:
    while True:
        try:
            store.recall([b"a"])
        except StoreError:
            time.sleep(0.05)
        else:
            return


class TestServerStores(StoreConformance):
    @pytest.fixture
    def open_store(self, open_store: OpenStore) -> OpenStore:
        return open_store


def test_many_machines_put_the_same_at_once(open_store: OpenStore, tmp_path: Path) -> None:
    stores = [open_store(tmp_path) for _ in range(4)]
    entries = [entry(f"text {n}") for n in range(60)]

    def put(n: int) -> None:
        order = entries if n % 2 else entries[::-1]
        for start in range(0, 60, 20):
            stores[n].put(order[start : start + 40])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put, range(4)))
    assert [stores[0].get(e.ref) for e in entries] == [e.original for e in entries]
    counted = stores[0].savings()  # type: ignore[attr-defined] # a store on a server
    assert counted == [Saving("logs", 60, 6_000, 600)]


def test_originals_are_kept_compressed(store: ServerStore, server: Daemon) -> None:
    store.put([entry(LONG)])
    if isinstance(store, RedisStore):
        with redis.Redis.from_url(server.url) as client:
            keys = [key for key in client.scan_iter() if key_of(LONG).encode() in key]
            sizes = [len(client.dump(key) or b"") for key in keys]
    else:
        with psycopg.connect(server.url) as connection:
            (schema,) = connection.execute(
                "SELECT table_schema FROM information_schema.tables WHERE table_name = 'originals' "
                "AND table_schema = %s",
                (store._tables._schema,),
            ).fetchall()
            sizes = [
                row[0]
                for row in connection.execute(f"SELECT length(data) FROM {schema[0]}.originals")
            ]
    assert sizes
    assert sum(sizes) < len(LONG) / 5
    assert store.get(key_of(LONG)) == LONG


def test_in_redis_all_lapses_some_days_after_it_was_touched(
    servers: object, tmp_path: Path
) -> None:
    assert callable(servers)
    server: Daemon = servers("redis")
    store = opening.open_store(url_of(server, tmp_path))
    assert isinstance(store, RedisStore)
    with redis.Redis.from_url(server.url) as client:

        def lives() -> dict[str, int]:
            keys = [key for key in client.scan_iter() if tmp_path.name.encode()[:20] in key]
            mine = {key.decode("latin-1").split(":")[2]: key for key in keys}
            return {kind: client.ttl(key) for kind, key in mine.items()}

        store.put([entry("text")])
        store.record([(b"a", b"1")])
        days = {kind: round(seconds / DAY) for kind, seconds in lives().items()}
        assert days == {"original": 9, "source": 36, "replaced": 36, "record": 9, "savings": 0}
        for key in client.scan_iter():
            client.expire(key, 100)
        store.get(entry("text").ref)
        store.recall([b"a"])
        assert {kind: round(seconds / DAY) for kind, seconds in lives().items()} == {
            "original": 9, "record": 9, "source": 0, "replaced": 0, "savings": 0,
        }  # fmt: skip
        store.put([entry("text")])
        assert {round(lives()[kind] / DAY) for kind in ("source", "replaced")} == {36}
    store.close()


def test_in_postgres_goes_what_nobody_touched(servers: object, tmp_path: Path) -> None:
    assert callable(servers)
    now = [1000.0 * DAY]
    server: Daemon = servers("postgres")
    store = PostgresStore(
        server.url, place="", tenant=tmp_path.name[-30:].lower().replace("-", "_"), days=9,
        clock=lambda: now[0],
    )  # fmt: skip
    store.put([entry("old"), entry("used")])
    store.record([(b"a", b"1"), (b"b", b"2")])
    now[0] += 8 * DAY
    assert store.get(entry("used").ref) == "used"
    assert store.recall([b"b"]) == [b"2"]
    now[0] += 8 * DAY
    store.record([(b"c", b"3")])  # whoever writes tidies
    assert store.get(entry("old").ref) is None
    assert store.source(entry("old").ref) == entry("old").source  # says what to run again
    assert store.get(entry("used").ref) == "used"
    assert [store.recall([key]) for key in (b"a", b"b")] == [[], [b"2"]]
    store.put([entry("old")])
    assert store.get(entry("old").ref) == "old"
    now[0] += 99 * DAY
    assert store.purge() > 0
    assert store.source(entry("used").ref) == ""
    assert store.sent([entry("used").replacement]) == [False]
    store.close()


def test_a_server_that_was_started_again_is_used_again(store: ServerStore, server: Daemon) -> None:
    store.put([entry("before")])
    server.stop()
    server.start()
    assert store.get(entry("before").ref) == "before"
    store.put([entry("after")])
    assert store.get(entry("after").ref) == "after"


def test_nobody_waits_for_a_silent_server_twice(store: ServerStore, server: Daemon) -> None:
    store.put([entry("text")])
    said = []
    with server.silent():
        for _ in range(50):
            with pytest.raises(StoreError) as error:
                store.recall([b"a"])
            said.append(str(error.value))
    waited = [one for one in said if "did not answer a moment ago" not in one]
    assert len(waited) < 5


def test_without_its_server_a_session_goes_on_as_it_was(
    open_store: OpenStore, server: Daemon, tmp_path: Path
) -> None:
    """What went out goes out again, what is new goes out raw, and all of it is kept later."""
    store = open_store(tmp_path)
    sessions = Sessions(store)
    first: list[JSON] = [{"role": "user", "content": "Look."}, *LOG]
    more = [*first, {"role": "assistant", "content": "I see."}, {**LOG[0], "tool_call_id": "2"}]

    def sent(messages: list[JSON], sessions: Sessions = sessions) -> list[JSON]:
        body = json.dumps({"model": "gpt-5", "messages": messages})
        result = sessions.send(body.encode(), Way())
        assert not result.reason
        found: list[JSON] = json.loads(result.body)["messages"]
        return found

    once = sent(first)
    assert len(once[1]["content"]) < len(LOG[0]["content"]) / 5
    server.stop()
    gone = sent(more)
    assert gone[:2] == once
    assert gone[3]["content"] == LOG[0]["content"]
    server.start()
    until_it_answers(store)
    assert sent(more) == gone
    assert sent(more, Sessions(open_store(tmp_path))) == gone  # also from another machine


def test_without_its_server_the_library_leaves_texts_as_they_are(
    store: ServerStore, server: Daemon
) -> None:
    server.stop()
    try:
        with pytest.warns(RuntimeWarning, match="go out as they are"):
            assert list(Headroom(store=store).compress(LOG)) == LOG
    finally:
        server.start()


def test_secrets_are_in_no_error_and_no_log(
    server: Daemon, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    said = []
    before, _, after = server.url.partition("://")
    place = after.rpartition("@")[2]
    wrong = [f"{before}://anna:s3cret@{place}", f"{before}://anna:s3cret@127.0.0.1:1/x"]
    odd = [f"{before}://anna:s3c{mark}ret@127.0.0.1:1/0" for mark in "?/#@:"]
    for url in (*wrong, *odd):
        try:
            store = opening.open_store(url)
            assert isinstance(store, RedisStore | PostgresStore)
            said.append(repr(store))
            store.put([entry("x")])
            store.close()
        except StoreError as error:
            said += [str(error), repr(error.__cause__)]
    assert len(said) >= len(wrong) + len(odd)
    assert not re.search("s3c|ret@", " ".join([*said, caplog.text]))


@pytest.mark.parametrize(
    ("url", "place", "secret"),
    [
        ("redis://:pw@cache:6379/0?days=9", "redis://cache:6379/0", True),
        ("rediss://cache/0", "rediss://cache/0", False),
        ("postgresql://u:p/w@db/x?sslmode=require", "postgresql://db/x", True),
        ("postgresql:///x?host=/run&password=pw", "postgresql:///x", True),
        ("redis://:p?w@cache/0", "redis://…", True),
        ("sqlite:///home/me/s.db?synchronous=full", "sqlite:///home/me/s.db", False),
        ("memory:", "memory:", False),
    ],
)
def test_what_is_shown_of_a_url(url: str, place: str, secret: bool) -> None:
    assert shown(url) == place
    assert has_secret(url) == secret


def test_a_url_may_name_several_hosts() -> None:
    url = "postgresql://u:pw@one:5432,[::1]:5433/x?target_session_attrs=read-write"
    assert isinstance(opening.open_store(url), PostgresStore)
    assert shown(url) == "postgresql://one:5432,[::1]:5433/x"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("redis://h/0?days=1", "days"),
        ("redis://h/0?tenant=A-B", "tenant"),
        ("redis://h/0?decode_responses=true", "decode_responses"),
        ("postgresql://h/x?days=lots", "days"),
        ("redis://h:port/0", "no URL"),
    ],
)
def test_what_is_wrong_with_a_url_is_a_sentence(url: str, said: str) -> None:
    with pytest.raises(StoreError, match=said):
        opening.open_store(url)


@pytest.mark.parametrize(
    ("url", "module", "extra"),
    [("redis://h", "redis", "redis"), ("postgresql://h", "psycopg", "postgres")],
)
def test_a_missing_client_is_a_sentence(
    url: str, module: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    for name in list(sys.modules):
        if name.startswith(
            ("headroom.ccr.redis", "headroom.ccr.postgres", "headroom.ccr._postgres")
        ):
            monkeypatch.delitem(sys.modules, name)
    with pytest.raises(StoreError, match=rf"pip install 'headroom-ai\[{extra}\]'"):
        opening.open_store(url)


def test_a_postgres_of_another_version_is_not_touched(servers: object, tmp_path: Path) -> None:
    assert callable(servers)
    server: Daemon = servers("postgres")
    name = f"v{os.getpid()}_{tmp_path.name[-10:]}".lower().replace("-", "_")
    with psycopg.connect(server.url, autocommit=True) as connection:
        schema = f"headroom_{name}"
        connection.execute(f"CREATE SCHEMA {schema}")
        connection.execute(f"CREATE TABLE {schema}.version (version integer)")
        connection.execute(f"INSERT INTO {schema}.version VALUES (99)")
    store = PostgresStore(server.url, place="", tenant=name)
    with pytest.raises(StoreError, match="another Headroom"):
        store.put([entry("x")])
    store.close()


def test_a_collision_leaves_the_connection_usable(store: ServerStore) -> None:
    first = entry("first", ref="same")
    store.put([first])
    for _ in range(3):
        with pytest.raises(KeyCollision):
            store.put([entry("other", ref="same")])
    assert store.get("same") == "first"
