"""Plays recorded sessions through gateways, and prints whether the provider saw a changed prefix.

    python benchmarks/gateway_sessions.py FOLDER [--mode lossless] [--wire anthropic] [--asks 0.1]
                                                 [--turns 40] [--sessions 100] [--steady]

FOLDER holds one JSON file a session, with its `messages` as OpenAI chat or Anthropic has them. The
model of the simulated provider says again what was recorded, after a thought that is sealed on all
that stands before it. Two gateways on one store take turns by chance, are restarted, and asked for
other modes; with `--steady` they are not. `--mode on` leaves something out, and the model asks for it
with the chance `--asks` for each reference that it is shown. Other things that may go wrong are in
gateway_faults.py.
"""

from __future__ import annotations

import argparse
import http.client
import random
import tempfile
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from _agents import AGENTS, Agent, said_in
from _sessions import Session, ask, texts, turns_of

from headroom.ccr.marker import references
from headroom.errors import FormatError
from headroom.pricing import Usage, price_of
from headroom.sessions import Sessions
from headroom_proxy import Editor, Server, Settings
from headroom_proxy.books import Books
from headroom_proxy.settings import Mode
from headroom_testing.simulator import Simulator

MODES = ("", "", "", "", "", "lossless", "off", "observe")


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


if __name__ == "__main__":
    main()
