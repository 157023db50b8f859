"""The store is lost or fails, or there is a defect: the client gets the provider's answer or a reason."""

from __future__ import annotations

import http.client
import json
import logging
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from headroom.ccr.open import open_store
from headroom.sessions import Sessions
from headroom.types import JSON
from headroom_proxy import Editor, Server, Settings
from headroom_proxy.books import Books
from headroom_testing.simulator import (
    Call,
    Recorded,
    Reply,
    Simulator,
    Thinking,
    anthropic,
    references_in,
)

TOOL = {"name": "bash", "input_schema": {"type": "object"}}


def printed(n: int) -> str:
    return "".join(
        f"2026-11-21 10:{n:02}:{k % 60:02} GET /{k * 7919 % 99991} 200 {k}ms\n" for k in range(200)
    )


def agent(request: Recorded) -> Reply:
    return Reply.of(Thinking(f"step {len(request.json['messages'])}"), Call("bash"))


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(agent) as running:
        yield running


def gateway(simulator: Simulator, home: Path) -> Server:
    told = Settings(port=0, anthropic=simulator.url, largest=200_000)
    editor = Editor("on", Sessions(f"sqlite://{home}/store.db"))
    return Server(told, editor, Books(home / "books.db"))


def asked(url: str, path: str, body: JSON = None) -> tuple[int, JSON]:
    """Returns status and answer; without a body it is asked for with GET."""
    with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)) as connection:
        data = None if body is None else json.dumps(body).encode()
        connection.request("GET" if data is None else "POST", path, data)
        with connection.getresponse() as response:
            return response.status, json.loads(response.read())


def until(condition: Callable[[], JSON]) -> JSON:
    """Waits until something is so, and returns it."""
    for _ in range(500):
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError("it did not happen")


class Session:
    def __init__(self) -> None:
        self.messages: list[JSON] = [{"role": "user", "content": "What failed?"}]

    def turn(self, url: str) -> None:
        body = {"model": "claude-opus-5", "max_tokens": 9, "tools": [TOOL]}
        status, answer = asked(url, "/v1/messages", {**body, "messages": self.messages})
        assert status == 200, answer
        self.messages.append({"role": "assistant", "content": answer["content"]})
        results = [
            {
                "type": "tool_result",
                "tool_use_id": block["id"],
                "content": printed(len(self.messages)),
            }
            for block in answer["content"]
            if block["type"] == "tool_use"
        ]
        self.messages.append({"role": "user", "content": results})


def delete(home: Path) -> None:
    for file in home.glob("store.db*"):
        file.unlink()


