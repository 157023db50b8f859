"""Plays recorded sessions through gateways, and prints whether the provider saw a changed prefix.

    python benchmarks/gateway_sessions.py FOLDER [--turns 40] [--sessions 100] [--kills 0]

FOLDER holds one JSON file a session, with its `messages` as OpenAI chat or Anthropic has them. The
model of the simulated provider says again what was recorded, after a thought that is sealed on all
that stands before it. Two gateways on one store take turns by chance, are restarted, and asked for
other modes. `--kills` sends as many requests to gateways that are killed while they answer.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import subprocess
import sys
import tempfile
import threading
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from headroom.ccr.marker import references
from headroom.errors import FormatError
from headroom.formats import read
from headroom.pricing import Usage, price_of
from headroom.sessions import Sessions
from headroom_proxy import Editor, Server, Settings
from headroom_proxy.books import Books
from headroom_testing.simulator import Call, Recorded, Reply, Simulator, Text, Thinking

MODEL = "claude-opus-5-5"
MODES = ("", "", "", "", "", "lossless", "off", "observe")
KINDS = ("user_text", "tool_result")


@dataclass
class Turn:
    """What the model says, and what it reads then: results by the recorded id of their call."""

    parts: list[Text | Call] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    read: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Figures:
    """What is counted over all sessions."""

    requests: int = 0
    refused: int = 0
    changed: int = 0
    dangling: int = 0
    dollars: float = 0.0
    direct: float = 0.0
    dearer: int = 0
    sent: int = 0
    whole: int = 0


def turns_of(path: Path) -> list[Turn]:
    """Returns a recorded session in turns; the first has nothing that the model says."""
    turns = [Turn()]
    for message in read(json.loads(path.read_text("utf-8"))["messages"]).messages:
        if message.role == "assistant" and turns[-1].read:
            turns.append(Turn())
        for block in message.blocks:
            if block.kind == "assistant_text" and block.text:
                turns[-1].parts.append(Text(block.text))
            elif block.kind == "tool_call" and block.tool:
                turns[-1].parts.append(Call(block.tool.name, _arguments(block.tool.arguments)))
                turns[-1].calls.append(block.tool.id)
            elif block.kind in KINDS and block.text:
                name = block.tool.id if block.tool and block.kind == "tool_result" else ""
                turns[-1].read.append((name, block.text))
    return turns


def _arguments(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"input": text}


class Session:
    """A client that plays a recorded session again."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self.messages: list[Any] = []
        self._turns = turns
        self._read(turns[0], [])

    def said(self, request: Recorded) -> Reply:
        """Returns what the model says to a request."""
        at = sum(m["role"] == "assistant" for m in request.json["messages"]) + 1
        parts = self._turns[at].parts if at < len(self._turns) else []
        return Reply((Thinking(f"step {at}"), *(parts or [Text("Done.")])))

    def play(self, count: int) -> Generator[dict[str, Any], Any, None]:
        """Yields requests; send the answer back in."""
        for turn in self._turns[1 : count + 1]:
            marked = [*self.messages[:-1], _marked(self.messages[-1])]
            answer = yield {"model": MODEL, "max_tokens": 64, "messages": marked}
            self.messages.append({"role": "assistant", "content": answer["content"]})
            self._read(turn, [b["id"] for b in answer["content"] if b["type"] == "tool_use"])

    def _read(self, turn: Turn, ids: list[str]) -> None:
        blocks: list[Any] = []
        texts = [text for name, text in turn.read if name not in turn.calls]
        for own, name in zip(ids, turn.calls, strict=True):
            printed = "\n".join(text for to, text in turn.read if to == name and name)
            result = {"type": "tool_result", "tool_use_id": own, "content": printed or "ok"}
            blocks.append(result)
        blocks += [{"type": "text", "text": text} for text in texts]
        self.messages.append({"role": "user", "content": blocks or "Go on."})


def _marked(message: Any) -> Any:  # noqa: ANN401 - JSON
    content = message["content"]
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else list(content)
    blocks[-1] = {**blocks[-1], "cache_control": {"type": "ephemeral"}}
    return {**message, "content": blocks}


