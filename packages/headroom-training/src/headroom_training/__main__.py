"""The command line: trains, measures, writes."""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from headroom_training.curve import (
    KEPT,
    Point,
    by_chance,
    by_new_words,
    by_relevance,
    by_rules,
    by_trees,
    curve,
)
from headroom_training.examples import Example, examples
from headroom_training.fit import TREES, fit
from headroom_training.sessions import sessions


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(prog="headroom_training", description=__doc__)
    parser.add_argument("sessions", nargs="+", type=Path, help="files and folders of sessions")
    parser.add_argument("--hold-out", action="append", default=[], help="a repository to test on")
    parser.add_argument("--out", type=Path, help="where to write the trees")
    parser.add_argument("--held-out", type=Path, help="where to write those that were measured")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args(arguments)
    found = [e for session in sessions(options.sessions) for e in examples(session)]
    print(_described(found))
    held = [e for e in found if e.repo in options.hold_out]
    metrics: dict[str, object] = {}
    if held:
        trees = fit([e for e in found if e.repo not in options.hold_out], options.seed)
        metrics = measured(held, trees, options.seed)
        if options.held_out:
            options.held_out.write_bytes(trees)
    if options.out:
        trees = fit(found, options.seed)
        options.out.write_bytes(trees)
        note = {
            "trees": TREES,
            "seed": options.seed,
            "sha256": hashlib.sha256(trees).hexdigest(),
            "texts": len(found),
            "lines": sum(len(e.labels) for e in found),
            "held out to measure": sorted(options.hold_out),
            "recall": metrics,
        }
        options.out.with_suffix(".json").write_text(json.dumps(note, indent=2) + "\n")


def measured(held: Sequence[Example], trees: bytes, seed: int) -> dict[str, object]:
    """Prints a table of all scorers, and returns it."""
    scorers = {
        "trees": by_trees(trees),
        "new words": by_new_words,
        "relevance (BM25)": by_relevance,
        "chance": by_chance(seed),
    }
    print("| kept, by size | " + " | ".join(f"{share:.0%}" for share in KEPT) + " |")
    print("|---|" + "---|" * len(KEPT))
    metrics: dict[str, object] = {}
    for name, score in scorers.items():
        points = curve(held, score)
        metrics[name] = {f"{p.kept:.0%}": round(p.used, 3) for p in points}
        print(_row(name, [p.used for p in points]))
        if name == "trees":
            print(_row("trees, quoted lines", [p.quoted for p in points]))
            print(_worths(points))
    rules = by_rules(held)
    metrics["rules"] = {f"{rules.kept:.0%}": round(rules.used, 3)}
    print(f"rules keep {rules.kept:.1%}: used {rules.used:.1%}, quoted {rules.quoted:.1%}")
    return metrics


def _row(name: str, shares: Sequence[float]) -> str:
    return f"| {name} | " + " | ".join(f"{share:.1%}" for share in shares) + " |"


def _worths(points: Sequence[Point]) -> str:
    return "| trees, worth | " + " | ".join(f"{p.worth:.5f}" for p in points) + " |"


def _described(found: Sequence[Example]) -> str:
    lines = sum(len(e.labels) for e in found)
    used = sum(label > 0 for e in found for label in e.labels)
    repos = ", ".join(f"{repo} {n}" for repo, n in Counter(e.repo for e in found).most_common())
    return f"{len(found)} texts, {lines} lines, {used / max(lines, 1):.1%} used later ({repos})"


if __name__ == "__main__":
    main()
