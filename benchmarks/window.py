"""Prints what fitting a window does to recorded sessions, replayed request by request.

    python benchmarks/window.py FOLDER [--budgets 100,70,50,30] [--least 8000] [--markdown]

A session is a file `*.json` with {"messages": […]}, a request all that precedes a message of the
assistant. A budget is a share of the tokens of all texts of a session; 100 is none at all. The
columns: sessions whose every request stays within the budget; those in which that can be done at all
(what may never be folded leaves room, no thinking is bound); epochs a session; tokens of the last request; the
cost of the whole session through the provider's prompt cache, against the same session as it came;
names that stood in a result first and that the assistant writes for the first time eight or more
messages later, and whether the request before it still showed them.
"""

from __future__ import annotations

import argparse
import datetime
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from headroom import Headroom, Policy
from headroom.formats import read
from headroom.pricing import Part, Request, session_cost
from headroom.tokenizers import for_model
from headroom.types import JSON

MODEL = "gpt-4o"
PRICED = ("claude-sonnet-4-6", "gpt-5.4")
LATE = 8
MARKER = 30
NAME = re.compile(r"\w*(?:_\w|\d[A-Za-z_]|[a-z][A-Z]|[A-Za-z]\d)\w*|\w+(?:[./]\w+)+")


@dataclass
class Totals:
    """What became of the sessions under one budget."""

    sessions: int = 0
    possible: int = 0
    fits: int = 0
    epochs: int = 0
    most: int = 0
    before: int = 0
    after: int = 0
    names: int = 0
    shown: int = 0
    restored: int = 0
    costs: dict[str, list[float]] = field(default_factory=lambda: defaultdict(lambda: [0.0, 0.0]))


@lru_cache(maxsize=100_000)
def part_of(message: str) -> Part:
    """Returns a message as a part of a request."""
    return Part(message, for_model(MODEL).count(message))


def request_of(messages: Sequence[JSON]) -> Request:
    """Returns the messages as a provider caches them."""
    return Request(tuple(part_of(json.dumps(m, ensure_ascii=False)) for m in messages))


def late_names(messages: Sequence[JSON]) -> Iterator[tuple[int, str]]:
    """Yields the names that the assistant takes late from a result, with the message that does."""
    first: dict[str, int] = {}
    for index, message in enumerate(read(messages).messages):
        for block in message.blocks:
            mine = block.kind not in ("tool_result", "user_text")
            for name in dict.fromkeys(NAME.findall(block.text)):
                if mine and index - first.get(name, index) >= LATE:
                    yield index, name
                first[name] = len(messages) if mine else first.get(name, index)


def replay(messages: list[JSON], budget: int | None, totals: Totals) -> list[Request]:
    """Sends a session turn by turn; returns its requests."""
    headroom = Headroom(policy=Policy(budget_tokens=budget), store="memory:")
    late: dict[int, list[str]] = defaultdict(list)
    for index, name in late_names(messages):
        late[index].append(name)
    requests: list[Request] = []
    fits, result = True, None
    for end in ends_of(messages):
        result = headroom.compress(messages[:end], model=MODEL)
        fits = fits and result.receipt.fits
        requests.append(request_of(list(result)))
        text = "\n".join(block.text for m in read(list(result)).messages for block in m.blocks)
        totals.names += len(late[end])
        totals.shown += sum(name in text for name in late[end])
    if result is not None:
        totals.sessions += 1
        totals.fits += fits
        totals.epochs += result.receipt.epochs
        totals.most = max(totals.most, result.receipt.epochs)
        totals.before += result.tokens_before
        totals.after += result.tokens_after
        totals.restored += headroom.restore(list(result)) == messages[: ends_of(messages)[-1]]
        totals.possible += fits or can_fit(messages[: ends_of(messages)[-1]], budget or 0)
    return requests


def ends_of(messages: Sequence[JSON]) -> list[int]:
    """Returns after how many messages each request was sent."""
    return [n for n, m in enumerate(messages) if n and m["role"] in ("assistant", "model")]


def can_fit(messages: Sequence[JSON], budget: int) -> bool:
    """Returns whether folding could do it: what stays, and a marker for each result, fits."""
    count = for_model(MODEL).count
    conversation = read(messages)
    task = next(iter(ends_of(messages)), len(messages))
    least = sum(
        min(count(block.text), MARKER)
        if block.kind == "tool_result" or (block.kind == "user_text" and index >= task)
        else count(block.text)
        for index, message in enumerate(conversation.messages)
        for block in message.blocks
    )
    return least <= budget and not any(message.bound for message in conversation.messages)


def sessions_in(folder: Path, least: int) -> Iterator[list[JSON]]:
    """Yields the sessions that are worth it."""
    count = for_model(MODEL).count
    for file in sorted(folder.glob("*.json")):
        messages: list[JSON] = json.loads(file.read_text(encoding="utf-8"))["messages"]
        texts = (block.text for m in read(messages).messages for block in m.blocks)
        if len(ends_of(messages)) > 1 and sum(map(count, texts)) >= least:
            yield messages


def main() -> None:
    """Prints one row a budget."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--budgets", default="100,70,50,30", help="per cent of each session")
    parser.add_argument("--least", type=int, default=8_000, metavar="TOKENS")
    parser.add_argument("--markdown", action="store_true")
    options = parser.parse_args()
    rows = {int(share): Totals() for share in options.budgets.split(",")}
    for messages in sessions_in(options.folder, options.least):
        raw = [request_of(messages[:end]) for end in ends_of(messages)]
        size = Headroom(policy=Policy(), store="memory:").compress(messages).tokens_before
        for share, totals in rows.items():
            sent = replay(messages, size * share // 100 if share < 100 else None, totals)
            for model in PRICED:
                for n, requests in enumerate((raw, sent)):
                    cost = session_cost(requests, model)
                    totals.costs[model][n] += cost.dollars if cost else 0.0
    show(rows, markdown=options.markdown)


def show(rows: dict[int, Totals], *, markdown: bool) -> None:
    """Prints the table."""
    heads = ["budget", "fits", "can fit", "epochs", "most", "last request", *PRICED, "late names"]
    table = [heads, *(cells_of(share, totals) for share, totals in rows.items())]
    for n, row in enumerate(table):
        line = " | ".join(f"{cell:>13}" for cell in row)
        print(f"| {line} |" if markdown else line)
        if markdown and not n:
            print("|" + "--:|" * len(row))
    tokenizer = for_model(MODEL)
    sums = next(iter(rows.values()))
    print(
        f"\n{sums.sessions} sessions, {sums.before} tokens, restored "
        f"{min(t.restored for t in rows.values())}, {tokenizer.name} "
        f"({'exact' if tokenizer.exact else 'estimated'}), {datetime.date.today()}"
    )


def cells_of(share: int, totals: Totals) -> list[str]:
    """Returns one row."""
    costs = (f"{100 * (ours / base - 1):+.1f} %" for base, ours in totals.costs.values())
    return [
        f"{share} %" if share < 100 else "none",
        f"{totals.fits}",
        f"{totals.possible}",
        f"{totals.epochs / totals.sessions:.1f}",
        f"{totals.most}",
        f"{100 * (totals.after / totals.before - 1):+.1f} %",
        *costs,
        f"{100 * totals.shown / max(totals.names, 1):.1f} %",
    ]


if __name__ == "__main__":
    main()
