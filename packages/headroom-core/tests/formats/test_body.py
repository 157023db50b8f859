"""Requests as bytes that cannot be read, or need no edit, come back as they are."""

from __future__ import annotations

import pytest

from headroom import Headroom


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
