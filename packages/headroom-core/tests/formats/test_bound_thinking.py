"""Thinking that a provider checks against what precedes it is recognised in every wire format."""

from __future__ import annotations

import pytest

from headroom.formats import read
from headroom.types import JSON

USER = {"role": "user", "content": "Why?"}


def anthropic(part: JSON) -> list[JSON]:
    text = {"type": "text", "text": "So."}
    result = {"type": "tool_result", "tool_use_id": "1", "content": "x"}
    return [
        USER,
        {"role": "assistant", "content": [part, text]},
        {"role": "user", "content": [result]},
    ]


def chat(**fields: JSON) -> list[JSON]:
    return [
        {"role": "developer", "content": "x"},
        USER,
        {"role": "assistant", "content": "So.", **fields},
    ]


def responses(item: JSON) -> list[JSON]:
    return [{"type": "message", **USER}, item]


def gemini(part: JSON) -> list[JSON]:
    return [{"role": "user", "parts": [{"text": "Why?"}]}, {"role": "model", "parts": [part]}]


SIGNED = {"type": "thinking", "thinking": "Hm.", "signature": "EqQB"}
SEALED = {"type": "reasoning.encrypted", "data": "gAAA"}


@pytest.mark.parametrize(
    ("messages", "bound"),
    [
        (anthropic(SIGNED), True),
        (anthropic({"type": "redacted_thinking", "data": "EqQB"}), True),
        (anthropic({"type": "thinking", "thinking": "Hm.", "signature": ""}), False),
        (chat(thinking_blocks=[SIGNED]), True),
        (chat(reasoning_details=[SEALED]), True),
        (chat(reasoning_content="Hm.", thinking_blocks=None), False),
        (chat(reasoning_details=[{"type": "reasoning.text", "text": "Hm."}]), False),
        (responses({"type": "reasoning", "summary": [], "encrypted_content": "gAAA"}), True),
        (responses({"type": "reasoning", "summary": [], "id": "rs_1"}), False),
        (gemini({"functionCall": {"name": "ls"}, "thoughtSignature": "EqQB"}), True),
        (gemini({"text": "So."}), False),
    ],
)
def test_signed_and_encrypted_thinking_is_bound(messages: list[JSON], bound: bool) -> None:
    assert any(message.bound for message in read(messages).messages) == bound
