"""Plays recorded sessions through gateways, and prints whether the provider saw a changed prefix.

    python benchmarks/gateway_sessions.py FOLDER [--mode lossless] [--wire anthropic] [--asks 0.1]
                                                 [--turns 40] [--sessions 100] [--kills 0] [--steady]

FOLDER holds one JSON file a session, with its `messages` as OpenAI chat or Anthropic has them. The
model of the simulated provider says again what was recorded, after a thought that is sealed on all
that stands before it. Two gateways on one store take turns by chance, are restarted, and asked for
other modes; with `--steady` they are not. `--mode on` leaves something out, and the model asks for it
with the chance `--asks` for each reference that it is shown. `--kills` sends as many requests to
gateways that are killed while they answer.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import re
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

from _agents import AGENTS, Agent, said_in

from headroom.ccr.marker import references
from headroom.ccr.tool import NAME
from headroom.errors import FormatError
from headroom.formats import read
from headroom.pricing import Usage, price_of
from headroom.sessions import Sessions
from headroom.tokenizers import for_model
from headroom_proxy import Editor, Server, Settings
from headroom_proxy.books import Books
from headroom_proxy.settings import Mode
from headroom_testing.simulator import Call, Recorded, Reply, Simulator, Text, Thinking
from headroom_testing.simulator.prompts import read_prompt

MODES = ("", "", "", "", "", "lossless", "off", "observe")
KINDS = ("user_text", "tool_result")
PROMPT = "".join(f"Rule {n}: say what you are about to do, in a sentence.\n" for n in range(700))
"""As much as what agents say before the user does: 36 to 54 KB."""

LINES = re.compile(r'headroom_retrieve\("(\w+)", lines="([^"]+)"')
count = for_model("gpt-4o").count


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
    retrieved: int = 0


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
    """A client that plays a recorded session again, and the model that it talks to."""

    def __init__(
        self, turns: Sequence[Turn], agent: Agent, asks: float = 0.0, seed: int = 0
    ) -> None:
        self.messages: list[Any] = []
        self.retrieved = 0
        self.output = 0
        self._agent = agent
        self._turns = turns
        self._asks = asks
        self._chance = random.Random(seed)
        self._known: set[str] = set()
        self._at = 0
        names = (part.name for turn in turns for part in turn.parts if isinstance(part, Call))
        self._tools = sorted(set(names)) or ["bash"]
        self._read(turns[0], [])

    def said(self, request: Recorded) -> Reply:
        """Returns what the model says to a request: it may ask for what it sees for the first time."""
        shown = said_in(request.json)
        new = [ref for ref in references(shown) if ref not in self._known]
        wanted = next((ref for ref in new if self._chance.random() < self._asks), None)
        self._known.update(new)
        parts: list[Text | Thinking | Call] = [Thinking(f"step {self._at}")]
        if wanted is None:
            parts += self._turns[self._at].parts or [Text("Done.")]
        else:
            lines = dict(LINES.findall(shown)).get(wanted)
            parts.append(Call(NAME, {"ref": wanted} | ({"lines": lines} if lines else {})))
            self.retrieved += 1
        self.output += sum(count(getattr(part, "text", None) or repr(part)) for part in parts)
        return Reply(tuple(parts))

    def play(self, most: int) -> Generator[dict[str, Any], Any, None]:
        """Yields requests; send the answer back in."""
        for turn in self._turns[1 : most + 1]:
            self._at += 1
            answer = yield self._agent.body(self.messages, self._tools, PROMPT)
            kept, ids = self._agent.takes(answer)
            self.messages += kept
            self._read(turn, ids)

    def _read(self, turn: Turn, ids: list[str]) -> None:
        results: list[tuple[str, str]] = []
        for own, name in zip(ids, turn.calls, strict=True):
            printed = "\n".join(text for to, text in turn.read if to == name and name)
            results.append((own, printed or "ok"))
        results += [("", text) for name, text in turn.read if name not in turn.calls]
        self.messages += self._agent.reads(results or [("", "Go on.")])


def ask(url: str, path: str, body: dict[str, Any], mode: str = "") -> tuple[int, Any]:
    """Returns status and answer."""
    headers = {"content-type": "application/json"}
    if mode:
        headers["x-headroom-mode"] = mode
    with closing(http.client.HTTPConnection(urlsplit(url).netloc)) as connection:
        connection.request("POST", path, json.dumps(body).encode(), headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


class Fleet:
    """Two gateways on one store, restarted and asked for other modes by chance, unless steady."""

    def __init__(
        self, upstream: str, folder: Path, chance: random.Random, mode: Mode, *, steady: bool
    ) -> None:
        self.store = f"sqlite://{folder}/store.db"
        url = upstream
        self._told = Settings(port=0, anthropic=url, openai=url, gemini=url, views=0)
        self._folder = folder
        self._chance = chance
        self._mode: Mode = mode
        self._steady = steady
        self._servers = [self._start(), self._start()]

    def url(self) -> str:
        """Returns one of them, perhaps a new one."""
        n = self._chance.randrange(2)
        if not self._steady and self._chance.random() < 0.05:
            self._servers[n].__exit__(None, None, None)
            self._servers[n] = self._start()
        return self._servers[n].url

    def mode(self) -> str:
        """Returns what a request asks for."""
        return "" if self._steady else self._chance.choice(MODES)

    def stop(self) -> None:
        """Stops both."""
        for server in self._servers:
            server.__exit__(None, None, None)

    def _start(self) -> Server:
        editor = Editor(self._mode, Sessions(self.store))
        return Server(self._told, editor, Books(self._folder / "books.db")).__enter__()


def play(
    session: Session, agent: Agent, simulator: Simulator, fleet: Fleet | None, most: int
) -> int:
    """Plays a session; returns how many requests were refused."""
    simulator.play(session.said)
    playing = session.play(most)
    try:
        body = next(playing)
        while True:
            url, mode = (fleet.url(), fleet.mode()) if fleet else (simulator.url, "")
            status, answer = ask(url, agent.path, body, mode)
            if status != http.client.OK:
                return 1
            body = playing.send(answer)
    except StopIteration:
        return 0


def dollars(session: Session, agent: Agent, simulator: Simulator) -> float:
    """Returns what a session cost that was played."""
    price = price_of(agent.model)
    assert price is not None
    usages = [Usage(u.read, u.written_5m, u.fresh) for u in simulator.usages]
    usages.append(Usage(output=session.output))
    return sum(price.of(usage) or 0.0 for usage in usages)


def texts(request: Recorded) -> list[str]:
    """Returns what a provider compares of a request."""
    return [piece.key for piece in read_prompt(request.json, len).pieces]


def measure(path: Path, folder: Path, told: argparse.Namespace, total: Figures, seed: int) -> None:
    """Plays one recorded session, direct and through the gateways, and adds its figures."""
    turns, agent = turns_of(path), AGENTS[told.wire]
    if len(turns) < 2 or not turns[0].read:
        return
    chance = random.Random(seed)
    with Simulator() as simulator:
        play(session := Session(turns, agent), agent, simulator, None, told.turns)
        direct = dollars(session, agent, simulator)
    with Simulator() as simulator:
        fleet = Fleet(simulator.url, folder, chance, told.mode, steady=told.steady)
        session = Session(turns, agent, told.asks, seed)
        total.refused += play(session, agent, simulator, fleet, told.turns)
        fleet.stop()
        sent = [texts(request) for request in simulator.requests]
        cost = dollars(session, agent, simulator)
        shown = said_in(simulator.requests[-1].json)
    store = Sessions(fleet.store).store
    total.requests += len(sent)
    total.changed += sum(now[: len(last)] != last for last, now in pairwise(sent))
    total.dangling += sum(store.get(ref) is None for ref in set(references(shown)))
    total.dollars += cost
    total.direct += direct
    total.retrieved += session.retrieved
    if cost > 1.005 * direct:
        total.dearer += 1
        print(f"{path.name}: ${direct:.4f} direct, ${cost:.4f} through the gateways")


def kill(rounds: int, folder: Path) -> tuple[int, int, int]:
    """Kills gateways while they answer; returns kills, refusals and changed prefixes."""
    chance = random.Random(1)
    log = "".join(f"2026-11-21 10:00:{n % 60:02} INFO tick {n} done\n" for n in range(80))
    refused = changed = 0
    for start in range(0, rounds, 20):
        steps = [Turn(read=[("", "What failed?")])]
        steps += [Turn([Call("bash", {})], ["a"], [("a", f"{n}\n{log}")]) for n in range(41)]
        session, agent = Session(steps, AGENTS["anthropic"]), AGENTS["anthropic"]
        with Simulator(session.said) as simulator:
            playing = session.play(40)
            body = next(playing)
            for _ in range(min(20, rounds - start)):
                url, process = _process(simulator.url, folder)
                killing = threading.Timer(chance.uniform(0, 0.02), process.kill)
                killing.start()
                try:
                    status, answer = ask(url, agent.path, body)
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
    parser.add_argument("--mode", choices=["lossless", "on"], default="lossless")
    parser.add_argument("--wire", choices=AGENTS, default="anthropic")
    parser.add_argument("--asks", type=float, default=0.1)
    parser.add_argument("--steady", action="store_true")
    parser.add_argument("--turns", type=int, default=40)
    parser.add_argument("--sessions", type=int, default=100)
    parser.add_argument("--kills", type=int, default=0)
    told = parser.parse_args()
    total, played = Figures(), 0
    with tempfile.TemporaryDirectory() as name:
        for seed, path in enumerate(sorted(told.folder.glob("*.json"))[: told.sessions]):
            try:
                measure(path, Path(name), told, total, seed)
                played += 1
            except FormatError as error:
                print(f"{path.name}: {error}")
        print(f"{told.wire}, {told.mode}: {played} sessions of at most {told.turns} requests")
        print(f"{total.requests} requests to the provider, {total.retrieved} for what was left out")
        print(f"changed prefixes {total.changed}, refused {total.refused}")
        print(f"dangling references {total.dangling}")
        print(f"${total.direct:.2f} direct, ${total.dollars:.2f} through the gateways", end="")
        print(f" ({total.dollars / max(total.direct, 1e-9) - 1:+.1%}); dearer: {total.dearer}")
        if told.kills:
            kills, refused, changed = kill(told.kills, Path(name))
            print(f"{kills} kills: refused {refused}, changed prefixes {changed}")


if __name__ == "__main__":
    main()
