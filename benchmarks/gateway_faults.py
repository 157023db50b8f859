"""Plays sessions through gateways to which everything happens that may, and prints what came of it.

    python benchmarks/gateway_faults.py [--kills 200] [--wires anthropic chat responses gemini]
                                        [--modes lossless on] [--only WORD …]

Each session has ten turns with two tool results each. The provider refuses changed prefixes. Its model
thinks, calls tools and, in mode `on`, asks for a third of what it sees left out. The fault begins
before a start of the gateway, while it runs between two turns, or while the provider answers; three
turns later it ends, as users are told to end it; two turns later the gateway is started anew. A client
that gets an error asks again, as the SDKs do. Full and read-only disks are file systems of 24 MB, which
only root may mount; faults of servers need redis-server and PostgreSQL.
"""

from __future__ import annotations

import argparse
import http.client
import random
import re
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, TypeAlias

from _agents import AGENTS, said_in
from _faults import ANSWERS, STORE_FAULTS, Fault, place
from _processes import COMMAND, OTHER_VERSION, Process, Relay
from _sessions import Session, Turn, ask, texts

from headroom import Headroom
from headroom.ccr.marker import references
from headroom.formats import read_body
from headroom_testing.servers import Daemon, Missing, postgres_server, redis_server
from headroom_testing.simulator import Call, Delivery, Recorded, Refusal, Reset, Simulator
from headroom_testing.simulator.script import Answer

JSON: TypeAlias = Any

TURNS = 10
BEGINS, ENDS, RESTARTS = 4, 7, 9
TRIES = 4
LATER, RUNNING, DURING = "before a start", "while it runs", "during a turn"
MODES = ("", "off", "lossless", "observe", "on")


@dataclass
class Row:
    """What came of one fault, over all wires, modes and moments."""

    name: str
    played: int = 0
    turns: int = 0
    others: Counter[str] = field(default_factory=Counter)
    changed: int = 0
    refused: int = 0
    shown: int = 0
    dangling: int = 0
    restored: int = 0
    replaced: int = 0
    slowest: float = 0.0
    not_ready: int = 0
    said: set[str] = field(default_factory=set)

    def __str__(self) -> str:
        others = ", ".join(f"{n} × {what}" for what, n in sorted(self.others.items())) or "–"
        cells = [self.name, f"{self.played} of {self.turns}", others, self.changed, self.refused]
        cells += [f"{self.dangling} of {self.shown}", f"{self.restored} of {self.replaced}"]
        cells.append(self.not_ready)
        return "| " + " | ".join(map(str, [*cells, f"{self.slowest:.1f} s"])) + " |"


HEAD = """
| fault | turns answered | what the client got besides | changed prefixes | refused for that | dangling references | texts restored afterwards | not ready at the end | slowest turn |
|---|---|---|---|---|---|---|---|---|"""


def session(wire: str, asks: float) -> Session:
    """Returns one whose tools print logs that are never the same."""
    chance = random.Random(3)
    turns = [Turn(read=[("", "What failed?")])]
    for n in range(TURNS + 1):
        results = [(f"{n}a", _printed(chance)), (f"{n}b", _printed(chance))]
        calls: list[Any] = [Call("bash", {"command": f"run {name}"}) for name, _ in results]
        turns.append(Turn(calls, [name for name, _ in results], results))
    return Session(turns, AGENTS[wire], asks, seed=3)


def _printed(chance: random.Random) -> str:
    return "".join(
        f"2026-11-21T10:00:{n % 60:02} INFO worker-{chance.randrange(8)} GET "
        f"/api/{chance.randrange(10**6)} 200 {chance.randrange(90)}ms\n"
        for n in range(90)
    )


