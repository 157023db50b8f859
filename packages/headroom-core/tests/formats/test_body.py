"""Requests as bytes: only the edited texts change, and whatever is odd stays as odd as it was."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom import Headroom

LOG = "".join(f"2026-11-21 10:00:{n % 60:02} INFO tick {n} \u00e9 done\n" for n in range(300))


def spelled(value: object, rng: random.Random) -> str:
    """Returns JSON in one of its many spellings: escapes, white space, duplicate keys."""

    def space() -> str:
        return rng.choice(["", " ", "\n  ", "\t"])

    if isinstance(value, dict):
        members = [
            f"{space()}{spelled(k, rng)}{space()}:{space()}{spelled(v, rng)}"
            for k, v in value.items()
        ]
        if members and rng.random() < 0.2:
            members.insert(0, f'{space()}"role": "nobody"')
        return "{" + ",".join(members) + space() + "}"
    if isinstance(value, list):
        return "[" + ",".join(space() + spelled(v, rng) for v in value) + space() + "]"
    if isinstance(value, str):
        text = json.dumps(value, ensure_ascii=rng.random() < 0.5)
        return text.replace("a", "\\u0061") if rng.random() < 0.3 and "\\" not in text else text
    return (
        rng.choice(["1.0", "1", "9223372036854775808", "1e-7", "-0"])
        if value == 1
        else json.dumps(value)
    )


def request(wire: str) -> dict[str, object]:
    if wire == "openai":
        messages: list[object] = [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Why is it slow?"},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {
                        "id": "c1",
                        "type": "function",
                        "function": {"name": "logs", "arguments": '{"n": 3}'},
                    }
                ],
            },
            {"role": "tool", "tool_call_id": "c1", "content": LOG},
        ]
    else:
        messages = [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "Why?", "cache_control": {"type": "ephemeral"}}
                ],
            },
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "hm", "signature": "xYz="},
                    {"type": "tool_use", "id": "t1", "name": "logs", "input": {"n": 1}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {
                        "type": "tool_result",
                        "tool_use_id": "t1",
                        "content": [
                            {"type": "text", "text": LOG},
                            {"type": "image", "source": {"data": "AAAA"}},
                        ],
                    }
                ],
            },
        ]
    return {
        "model": "gpt-4o",
        "x_unknown": {"n": 1, "deep": [None, 1]},
        "messages": messages,
        "temperature": 1,
    }


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9), st.sampled_from(["openai", "anthropic"]))
def test_bytes_outside_the_edit_are_the_clients_own(seed: int, wire: str) -> None:
    rng = random.Random(seed)
    body = spelled(request(wire), rng).encode()
    headroom = Headroom(store="memory:")
    result = headroom.compress_body(body)
    assert len(result.body) < len(body) / 3
    edited = [d for d in result.receipt.decisions if d.edited]
    assert len(edited) == 1
    start = next(n for n, (a, b) in enumerate(zip(body, result.body, strict=False)) if a != b)
    end = next(n for n in range(1, len(body)) if body[-n] != result.body[-n]) - 1
    token = body[body.rindex(b'"', 0, start) if body[start : start + 1] != b'"' else start :]
    assert token  # one region differs
    assert (
        body[:start] + result.body[start : len(result.body) - end] + body[len(body) - end :]
        == result.body
    )
    assert b"tick" in body[start : len(body) - end]
    assert b"tool_use" not in body[start : len(body) - end]
    assert json.loads(headroom.restore_body(result.body)) == json.loads(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[1]",
        b'{"messages": 3}',
        b'{"messages": [3]}',
        b'{"messages": [{"role": "user"}]}x',
        b"[" * 100_000,
        b'{"messages": [{"role": "user", "content": 7}]}',
    ],
)
def test_what_cannot_be_read_comes_back_with_the_reason(body: bytes) -> None:
    result = Headroom(store="memory:").compress_body(body)
    assert result.body == body
    assert result.reason


def test_nothing_to_do_gives_the_same_bytes() -> None:
    body = b'\xef\xbb\xbf{ "messages" : [ {"role":"user","content":"h\\u0069"} ], "n": 1.0 }'
    result = Headroom(store="memory:").compress_body(body)
    assert (result.body, result.reason) == (body, "")
