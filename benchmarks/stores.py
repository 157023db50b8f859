"""What a turn asks of its store, in milliseconds: a file, Redis and PostgreSQL on this machine.

python benchmarks/stores.py
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from headroom.ccr.keys import digest_of, key_of
from headroom.ccr.open import open_store
from headroom.protocols import Store
from headroom.types import Entry
from headroom_testing.servers import Missing, postgres_server, redis_server

TURNS = 300
LONG = 200
"""Messages of a session that another machine goes on with."""


def stores(stack: ExitStack) -> Iterator[tuple[str, Store]]:
    """Yields the stores that this machine has servers for."""
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    yield "SQLite", open_store(f"sqlite://{Path(folder)}/s.db")
    for name, server in (("Redis", redis_server()), ("PostgreSQL", postgres_server())):
        try:
            yield name, open_store(stack.enter_context(server).url)
        except Missing as error:
            print(f"{name}: {error}")


def calls(store: Store, turn: int) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yields what one turn with a new text of 10 KB asks for."""
    text = "".join(f"{turn} line {n} of an output\n" for n in range(400))
    entry = Entry(key_of(text), text, f"short {turn}", "logs", 3000, 300, "bash")
    key = digest_of(str(turn))
    yield "sent", lambda: store.sent([text])
    yield "recall", lambda: store.recall([key])
    yield "put", lambda: store.put([entry])
    yield "record", lambda: store.record([(key, text[:300].encode())])
    yield "get", lambda: store.get(entry.ref)


def main() -> None:
    """Prints the median of each call, and of a whole turn."""
    with ExitStack() as stack:
        for name, store in stores(stack):
            taken: dict[str, list[float]] = {}
            for turn in range(TURNS):
                whole = 0.0
                for call, ask in calls(store, turn):
                    started = time.perf_counter()
                    ask()
                    spent = 1000 * (time.perf_counter() - started)
                    taken.setdefault(call, []).append(spent)
                    whole += spent if call != "get" else 0.0
                taken.setdefault("turn", []).append(whole)
            keys = [digest_of(str(turn)) for turn in range(LONG)]
            for _ in range(20):
                started = time.perf_counter()
                assert len(store.recall(keys)) == LONG
                spent = 1000 * (time.perf_counter() - started)
                taken.setdefault(f"recall of {LONG}", []).append(spent)
            medians = (f"{call} {statistics.median(t):.2f}" for call, t in taken.items())
            print(f"{name:10} ms: {', '.join(medians)}")
            if close := getattr(store, "close", None):
                close()


if __name__ == "__main__":
    main()
