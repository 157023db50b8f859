"""Writes docs/gallery: what a model reads in place of what tools print.

python benchmarks/gallery.py

The outputs are those of the golden tests, of `gallery_outputs` and of `gallery_sources`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from gallery_outputs import OUTPUTS
from gallery_sources import SOURCES

from headroom import Headroom

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "packages/headroom-core/tests/fixtures"
GALLERY = ROOT / "docs/gallery"
BEFORE, WIDTH = 12, 160
"""Lines shown of an output, and characters of a line; what a model reads is shown in full."""


class Shown(NamedTuple):
    """An output with the question and the command that led to it."""

    name: str
    question: str
    command: str
    text: str


def outputs(kind: str) -> Iterator[Shown]:
    """Yields the outputs of a kind."""
    for file in sorted(FIXTURES.glob(f"{kind}/*/input")):
        asked = file.parent / "question"
        question = asked.read_text("utf-8").strip() if asked.exists() else "What is this?"
        yield Shown(
            file.parent.name.replace("_", " "), question, "./run", file.read_bytes().decode()
        )
    for cases in (OUTPUTS, SOURCES):
        for name, (question, command, make) in cases.get(kind, {}).items():
            yield Shown(name, question, command, make())


def shown(text: str, most: int | None = None) -> str:
    """Returns a text in a fence; with `most` its first lines, cut."""
    lines = text.splitlines()
    more = [f"… {len(lines) - most} more lines"] if most and len(lines) > most else []
    if most:
        lines = [x if len(x) <= WIDTH else x[:WIDTH] + " …" for x in lines[:most]]
    return "\n".join(["````text", *lines, *more, "````"])


def section(case: Shown) -> str:
    """Returns a case as Markdown: question, command, receipt, before and after."""
    function = {"name": "bash", "arguments": json.dumps({"command": case.command})}
    call = {"id": "1", "type": "function", "function": function}
    messages = [
        {"role": "user", "content": case.question},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "content": case.text},
    ]
    headroom = Headroom(store="memory:")
    result = headroom.compress(messages)
    assert headroom.restore(result) == messages
    done = result.receipt.decisions[-1]
    saved = 1 - done.tokens_after / done.tokens_before
    receipt = (
        f"{done.outcome}: {done.tokens_before} → {done.tokens_after} tokens, {saved:.0%} saved"
    )
    parts = [
        f"## {case.name}",
        f"Asked: {case.question} Called: `{case.command}`. Receipt: `{receipt}`, restored byte for byte.",
        "Before:",
        shown(case.text, BEFORE),
    ]
    if done.edited:
        parts += ["After:", shown(str(result[-1]["content"]))]
    return "\n\n".join(parts) + "\n"


def main() -> None:
    """Writes a page for each compressor and an index."""
    GALLERY.mkdir(exist_ok=True)
    names = sorted(folder.name for folder in FIXTURES.iterdir())
    for name in names:
        pages = "\n".join(map(section, outputs(name)))
        (GALLERY / f"{name}.md").write_text(f"# {name}\n\n{pages}", "utf-8")
    index = "\n".join(f"- [{name}]({name}.md)" for name in names)
    head = "# Gallery\n\nWhat a model reads, by kind of output. Written by `benchmarks/gallery.py` (o200k_base)."
    (GALLERY / "README.md").write_text(f"{head}\n\n{index}\n", "utf-8")


if __name__ == "__main__":
    main()
