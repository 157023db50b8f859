"""Whole outputs: what a model reads in place of each `fixtures/<compressor>/<case>/input`.

After a wanted change: `python packages/headroom-core/tests/compressors/test_golden.py` writes them.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from headroom.ccr.memory import MemoryStore
from headroom.engine import Headroom

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
CASES = sorted(file.parent for file in FIXTURES.glob("*/*/input"))


def compressed(case: Path) -> tuple[str, str]:
    """Returns the outcome and the text for a case, with its `question` or a general one."""
    question = case / "question"
    messages = [
        {"role": "user", "content": question.read_text() if question.exists() else "What is this?"},
        {"role": "tool", "tool_call_id": "1", "content": (case / "input").read_bytes().decode()},
    ]
    result = Headroom(store=MemoryStore()).compress(messages)
    return result.receipt.decisions[-1].outcome, result[-1]["content"]


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.parent.name}-{c.name}")
def test_output(case: Path) -> None:
    outcome, text = compressed(case)
    assert case.parent.name in outcome
    assert text == (case / "output").read_bytes().decode()


if __name__ == "__main__":
    for folder in CASES:
        (folder / "output").write_bytes(compressed(folder)[1].encode())
