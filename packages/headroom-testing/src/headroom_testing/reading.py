"""What a model reads in place of a tool's output."""

from __future__ import annotations

from headroom import Headroom, Policy


def read(text: str, question: str = "What is this?", policy: Policy | None = None) -> str:
    """Returns what a model reads of a tool's output after a question; checks that it is restored."""
    messages = [
        {"role": "user", "content": question},
        {"role": "tool", "tool_call_id": "1", "content": text},
    ]
    headroom = Headroom(policy=policy)
    result = headroom.compress(messages)
    assert headroom.restore(result) == messages
    return str(result[-1]["content"])