class Play:
    """One session, and what happens to it.

    Args:
        row: Where it is counted.
        wire: Its wire format.
        mode: Of the gateway.
        base: A folder for everything, perhaps on a file system of its own.
        store: The store's URL; empty: a file.
    """

    def __init__(self, row: Row, wire: str, mode: str, base: Path, store: str = "") -> None:
        self.row, self.mode, self.agent = row, mode, AGENTS[wire]
        self.home = base / "home"
        self.store = store or f"sqlite://{self.home}/store.db"
        self.header = ""
        self.at: dict[int, Callable[[], object]] = {}
        self._answered: set[int] = set()
        self.end: Callable[[], object] = lambda: None
        self.on_request: Callable[[], object] | None = None
        self.instead: Answer | Delivery | None = None
        self._session = session(wire, 0.3 if mode == "on" else 0.0)
        self._resources = ExitStack()
        self.simulator = self._resources.enter_context(Simulator(self._said))
        self.relay = Relay(self.simulator.url)
        self._resources.callback(self.relay.close)
        log = Path(self._resources.enter_context(tempfile.TemporaryDirectory())) / "log"
        self.gateway = Process(self.home, log, self.relay.url, mode, store)
        self._resources.callback(self.gateway.stop)

    def run(self) -> None:
        """Plays all turns, and counts."""
        with self._resources:
            self.row.turns += TURNS
            playing = self._session.play(TURNS)
            body = next(playing)
            with suppress(StopIteration):
                for turn in range(1, TURNS + 1):
                    self.at.get(turn, lambda: None)()
                    answer = self._asked(body)
                    if answer is None:
                        break
                    self.row.played += 1
                    body = playing.send(answer)
            self.end()
            self._count()

    def restart(self, command: Sequence[str] = COMMAND) -> None:
        """Has the gateway end, and another begin."""
        self.gateway.stop()
        self.gateway.start(command)

    def _asked(self, body: JSON) -> JSON:
        """Returns the answer to a request, asked for as often as an SDK does; None: none came."""
        for _ in range(TRIES):
            status, answer, began = 0, None, time.perf_counter()
            try:
                status, answer = ask(self.gateway.url, self.agent.path, body, self.header)
            except (OSError, http.client.HTTPException):
                time.sleep(0.1)  # a process that is killed closes its connections before it is gone
                if self.gateway.is_gone:
                    self.gateway.start()
            self.row.slowest = max(self.row.slowest, time.perf_counter() - began)
            if status == http.client.OK and _is_answer(answer):
                self._answered.add(len(self.simulator.requests) - 1)
                return answer
            self.row.others[_who(status, answer)] += 1
        return None

    def _said(self, request: Recorded) -> Answer:
        begin, self.on_request = self.on_request, None
        if begin is not None:
            begin()
        instead, self.instead = self.instead, None
        if isinstance(instead, Delivery):  # the same, by another way
            return self._session.said(request).by(instead)
        return instead or self._session.said(request)

    def _count(self) -> None:
        row, requests = self.row, self.simulator.requests
        row.refused += len(self.simulator.violations)
        before: list[str] = []
        for n, now in enumerate(map(texts, requests)):
            row.changed += now[: len(before)] != before
            if n in self._answered:  # what no client got an answer to is nobody's history
                before = now
        row.not_ready += not self.gateway.is_ready_soon()
        headroom = Headroom(store=self.store)
        refs = {ref for request in requests for ref in references(said_in(request.json))}
        row.shown += len(refs)
        row.dangling += sum(headroom.store.get(ref) is None for ref in refs)
        last = requests[-1].body
        lacking = {text for _, text in self._session.printed} - _texts(last)
        row.replaced += len(lacking)
        row.restored += len(lacking & _texts(headroom.restore_body(last)))


def _texts(body: bytes) -> set[str]:
    messages = read_body(body).read().messages
    return {block.text for message in messages for block in message.blocks}


def _is_answer(answer: JSON) -> bool:
    fields = ("content", "choices", "output", "candidates")
    return isinstance(answer, dict) and any(field in answer for field in fields)


def _who(status: int, answer: JSON) -> str:
    error = answer.get("error") if isinstance(answer, dict) else None
    if not status:
        return "the connection's end"
    if isinstance(error, dict) and error.get("type") == "headroom":
        return f"{status} of ours: {re.sub(r'^headroom: (http:[^ ]+: )?', '', error['message'])}"
    if isinstance(answer, bytes) and b"Internal Server Error" in answer:
        return "500 of ours"
    return f"the provider's {status}"


def play_file(row: Row, wire: str, mode: str, when: str, fault: Fault, name: str) -> None:
    """Plays a session in which something happens to a file."""
    ends: list[Callable[[], object]] = []
    with place(small=fault.small) as base:
        play = Play(row, wire, mode, base)

        def begin() -> None:
            ends.append(fault.begin(play.home / name))

        def begin_later() -> None:
            play.gateway.stop()
            begin()
            play.gateway.start()

        def end() -> None:
            row.said.add(play.gateway.readiness().replace(str(base), ""))
            while ends:
                ends.pop()()

        arm = partial(setattr, play, "on_request", begin)
        moments: dict[str, Callable[[], object]]
        moments = {LATER: begin_later, RUNNING: begin, DURING: arm}
        play.at |= {BEGINS: moments[when], ENDS: end, RESTARTS: play.restart}
        play.end = end
        play.run()


def play_server(row: Row, wire: str, mode: str, when: str, server: Daemon) -> None:
    """Plays a session whose store is a server that goes away, and comes back."""
    tenant = f"{wire}_{mode}_{when.replace(' ', '_')}"
    url = f"{server.url}{'&' if '?' in server.url else '?'}tenant={tenant}"
    with place(small=False) as base:
        play = Play(row, wire, mode, base, url)

        ends: list[Callable[[], object]] = []

        def begin() -> None:
            ends.append(server.start)
            server.stop()

        def end() -> None:
            row.said.add(play.gateway.readiness().replace(tenant, "…"))
            while ends:
                ends.pop()()

        arm = partial(setattr, play, "on_request", begin)
        play.at |= {BEGINS: begin if when == RUNNING else arm, ENDS: end, RESTARTS: play.restart}
        play.end = end
        play.run()


