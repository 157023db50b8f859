"""Several processes write at once, and are killed: what was acknowledged is there."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from headroom_memory import Memory, SharedContext, Which

WORKER = """
import sys
from headroom_memory import Memory, SharedContext
store, name = sys.argv[1:]
memory, shared = Memory("p", store=store), SharedContext(store, project="p")
last = ""
for n in range(100_000):
    fact = memory.save(f"{name} says {n}", agent=name, replaces=last if n % 3 else "")
    last = fact.id
    memory.save("all say this", agent=name)
    shared.put(f"{name} {n}", f"value {n} " * 99, agent=name)
    print(fact.id, n, flush=True)
"""


def test_nothing_acknowledged_is_lost_to_kill_9(tmp_path: Path) -> None:
    rng = random.Random(7)
    store = f"sqlite://{tmp_path}"
    said: list[tuple[str, str, str]] = []
    for n in range(2):
        workers = {
            name: subprocess.Popen(
                [sys.executable, "-c", WORKER, store, name], stdout=subprocess.PIPE, text=True
            )
            for name in (f"a{n}", f"b{n}")
        }
        lines = {
            name: [worker.stdout.readline()] for name, worker in workers.items() if worker.stdout
        }
        time.sleep(rng.random() / 10)
        for name, worker in workers.items():
            worker.send_signal(signal.SIGKILL)
            lines[name] += worker.communicate()[0].splitlines(keepends=True)
        for name in lines:
            for line in lines[name]:
                if line.endswith("\n"):
                    id, count = line.split()
                    said.append((name, id, count))
    memory, shared = Memory("p", store=store), SharedContext(store, project="p")
    facts = {fact.id: fact for fact in memory.list(Which(ended=True), limit=10**6)}
    assert len(said) >= 4
    for name, id, count in said:
        assert facts[id].text == f"{name} says {count}"
        assert shared.get(f"{name} {count}") == f"value {count} " * 99
        assert facts[id].holds or facts[id].superseded_by in facts
    (common,) = [fact for fact in facts.values() if fact.text == "all say this"]
    assert {source.agent for source in common.sources} >= {name for name, _, _ in said}
    assert memory.search("all say this", limit=1)[0].fact.id == common.id
    memory.close()
    shared.close()
