"""Prints the README's table: tokens before and after, by kind of tool output, and for a session.

python benchmarks/savings.py [--markdown]
"""

from __future__ import annotations

import argparse
import datetime
import time

from workloads import OUTPUTS, coding_session, conversation

from headroom import Headroom, Result

MODEL = "gpt-4o"


def measure(messages: list[dict[str, object]]) -> tuple[Result, float, bool]:
    """Returns the result, the milliseconds of a first compression, and whether restore is exact."""
    headroom = Headroom(store="memory:")
    started = time.perf_counter()
    result = headroom.compress(messages, model=MODEL)
    spent = 1000 * (time.perf_counter() - started)
    return result, spent, headroom.restore(result) == messages


def main() -> None:
    """Prints one row per output and one for the session."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--markdown", action="store_true")
    markdown = parser.parse_args().markdown
    measure(conversation("warm up\n" * 500))
    rows = [(name, *measure(conversation(make()))) for name, make in OUTPUTS.items()]
    rows.append(("coding session (14 messages)", *measure(coding_session())))
    bar = "| " if markdown else ""
    print(
        f"{bar}{'what the model reads':30} {bar}{'tokens':>8} {bar}{'after':>8} {bar}{'saved':>6} "
        f"{bar}{'ms':>6} {bar}{'restored':>8}{' |' if markdown else ''}"
    )
    if markdown:
        print("|---|--:|--:|--:|--:|--:|")
    for name, result, spent, exact in rows:
        print(
            f"{bar}{name:30} {bar}{result.tokens_before:8} {bar}{result.tokens_after:8} "
            f"{bar}{100 * result.savings:5.1f}% {bar}{spent:6.1f} {bar}{'exact' if exact else 'NO':>8}"
            f"{' |' if markdown else ''}"
        )
    receipt = rows[0][1].receipt
    kind = "exact" if receipt.exact else "estimated"
    print(f"\n{receipt.tokenizer} ({kind}), generic question, {datetime.date.today()}")


if __name__ == "__main__":
    main()
