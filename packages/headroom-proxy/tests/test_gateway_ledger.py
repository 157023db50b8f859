"""A provider that refuses a changed prefix never sees one, whatever happens to the gateway."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from itertools import pairwise
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import anthropic
import pytest

from headroom.ccr.open import open_store
from headroom.ccr.postgres import PostgresStore
from headroom.ccr.redis import RedisStore
from headroom.sessions import Sessions
from headroom.types import JSON
from headroom_proxy import Editor, Server, Settings
from headroom_proxy.settings import Mode
from headroom_testing.servers import Daemon
from headroom_testing.simulator import Call, Recorded, Reply, Simulator, Thinking

LOG = "".join(f"2026-11-21 10:00:{n % 60:02} INFO tick {n} done\n" for n in range(120))


def agent(request: Recorded) -> Reply:
    step = len(request.json["messages"])
    return Reply.of(Thinking(f"step {step}"), "Let me look.", Call("bash"), Call("bash"))


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(agent) as running:
        yield running


def gateway(simulator: Simulator, store: Path) -> Server:
    told = Settings(port=0, anthropic=simulator.url)
    return Server(told, Editor("lossless", Sessions(f"sqlite://{store}")))


def asking(url: str) -> anthropic.Anthropic:
    """Returns a client that needs no certificates, which take long to load."""
    plain = anthropic.DefaultHttpxClient(verify=False)
    return anthropic.Anthropic(base_url=url, api_key="x", max_retries=0, http_client=plain)


class Session:
    """A client that keeps a conversation, as agents do."""

    def __init__(self) -> None:
        self.messages: list[JSON] = [{"role": "user", "content": "What failed?"}]

    def turn(self, url: str, mode: Mode | None = None) -> None:
        """Asks once, and has the tools print what they print."""
        marked = [*self.messages[:-1], _marked(self.messages[-1])]
        headers = {"x-headroom-mode": mode} if mode else {}
        with asking(url) as client:
            answer = client.messages.create(
                model="claude-opus-5", max_tokens=99, messages=marked, extra_headers=headers
            )
        self.messages.append({"role": "assistant", "content": answer.to_dict()["content"]})
        results = [
            {"type": "tool_result", "tool_use_id": block.id, "content": f"{block.id}\n{LOG}"}
            for block in answer.content
            if block.type == "tool_use"
        ]
        self.messages.append({"role": "user", "content": results})


def _marked(message: JSON) -> JSON:
    """Returns a message with a breakpoint on its last block; the next turn has it elsewhere."""
    content = message["content"]
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else list(content)
    blocks[-1] = {**blocks[-1], "cache_control": {"type": "ephemeral"}}
    return {**message, "content": blocks}


def texts(request: Recorded) -> list[str]:
    """Returns what a request says, without its marks."""
    out = []
    for message in request.json["messages"]:
        for block in message["content"] if isinstance(message["content"], list) else [message]:
            block.pop("cache_control", None)
            out.append(json.dumps(block.get("content") or block.get("text") or block))
    return out


def check(simulator: Simulator) -> None:
    """Asserts that what was sent was sent again."""
    assert simulator.violations == []
    sent = [texts(request) for request in simulator.requests]
    assert all(now[: len(last)] == last for last, now in pairwise(sent))


@pytest.mark.parametrize("seed", range(3))
def test_restarts_a_second_worker_and_modes(
    simulator: Simulator, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    session = Session()
    modes: tuple[Mode, ...] = ("lossless", "lossless", "off", "observe")
    for _ in range(3):
        with (
            gateway(simulator, tmp_path / "store.db") as one,
            gateway(simulator, tmp_path / "store.db") as other,
        ):
            for _ in range(4):
                session.turn(chance.choice((one, other)).url, chance.choice(modes))
    check(simulator)
    sent = len(simulator.requests[-1].body)
    assert sent < 0.9 * len(json.dumps(session.messages))


def test_a_session_that_was_direct_before(simulator: Simulator, tmp_path: Path) -> None:
    session = Session()
    for _ in range(3):
        session.turn(simulator.url)
    with gateway(simulator, tmp_path / "store.db") as url:
        for _ in range(3):
            session.turn(url.url)
    check(simulator)
    long = [LOG[:-1].splitlines()[-1] in text for text in texts(simulator.requests[-1])]
    assert sum(long) == 4  # what was direct, but not what is new


def test_two_gateways_that_are_asked_at_once_send_the_same(
    simulator: Simulator, tmp_path: Path
) -> None:
    session = Session()
    with (
        gateway(simulator, tmp_path / "store.db") as one,
        gateway(simulator, tmp_path / "store.db") as other,
    ):
        session.turn(one.url)
        body = {"model": "claude-opus-5", "max_tokens": 9, "messages": session.messages}
        data = json.dumps(body).encode()

        def ask(url: str, mode: str) -> None:
            headers = {"content-type": "application/json", "x-headroom-mode": mode}
            urlopen(Request(f"{url}/v1/messages", data, headers)).read()

        asking = [
            threading.Thread(target=ask, args=(server.url, mode))
            for server in (one, other)
            for mode in ("lossless", "off", "observe")
        ]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join()
    assert len({request.body for request in simulator.requests[1:]}) == 1


def until_ready(url: str) -> None:
    while True:
        try:
            urlopen(url + "/readyz").close()
        except HTTPError as error:
            assert error.code == 503
            error.close()
            time.sleep(0.05)
        else:
            return


def test_gateways_share_a_server_also_while_it_is_gone(
    simulator: Simulator, server: Daemon, tmp_path: Path
) -> None:
    tenant = re.sub(r"\W", "_", str(tmp_path).lower())[-40:]
    url = f"{server.url}{'&' if '?' in server.url else '?'}tenant={tenant}"
    told = Settings(port=0, anthropic=simulator.url)
    stores = [open_store(url) for _ in range(3)]
    session = Session()
    with ExitStack() as stack:
        servers = [
            stack.enter_context(Server(told, Editor("lossless", Sessions(store))))
            for store in stores[:2]
        ]
        for turn in range(6):
            session.turn(servers[turn % 2].url)
        server.stop()
        for _ in range(2):  # whoever knows the session goes on with it
            session.turn(servers[1].url)
        server.start()
        for one in servers:
            until_ready(one.url)
        for turn in range(4):
            session.turn(servers[1 - turn % 2].url)
    with Server(told, Editor("lossless", Sessions(stores[2]))) as another:
        session.turn(another.url)
    check(simulator)
    assert len(simulator.requests[-1].body) < 0.6 * len(json.dumps(session.messages))
    for store in stores:
        assert isinstance(store, RedisStore | PostgresStore)
        store.close()


def test_who_counts_tokens_counts_what_is_sent(simulator: Simulator, tmp_path: Path) -> None:
    session = Session()
    with gateway(simulator, tmp_path / "store.db") as server:
        session.turn(server.url)
        with asking(server.url) as client:
            given: JSON = {"model": "claude-opus-5", "messages": session.messages}
            counted = client.messages.count_tokens(**given)
            client.messages.create(**given, max_tokens=9)
            assert client.messages.count_tokens(**given) == counted
    bodies = [request.json["messages"] for request in simulator.requests[1:]]
    assert bodies == [bodies[0]] * 3
    assert counted.input_tokens == simulator.usages[-1].input


SERVE = """
import sys
from pathlib import Path
from headroom.sessions import Sessions
from headroom_proxy import Editor, Server, Settings
told = Settings(port=0, anthropic=sys.argv[1])
server = Server(told, Editor("lossless", Sessions(f"sqlite://{sys.argv[2]}")))
print(server.url, flush=True)
server.run()
"""


def test_a_gateway_that_is_killed_leaves_no_gap(simulator: Simulator, tmp_path: Path) -> None:
    """At any moment of a request; the client asks again, and the session goes on."""
    chance = random.Random(5)
    store = tmp_path / "store.db"
    session = Session()
    for _ in range(4):
        command = [sys.executable, "-c", SERVE, simulator.url, str(store)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        session.turn(url)
        killing = threading.Timer(chance.uniform(0, 0.03), process.kill)
        killing.start()
        with suppress(anthropic.APIConnectionError):
            session.turn(url)
        killing.join()
        process.wait()
        process.stdout.close()
    with gateway(simulator, store) as server:
        session.turn(server.url)
    check(simulator)
    assert LOG[-40:] not in "".join(texts(simulator.requests[-1]))
