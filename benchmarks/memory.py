"""Agents' memory with 10,000 facts: how long a search takes, and what is left after kill -9.

python benchmarks/memory.py                          facts from a seeded generator
python benchmarks/memory.py path/to/sessions         facts from recorded sessions: *.json, with messages
python benchmarks/memory.py --kills 100              several processes write, and are killed
"""

from __future__ import annotations

import argparse
import json
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from headroom_memory import Memory, Which
from headroom_memory.records import lines_of
from headroom_memory.types import Fact, Source, from_micros
from headroom_testing.servers import Missing, postgres_server

FACTS = 10_000
QUERIES = 500
SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
SUBJECTS = (
    "service", "gateway", "worker", "queue", "cache", "parser", "scheduler", "index", "client", "migration",
)  # fmt: skip
ACTIONS = (
    "needs", "retries", "ignores", "validates", "compresses", "expects", "writes", "reads", "locks", "rebuilds",
)  # fmt: skip
THINGS = (
    "Docker", "timeouts", "headers", "tokens", "rows", "sessions", "cookies", "snapshots", "secrets", "shards",
)  # fmt: skip
PLACES = (
    "src/api", "src/core", "tests/unit", "docs", "scripts", "deploy", "cmd", "internal/store", "pkg/auth", "lib",
)  # fmt: skip
WORKER = """
import sys
from headroom_memory import Memory
memory = Memory("kills", store=sys.argv[1])
last = ""
for n in range(10**6):
    last = memory.save(f"{sys.argv[2]} says {n}", agent=sys.argv[2], replaces=last if n % 2 else "").id
    print(last, n, flush=True)
"""


def texts_of(value: object) -> Iterator[str]:
    """Yields all texts in what a session holds."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for part in value:
            yield from texts_of(part)
    elif isinstance(value, dict):
        for name in ("content", "text"):
            yield from texts_of(value.get(name))


def recorded(folder: Path) -> list[str]:
    """Returns sentences and lines of recorded sessions, as long as facts are."""
    found: dict[str, None] = {}
    for file in sorted(folder.glob("*.json")):
        for message in json.loads(file.read_text("utf-8"))["messages"]:
            for text in texts_of(message):
                for sentence in SENTENCE.split(text):
                    if 40 <= len(sentence) <= 400 and sentence.count(" ") >= 4:
                        found[" ".join(sentence.split())] = None
    sentences = list(found)
    random.Random(1).shuffle(sentences)
    return sentences[:FACTS]


def generated() -> list[str]:
    """Returns sentences about a project that nobody has."""
    rng = random.Random(1)

    def sentence(n: int) -> str:
        name = f"{rng.choice(SUBJECTS)}{rng.choice(THINGS).title()}{n % 997}"
        return (
            f"The {rng.choice(SUBJECTS)} in {rng.choice(PLACES)}/{name}.py {rng.choice(ACTIONS)} "
            f"{rng.choice(THINGS)} when {name}() runs with port {8000 + n % 991}; "
            f"see {rng.choice(SUBJECTS)}_{rng.choice(ACTIONS)}_{n}"
        )

    return [sentence(n) for n in range(FACTS)]


def queries(facts: list[str]) -> list[tuple[str, str]]:
    """Returns questions with the fact that each is about: some of its words, as one would ask."""
    rng = random.Random(2)
    found = []
    for fact in rng.sample(facts, QUERIES):
        words = [word for word in re.findall(r"[\w./-]+", fact) if len(word) > 2]
        some = rng.sample(words, min(len(words), rng.randint(2, 6)))
        found.append(
            (f"{rng.choice(['how do I', 'what about', 'why', ''])} {' '.join(some)}", fact)
        )
    return found


def search(name: str, memory: Memory, facts: list[str]) -> None:
    """Prints how long searches take, and how often the fact that was meant is found."""
    memory.purge()
    at = from_micros(1_800_000_000_000_000)
    ids = [f"{n:08d}".translate(str.maketrans("0189", "abcd")) for n in range(len(facts))]
    source = (Source(at, agent="benchmark"),)
    started = time.perf_counter()
    memory.allowing_secrets().import_(
        lines_of(Fact(i, t, "", (), at, None, "", source) for i, t in zip(ids, facts, strict=True))
    )
    loaded = time.perf_counter() - started
    taken, used, first, ten = [], [], 0, 0
    for query, fact in queries(facts):
        started, before = time.perf_counter(), time.process_time()
        found = [match.fact.text for match in memory.search(query)]
        taken.append(1000 * (time.perf_counter() - started))
        used.append(1000 * (time.process_time() - before))
        first += found[:1] == [fact]
        ten += fact in found
    saves = []
    for n in range(100):
        started = time.perf_counter()
        memory.save(f"one more fact, number {n}", agent="benchmark")
        saves.append(1000 * (time.perf_counter() - started))
    cuts, processor = statistics.quantiles(taken, n=100), statistics.quantiles(used, n=100)
    print(
        f"{name}: {len(facts):,} facts ({loaded:.1f} s to import, {memory.stats().bytes / 1e6:.1f} MB); "
        f"search p50 {cuts[49]:.1f}, p95 {cuts[94]:.1f}, p99 {cuts[98]:.1f} ms, "
        f"of processor p50 {processor[49]:.1f}, p95 {processor[94]:.1f} ms; "
        f"the fact meant is first in {first / QUERIES:.0%}, among ten in {ten / QUERIES:.0%}; "
        f"save p50 {statistics.median(saves):.1f} ms"
    )


def kills(count: int) -> None:
    """Prints what is left of what was acknowledged, after processes were killed at random."""
    rng = random.Random(3)
    said: list[tuple[str, str, str]] = []
    with tempfile.TemporaryDirectory() as folder:
        store = f"sqlite://{folder}"
        for n in range(count // 2):
            workers = {
                name: subprocess.Popen(
                    [sys.executable, "-c", WORKER, store, name], stdout=subprocess.PIPE, text=True
                )
                for name in (f"a{n}", f"b{n}")
            }
            began = {name: w.stdout.readline() for name, w in workers.items() if w.stdout}
            time.sleep(rng.random() / 2)
            for name, worker in workers.items():
                worker.send_signal(signal.SIGKILL)
                for line in [began[name], *worker.communicate()[0].splitlines(keepends=True)]:
                    if line.endswith("\n"):
                        id, number = line.split()
                        said.append((name, id, number))
        memory = Memory("kills", store=store)
        facts = {f.id: f for f in memory.list(Which(ended=True), limit=10**9)}
        lost = sum(
            id not in facts or facts[id].text != f"{name} says {number}"
            for name, id, number in said
        )
        dangling = sum(
            bool(f.superseded_by) and f.superseded_by not in facts for f in facts.values()
        )
        memory.close()
    print(
        f"{count} processes killed, two at a time: {len(said):,} saves acknowledged, {lost} lost, "
        f"{dangling} references to nothing"
    )


def main() -> None:
    """Runs what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sessions", type=Path, nargs="?")
    parser.add_argument("--kills", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.kills:
        kills(arguments.kills)
        return
    facts = recorded(arguments.sessions) if arguments.sessions else generated()
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        memory = Memory("benchmark", store=f"sqlite://{folder}")
        search("SQLite", memory, facts)
        memory.close()
        try:
            memory = Memory("benchmark", store=stack.enter_context(postgres_server()).url)
        except Missing as error:
            print(f"PostgreSQL: {error}")
            return
        search("PostgreSQL", memory, facts)
        memory.close()


if __name__ == "__main__":
    main()