def ask(url: str, body: dict[str, Any], mode: str = "") -> tuple[int, Any]:
    """Returns status and answer."""
    headers = {"content-type": "application/json", "anthropic-version": "2023-06-01"}
    if mode:
        headers["x-headroom-mode"] = mode
    with closing(http.client.HTTPConnection(urlsplit(url).netloc)) as connection:
        connection.request("POST", "/v1/messages", json.dumps(body).encode(), headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


class Fleet:
    """Two gateways on one store, restarted by chance."""

    def __init__(self, upstream: str, folder: Path, chance: random.Random) -> None:
        self.store = f"sqlite://{folder}/store.db"
        self._told = Settings(port=0, anthropic=upstream, views=0)
        self._folder = folder
        self._chance = chance
        self._servers = [self._start(), self._start()]

    def url(self) -> str:
        """Returns one of them, perhaps a new one."""
        n = self._chance.randrange(2)
        if self._chance.random() < 0.05:
            self._servers[n].__exit__(None, None, None)
            self._servers[n] = self._start()
        return self._servers[n].url

    def stop(self) -> None:
        """Stops both."""
        for server in self._servers:
            server.__exit__(None, None, None)

    def _start(self) -> Server:
        editor = Editor("lossless", Sessions(self.store))
        return Server(self._told, editor, Books(self._folder / "books.db")).__enter__()


def play(
    session: Session, simulator: Simulator, fleet: Fleet | None, chance: random.Random, most: int
) -> tuple[int, float]:
    """Plays a session; returns how many requests were refused, and the dollars for the rest."""
    simulator.play(session.said)
    simulator.requests.clear()
    simulator.usages.clear()
    refused = 0
    playing = session.play(most)
    try:
        body = next(playing)
        while True:
            url, mode = (fleet.url(), chance.choice(MODES)) if fleet else (simulator.url, "")
            status, answer = ask(url, body, mode)
            if status != http.client.OK:
                refused += 1
                break
            body = playing.send(answer)
    except StopIteration:
        pass
    price = price_of(MODEL)
    assert price is not None
    usages = [Usage(u.read, u.written_5m, u.fresh) for u in simulator.usages]
    return refused, sum(price.of(usage) or 0.0 for usage in usages)


def texts(request: Recorded) -> list[str]:
    """Returns the blocks of a request without their breakpoints."""
    out: list[str] = []
    for message in request.json["messages"]:
        content = message["content"]
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        for block in blocks:
            block.pop("cache_control", None)
            out.append(json.dumps([message["role"], block]))
    return out


def measure(path: Path, folder: Path, most: int, total: Figures, seed: int) -> None:
    """Plays one recorded session, direct and through the gateways, and adds its figures."""
    turns = turns_of(path)
    if len(turns) < 2 or not turns[0].read:
        return
    chance = random.Random(seed)
    with Simulator() as simulator:
        _, direct = play(Session(turns), simulator, None, chance, most)
    with Simulator() as simulator:
        fleet = Fleet(simulator.url, folder, chance)
        refused, dollars = play(session := Session(turns), simulator, fleet, chance, most)
        fleet.stop()
        sent = [texts(request) for request in simulator.requests]
    store = Sessions(fleet.store).store
    told = {ref for text in sent[-1] for ref in references(text)}
    total.requests += len(sent)
    total.refused += refused
    total.changed += sum(now[: len(last)] != last for last, now in pairwise(sent))
    total.dangling += sum(store.get(ref) is None for ref in told)
    total.dollars += dollars
    total.direct += direct
    if dollars > 1.005 * direct:
        total.dearer += 1
        print(f"{path.name}: ${direct:.4f} direct, ${dollars:.4f} through the gateways")
    total.sent += sum(map(len, sent[-1]))
    total.whole += len(json.dumps(session.messages))


def kill(rounds: int, folder: Path) -> tuple[int, int, int]:
    """Kills gateways while they answer; returns kills, refusals and changed prefixes."""
    chance = random.Random(1)
    log = "".join(f"2026-11-21 10:00:{n % 60:02} INFO tick {n} done\n" for n in range(80))
    refused = changed = 0
    for start in range(0, rounds, 20):
        steps = [Turn(read=[("", "What failed?")])]
        steps += [Turn([Call("bash", {})], ["a"], [("a", f"{n}\n{log}")]) for n in range(41)]
        session = Session(steps)
        with Simulator(session.said) as simulator:
            playing = session.play(40)
            body = next(playing)
            for _ in range(min(20, rounds - start)):
                url, process = _process(simulator.url, folder)
                killing = threading.Timer(chance.uniform(0, 0.02), process.kill)
                killing.start()
                try:
                    status, answer = ask(url, body)
                    refused += status != http.client.OK
                    body = playing.send(answer)
                except (OSError, http.client.HTTPException):
                    pass
                killing.join()
                process.communicate()
            sent = [texts(request) for request in simulator.requests]
            changed += sum(now[: len(last)] != last for last, now in pairwise(sent))
            refused += len(simulator.violations)
    return rounds, refused, changed


SERVE = """
import sys
from headroom.sessions import Sessions
from headroom_proxy import Editor, Server, Settings
editor = Editor("lossless", Sessions(f"sqlite://{sys.argv[2]}/killed.db"))
server = Server(Settings(port=0, anthropic=sys.argv[1]), editor)
editor.warm()
print(server.url, flush=True)
server.run()
"""


def _process(upstream: str, folder: Path) -> tuple[str, subprocess.Popen[str]]:
    command = [sys.executable, "-c", SERVE, upstream, str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process.stdout.readline().strip(), process


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--turns", type=int, default=40)
    parser.add_argument("--sessions", type=int, default=100)
    parser.add_argument("--kills", type=int, default=0)
    told = parser.parse_args()
    total, played = Figures(), 0
    with tempfile.TemporaryDirectory() as name:
        for seed, path in enumerate(sorted(told.folder.glob("*.json"))[: told.sessions]):
            try:
                measure(path, Path(name), told.turns, total, seed)
                played += 1
            except FormatError as error:
                print(f"{path.name}: {error}")
        print(f"{played} sessions, {total.requests} requests, at most {told.turns} a session")
        print(f"changed prefixes {total.changed}, refused {total.refused}")
        print(f"dangling references {total.dangling}")
        print(f"${total.direct:.2f} direct, ${total.dollars:.2f} through the gateways", end="")
        print(f" ({total.dollars / max(total.direct, 1e-9) - 1:+.1%}); dearer: {total.dearer}")
        if told.kills:
            kills, refused, changed = kill(told.kills, Path(name))
            print(f"{kills} kills: refused {refused}, changed prefixes {changed}")


if __name__ == "__main__":
    main()