def play_provider(row: Row, wire: str, mode: str, what: Answer | Delivery | str) -> None:
    """Plays a session in which a provider, or what is before it, says something else three times."""
    with place(small=False) as base:
        play = Play(row, wire, mode, base)
        for turn in (2, 5, 8):
            arm = partial(setattr, play, "instead", what)
            play.at[turn] = partial(play.relay.say, *ANSWERS[what]) if what in ANSWERS else arm
        play.run()


def play_versions(row: Row, wire: str, mode: str) -> None:
    """Plays a session through versions that take turns: the other one shortens nothing."""
    with place(small=False) as base:
        play = Play(row, wire, mode, base)
        for turn in range(3, TURNS + 1):
            command = OTHER_VERSION if turn % 2 else COMMAND
            play.at[turn] = partial(play.restart, command)
        play.run()


def play_modes(row: Row, wire: str, mode: str) -> None:
    """Plays a session that asks for another mode each time."""
    with place(small=False) as base:
        play = Play(row, wire, mode, base)
        for turn in range(2, TURNS + 1):
            play.at[turn] = partial(setattr, play, "header", MODES[turn % len(MODES)])
        play.run()


def play_kills(row: Row, wire: str, mode: str, seed: int) -> None:
    """Plays a session whose gateway is killed in each turn, at any moment of it."""
    chance = random.Random(seed)
    with place(small=False) as base:
        play = Play(row, wire, mode, base)

        def arm() -> None:
            threading.Timer(chance.uniform(0, 0.06), play.gateway.kill).start()

        play.at |= dict.fromkeys(range(1, TURNS + 1), arm)
        play.end = play.restart
        play.run()


Case: TypeAlias = tuple[str, Callable[[Row, str, str], object]]
"""The name of a row, and what plays a session for it."""

PROVIDER: dict[str, Answer | Delivery | str] = {
    "slow": Delivery(first_byte=1.0, pause=0.01),
    "500": Refusal(500),
    "429": Refusal(429, "slow down", 1),
    "529": Refusal(529, "overloaded"),
    "reset before its answer": Reset(),
    "reset within its answer": Delivery(cut_after=60),
    "half-closed within its answer": Delivery(cut_after=60, cut="half-close"),
    **{name: name for name in ANSWERS},
}


def cases(kills: int, servers: dict[str, Daemon]) -> Iterator[Case]:
    """Yields all rows in order."""
    for name, of in (("store.db", "store"), ("books.db", "books")):
        for fault, when in product(STORE_FAULTS, (RUNNING, DURING, LATER)):
            if of == "books" and "directory" in fault.name:  # which is the store's too
                continue
            if when == LATER or not fault.only_before_a_start:
                row = f"{of}: {fault.name}, {when}"
                yield row, partial(play_file, when=when, fault=fault, name=name)
    for (name, server), when in product(servers.items(), (RUNNING, DURING)):
        yield f"{name} goes away, {when}", partial(play_server, when=when, server=server)
    for name, what in PROVIDER.items():
        yield f"provider: {name}", partial(play_provider, what=what)
    yield "another version each turn", play_versions
    yield "another mode each turn", play_modes
    if kills:
        yield "kill -9 in each turn", partial(play_kills, seed=kills)


def main() -> None:
    """Prints a row for each fault."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--wires", nargs="+", choices=AGENTS, default=[*AGENTS])
    parser.add_argument(
        "--modes", nargs="+", choices=["lossless", "on"], default=["lossless", "on"]
    )
    parser.add_argument("--only", nargs="+", default=[""])
    told = parser.parse_args()
    began, said = time.monotonic(), set[str]()
    print(HEAD)
    with ExitStack() as stack:
        servers = dict[str, Daemon]()
        for name, start in (("Redis", redis_server), ("PostgreSQL", postgres_server)):
            try:
                servers[name] = stack.enter_context(start())
            except Missing as error:
                print(f"(without {name}: {error})")
        for name, play in cases(told.kills, servers):
            if not all(word in name for word in told.only):
                continue
            row = Row(name)
            rounds = -(-told.kills // (TURNS * len(told.wires) * len(told.modes)))
            wires = (
                told.wires[:1] if name.startswith("books") else told.wires
            )  # all the same to them
            for wire, mode in product(wires, told.modes):
                for n in range(rounds if name.startswith("kill") else 1):
                    if name.startswith("kill"):
                        play = partial(play_kills, seed=n)
                    play(row, wire, mode)
            print(row, flush=True)
            said |= row.said
    print(f"\n{time.monotonic() - began:.0f} s. What /readyz said meanwhile:\n")
    print("\n".join(sorted(said - {""})))


if __name__ == "__main__":
    main()
