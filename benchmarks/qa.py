"""Prints, per set of questions: tokens saved, and the share of answers still in the context.

    python benchmarks/qa.py FOLDER [--least 1000] [--after] [--show 3]

A set is a file `*.jsonl` of {"context", "question", "answers"}. Counted are contexts above `--least`
tokens that hold an answer word for word. The question is the user's message before the context; with
`--after` it comes behind it, as `query=`. `--show` prints contexts that lost their answer.
"""

from __future__ import annotations

import argparse
import datetime
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from headroom import Headroom, Policy
from headroom.tokenizers import for_model

MODEL = "gpt-4o"


@dataclass
class Totals:
    """What became of one set."""

    items: int = 0
    before: int = 0
    after: int = 0
    answered: int = 0
    restored: int = 0


def items_of(file: Path, least: int) -> Iterator[tuple[str, str, list[str]]]:
    """Yields context, question and answers of the items that can be measured."""
    count = for_model(MODEL).count
    for line in file.read_text(encoding="utf-8").split("\n"):
        item = json.loads(line) if line.strip() else {}
        answers = [a for a in item.get("answers", []) if isinstance(a, str) and a]
        context = item.get("context", "")
        if any(a in context for a in answers) and count(context) > least:
            yield context, item["question"], answers


def conversation(context: str, question: str) -> list[dict[str, object]]:
    """Returns a request whose last message is a search result with the context."""
    call = {"name": "search", "arguments": "{}"}
    return [
        {"role": "user", "content": question},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "call_1", "type": "function", "function": call}],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": context},
    ]


def measure(file: Path, least: int, *, after: bool, show: int) -> Totals:
    """Returns the totals of one set."""
    totals = Totals()
    for context, question, answers in items_of(file, least):
        messages = conversation(context, "Answer my next question." if after else question)
        headroom = Headroom(policy=Policy(), store="memory:")
        result = headroom.compress(messages, model=MODEL, query=question if after else None)
        seen = str(result[-1]["content"])
        decision = result.receipt.decisions[-1]
        found = any(a in seen for a in answers)
        totals.items += 1
        totals.before += decision.tokens_before
        totals.after += decision.tokens_after
        totals.answered += found
        totals.restored += headroom.restore(result) == messages
        if not found and show > 0:
            show -= 1
            print(f"--- {file.stem}: {question} {answers}\n{seen}\n")
    return totals


def main() -> None:
    """Prints one row per set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--least", type=int, default=1000, metavar="TOKENS")
    parser.add_argument("--after", action="store_true", help="the question comes as query=")
    parser.add_argument("--sets", default="", help="names of sets, joined by commas")
    parser.add_argument("--show", type=int, default=0, metavar="ITEMS")
    options = parser.parse_args()
    print(
        f"{'set':24} {'items':>5} {'tokens':>9} {'after':>9} {'saved':>6} {'answers':>8} restored"
    )
    wanted = set(options.sets.split(",")) - {""}
    for file in sorted(options.folder.glob("*.jsonl")):
        if wanted and file.stem not in wanted:
            continue
        sums = measure(file, options.least, after=options.after, show=options.show)
        if sums.items:
            print(
                f"{file.stem:24} {sums.items:5} {sums.before:9} {sums.after:9} "
                f"{100 * (1 - sums.after / sums.before):5.1f}% {100 * sums.answered / sums.items:7.1f}% "
                f"{sums.restored}/{sums.items}"
            )
    tokenizer = for_model(MODEL)
    kind = "exact" if tokenizer.exact else "estimated"
    print(f"\n{tokenizer.name} ({kind}), {datetime.date.today()}")


if __name__ == "__main__":
    main()
