"""Several processes on one port are one gateway: for providers, for the books, for who stops it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from headroom.sessions import Sessions
from headroom.types import JSON
from headroom_proxy import Editor, Server, Settings
from headroom_proxy.books import Books
from headroom_proxy.workers import Workers
from headroom_testing.simulator import Call, Delivery, Recorded, Reply, Simulator, Thinking

HEADROOM = str(Path(sys.executable).parent / "headroom")
LOG = "".join(f"2026-11-21 10:00:{n % 60:02} INFO tick {n} done\n" for n in range(120))


def agent(request: Recorded) -> Reply:
    return Reply.of(Thinking(f"step {len(request.json['messages'])}"), Call("bash"))


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(agent) as running:
        yield running


def settings(simulator: Simulator, folder: Path, workers: int = 1) -> Settings:
    store = f"sqlite://{folder}/store.db"
    return Settings(port=0, anthropic=simulator.url, store=store, workers=workers)


@pytest.fixture
def gateway(simulator: Simulator, tmp_path: Path) -> Iterator[Workers]:
    told = settings(simulator, tmp_path, workers=2)
    with Workers(told, Books(tmp_path / "books.db")) as running:
        eventually(lambda: len(running.pids) == 2)
        yield running


def ask(url: str, messages: list[JSON]) -> JSON:
    body = {"model": "claude-opus-5", "max_tokens": 99, "messages": messages}
    headers = {"content-type": "application/json", "connection": "close"}
    with urlopen(Request(f"{url}/v1/messages", json.dumps(body).encode(), headers)) as answer:
        return json.load(answer)


def get(url: str) -> JSON:
    with urlopen(url) as answer:
        return json.load(answer)


def turn(url: str, messages: list[JSON]) -> None:
    """Asks once, and has the tool print what it prints."""
    content = ask(url, messages)["content"]
    called = next(block["id"] for block in content if block["type"] == "tool_use")
    result = {"type": "tool_result", "tool_use_id": called, "content": f"{called}\n{LOG}"}
    messages += [{"role": "assistant", "content": content}, {"role": "user", "content": [result]}]


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def eventually(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < until, "it does not come true"
        time.sleep(0.02)


def test_one_conversation_on_different_workers(
    gateway: Workers, simulator: Simulator, tmp_path: Path
) -> None:
    """Neither the provider nor the books can tell them from one."""
    messages: list[JSON] = [{"role": "user", "content": "What failed?"}]
    for n in range(6):
        with stopped(gateway.pids[n % 2]):
            turn(gateway.url, messages)
    assert simulator.violations == []
    sent = [request.json["messages"] for request in simulator.requests]
    assert all(now[: len(last)] == last for last, now in pairwise(sent))
    assert len(simulator.requests[-1].body) < 0.5 * len(json.dumps(messages))

    eventually(lambda: get(f"{gateway.url}/stats")["total"]["requests"] == 6)
    found = []
    for pid in gateway.pids:
        with stopped(pid):
            found.append(get(f"{gateway.url}/stats"))
            number = found[-1]["last"][0]["number"]
            assert get(f"{gateway.url}/stats/texts?number={number}")["views"]
            with urlopen(f"{gateway.url}/metrics") as metrics:
                assert b'headroom_responses_total{status="200"} 6.0' in metrics.read()
    assert found[0]["total"] == found[1]["total"]
    assert found[0]["last"] == found[1]["last"]

    simulator.play(agent)
    same = settings(simulator, tmp_path)
    editor = Editor("lossless", Sessions(f"sqlite://{tmp_path}/other.db"))
    with Server(same, editor, Books(tmp_path / "other-books.db")) as one:
        again: list[JSON] = [{"role": "user", "content": "What failed?"}]
        for _ in range(6):
            turn(one.url, again)
        eventually(lambda: get(f"{one.url}/stats")["total"]["requests"] == 6)
        alone = get(f"{one.url}/stats")["total"]
    for name in ("tokens_before", "tokens_after", "requests"):
        assert found[0]["total"][name] == alone[name]


def test_a_worker_that_dies_is_replaced(gateway: Workers, simulator: Simulator) -> None:
    messages: list[JSON] = [{"role": "user", "content": "What failed?"}]
    turn(gateway.url, messages)
    eventually(lambda: get(f"{gateway.url}/stats")["total"]["requests"] == 1)
    dead, other = gateway.pids
    os.kill(dead, signal.SIGKILL)
    eventually(lambda: dead not in gateway.pids)
    with stopped(other):
        turn(gateway.url, messages)
    assert simulator.violations == []
    eventually(lambda: get(f"{gateway.url}/stats")["total"]["requests"] == 2)


def test_who_stops_it_waits_for_answers(simulator: Simulator, tmp_path: Path) -> None:
    simulator.play([Reply.of("word " * 40).by(Delivery(split=64, pause=0.02))])
    command = [HEADROOM, "proxy", "--port", "0", "--workers", "2", "--anthropic", simulator.url]
    command += ["--store", f"sqlite://{tmp_path}/store.db"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        url = process.stderr.readline().rpartition(" ")[2].strip()
        timer = threading.Timer(0.0, process.send_signal, [signal.SIGTERM])
        body = {"model": "m", "max_tokens": 9, "stream": True, "messages": [_hello()]}
        headers = {"content-type": "application/json"}
        with urlopen(Request(f"{url}/v1/messages", json.dumps(body).encode(), headers)) as answer:
            timer.start()
            text = answer.read().decode()
        assert text.rstrip().endswith('data: {"type": "message_stop"}')
        assert process.wait(30) == 0
        assert "Traceback" not in process.stderr.read()


def test_workers_do_not_outlive_who_started_them(simulator: Simulator, tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, simulator.url, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        pids = json.loads(process.stdout.readline())
        assert len(pids) == 2
        process.kill()
        eventually(lambda: not any(map(_is_running, pids)))


PARENT = """
import json, sys, time
from headroom_proxy import Settings
from headroom_proxy.workers import Workers
told = Settings(port=0, anthropic=sys.argv[1], workers=2, store=f"sqlite://{sys.argv[2]}/s.db")
if __name__ == "__main__":
    with Workers(told) as workers:
        while len(workers.pids) < 2:
            time.sleep(0.01)
        print(json.dumps(workers.pids), flush=True)
        time.sleep(60)
"""


def _hello() -> JSON:
    return {"role": "user", "content": "Hello"}


def _is_running(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