def test_a_gateway_that_ends_just_after_a_store_failed_writes_down_what_it_missed(
    simulator: Simulator, tmp_path: Path
) -> None:
    """Else the next one would take what went up as it came for new, and shorten it."""
    session = Session()
    simulator.play(lambda request: Reply.of(Call("bash")))
    with gateway(simulator, tmp_path) as server:
        for _ in range(2):
            session.turn(server.url)
        with closing(sqlite3.connect(tmp_path / "store.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            session.turn(server.url)
    last = simulator.requests[-1].json["messages"]
    with gateway(simulator, tmp_path) as server:
        session.turn(server.url)
    assert simulator.requests[-1].json["messages"][: len(last)] == last


@pytest.mark.parametrize("lose", [delete, shutil.rmtree])
def test_a_store_that_is_deleted_under_a_gateway_is_written_anew(
    simulator: Simulator, tmp_path: Path, lose: Callable[[Path], None]
) -> None:
    home, session = tmp_path / "home", Session()
    with gateway(simulator, home) as server:
        for n in range(6):
            session.turn(server.url)
            if n == 3:
                lose(home)
        refs = references_in(simulator.requests[-1])
    with gateway(simulator, home) as server:
        session.turn(server.url)
    store = open_store(f"sqlite://{home}/store.db")
    assert len(refs) >= 4
    assert all(store.get(ref) is not None for ref in refs)
    assert simulator.violations == []


def test_a_gateway_that_ends_writes_down_what_the_store_lost(
    simulator: Simulator, tmp_path: Path
) -> None:
    """Also where nobody asked it anything since."""
    session = Session()
    with gateway(simulator, tmp_path) as server:
        for _ in range(3):
            session.turn(server.url)
        delete(tmp_path)
    with gateway(simulator, tmp_path) as server:
        session.turn(server.url)
    assert simulator.violations == []


def test_a_store_that_takes_nothing_is_said_to_whoever_asks(
    simulator: Simulator, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    session = Session()
    with gateway(simulator, tmp_path) as server:
        session.turn(server.url)
        with closing(sqlite3.connect(tmp_path / "store.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with caplog.at_level(logging.WARNING):
                session.turn(server.url)
            status, answer = asked(server.url, "/readyz")
            assert status == 503
            assert "end that one" in answer["error"]["message"]
            assert "end that one" in asked(server.url, "/stats")[1]["store"]
        said_so = [record.message for record in caplog.records if "locked" in record.message]
        assert len(said_so) == 1
        assert "what is new goes out as it came" in said_so[0]
        until(lambda: asked(server.url, "/readyz")[0] == 200)
        assert asked(server.url, "/stats")[1]["store"] == ""
        for _ in range(2):
            session.turn(server.url)
    assert simulator.violations == []
    assert printed(2)[-40:-1] in simulator.requests[-1].body.decode()  # while it took nothing
    assert printed(4)[1000:1100] not in simulator.requests[-1].body.decode()


def spoil(file: Path) -> None:
    for one in file.parent.glob(f"{file.name}*"):
        one.write_bytes(b"\xff" * 5000)


def test_the_gateways_own_answers_are_reasons(
    simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is wrong with its files, or with what it is asked."""
    monkeypatch.setattr("headroom_proxy.own._LARGEST", 100_000)
    with gateway(simulator, tmp_path) as server:
        Session().turn(server.url)
        until(Books(tmp_path / "books.db").labels)
        for name in ("store.db", "books.db"):
            spoil(tmp_path / name)
        status, answer = asked(server.url, "/v1/retrieve", {"ref": "a"})
        assert status == 503
        assert "move it away" in answer["error"]["message"]
        assert (
            asked(server.url, "/v1/compress", {"messages": [{"role": "user", "content": "a"}]})[0]
            == 200
        )
        assert asked(server.url, "/v1/compress", {"messages": ["x" * 100_001]})[0] == 413
        assert asked(server.url, "/stats")[0] == 200
        Session().turn(server.url)
        wrong = until(lambda: asked(server.url, "/stats")[1]["books"])
        assert "books.db" in wrong
        assert "move it away" in wrong


class Defective(Editor):
    async def edit(self, *arguments: JSON) -> bytes | None:
        raise ZeroDivisionError("a defect")


def test_a_defect_of_ours_is_called_one(simulator: Simulator) -> None:
    with Server(Settings(port=0, anthropic=simulator.url), Defective("off")) as server:
        status, answer = asked(server.url, "/v1/messages", {"messages": []})
    assert status == 502
    assert "a defect of ours" in answer["error"]["message"]
    assert simulator.requests == []


@pytest.mark.parametrize(
    "answer", ["null", "[]", '"text"', "{}", '{"content": 3}', '{"content": [1]}']
)
def test_json_that_is_no_answer_passes_as_it_is(
    simulator: Simulator, tmp_path: Path, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the gateway looks for calls of its tool."""
    rendered = anthropic.render
    monkeypatch.setattr(
        anthropic, "render", lambda turn: type(rendered(turn))(json.loads(answer), ())
    )
    body = {"model": "claude-opus-5", "max_tokens": 9, "tools": [TOOL]}
    with gateway(simulator, tmp_path) as server:
        given = {**body, "messages": Session().messages}
        assert asked(server.url, "/v1/messages", given) == (200, json.loads(answer))
