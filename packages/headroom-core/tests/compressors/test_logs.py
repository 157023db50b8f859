"""What logs and reports may lose, and what they may not touch."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.compressors.logs import Logs
from headroom.compressors.test_runs import TestRuns
from headroom.protocols import Compressor, Context
from headroom.tokenizers import for_model
from headroom.types import Detection, Intent, Segment

BOTH = pytest.mark.parametrize("compressor", [Logs(), TestRuns()], ids=lambda c: c.name)
LINES = st.sampled_from(
    [b"12:00:01 INFO worker 3 is idle\n", b"12:00:02 INFO worker 4 is idle\n", b"\n", b"\x1b[31m!\r\n",
     b"ERROR disk sda is full\n", b"ERROR lost node nine\n", b"tests/test_a.py .....F... [ 10%]\n",
     b"........................ [ 90%]\n", b">       assert total == 3\n", b"    x = 1\n", b"E   assert 2 == 3\n",
     b"_ _ _ _ _ _ _ _ _ _ _ _ _ _ _\n", b"src/long/path.c:12:3: warning: unused variable x\n",
     b"Traceback (most recent call last):\n", b'  File "/srv/app/main.py", line 12, in run\n', b"50%\r"]
)  # fmt: skip
TEXTS = st.lists(LINES, max_size=120).map(b"".join) | st.binary()


def part(data: bytes) -> Segment:
    return Segment(data, Detection("text", 0.0))


def context(*, omit: bool, request: str = "") -> Context:
    return Context(Intent(request), for_model("gpt-4o"), omit)


@BOTH
@given(data=TEXTS)
def test_every_distinct_error_stays(compressor: Compressor, data: bytes) -> None:
    result = compressor.compress(part(data), context(omit=True))
    for line in (b"ERROR disk sda is full", b"ERROR lost node nine", b"E   assert 2 == 3"):
        if result is not None and b"\n" + line + b"\n" in data:
            assert line in result.data


@BOTH
def test_source_code_is_not_touched(compressor: Compressor) -> None:
    body = b"".join(b"    total_%d = add(total_%d, price)\n" % (n, n - 1) for n in range(1, 90))
    code = b"def run(price):\n    total_0 = 0\n" + body + b"    return total_89\n"
    numbered = b"".join(b"%6d\t%s" % (n, x) for n, x in enumerate(code.splitlines(keepends=True)))
    for text in (code, numbered, numbered + b"   400\t# Traceback (most recent call last):\n"):
        claimed = compressor.priority(part(text)) > 0.1
        assert not claimed
        if compressor.name == "logs":
            assert compressor.compress(part(text), context(omit=True)) is None


def test_prose_is_not_touched() -> None:
    text = (
        b"The first thing to know is that it was late, and that nobody in the house slept.\n" * 90
    )
    assert Logs().compress(part(text), context(omit=True)) is None


@BOTH
def test_lines_that_are_asked_for_keep_their_text(compressor: Compressor) -> None:
    lines = [b"src/orders/cart.c:%d:3: warning: unused variable total\n" % n for n in range(300)]
    result = compressor.compress(part(b"".join(lines)), context(omit=True, request="see line 150"))
    assert result is not None
    assert lines[149] in result.data
    assert lines[200] not in result.data
