"""Writes docs/gallery: what a model reads in place of each golden test's input.

python benchmarks/gallery.py
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from headroom import Headroom, Result

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "packages/headroom-core/tests/fixtures"
GALLERY = ROOT / "docs/gallery"
BEFORE, AFTER, WIDTH = 12, 60, 160
"""Lines shown of each text, and bytes of a line."""


def read(case: Path) -> tuple[str, str, Result]:
    """Returns the question, the original and what became of it."""
    asked = case / "question"
    question = asked.read_text("utf-8") if asked.exists() else "What is this?"
    text = (case / "input").read_bytes().decode()
    messages = [
        {"role": "user", "content": question},
        {"role": "tool", "tool_call_id": "1", "content": text},
    ]
    headroom = Headroom(store="memory:")
    result = headroom.compress(messages)
    assert headroom.restore(result) == messages
    return question, text, result


def shown(text: str, most: int) -> str:
    """Returns the first lines of a text in a fence."""
    lines = text.splitlines()
    cut = [line if len(line) <= WIDTH else line[:WIDTH] + " …" for line in lines[:most]]
    more = [f"… {len(lines) - most} more lines"] if len(lines) > most else []
    return "\n".join(["````text", *cut, *more, "````"])


def section(case: Path) -> str:
    """Returns a case as Markdown: question, receipt, before and after."""
    question, text, result = read(case)
    done = result.receipt.decisions[-1]
    saved = 1 - done.tokens_after / done.tokens_before
    receipt = (
        f"{done.outcome}: {done.tokens_before} → {done.tokens_after} tokens, {saved:.0%} saved"
    )
    parts = [
        f"## {case.name}",
        f"Asked: {question} Receipt: `{receipt}`, restored byte for byte.",
        "Before:",
        shown(text, BEFORE),
        "After:",
        shown(str(result[-1]["content"]), AFTER),
    ]
    return "\n\n".join(parts) + "\n"


def main() -> None:
    """Writes a page for each compressor and an index."""
    GALLERY.mkdir(exist_ok=True)
    cases = sorted(file.parent for file in FIXTURES.glob("*/*/input"))
    names = []
    for name, group in groupby(cases, key=lambda case: case.parent.name):
        pages = "\n".join(section(case) for case in group)
        (GALLERY / f"{name}.md").write_text(f"# {name}\n\n{pages}", "utf-8")
        names.append(name)
    index = "\n".join(f"- [{name}]({name}.md)" for name in names)
    head = "# Gallery\n\nWhat a model reads, by compressor. Written by `benchmarks/gallery.py` (o200k_base)."
    (GALLERY / "README.md").write_text(f"{head}\n\n{index}\n", "utf-8")


if __name__ == "__main__":
    main()
