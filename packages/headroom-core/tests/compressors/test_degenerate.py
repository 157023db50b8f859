"""Text that is one thing over and over takes no longer than other text.

With anything worse than linear time, these tests would run for minutes.
"""

from __future__ import annotations

import pytest

from headroom.compressors.diffs import Diffs
from headroom.compressors.logs import Logs
from headroom.compressors.search_results import SearchResults
from headroom.compressors.test_runs import TestRuns
from headroom.protocols import Compressor, Context
from headroom.tokenizers import for_model
from headroom.types import Detection, Intent, Segment

SIZE = 60_000
PIECES = [
    b"\n", b" ", b".", b"-1-", b"<", b"{", b"(", b"a/b:", b"../", b"FAILED ", b"x\r\ny\n", b"50%\r", b"+export ",
    b"a/b.c:1:2: ", b"Traceback (most recent call last):\n", b'  File "a/b.py", line 1, in c\n', b" x | 3\n",
]  # fmt: skip
HEADS = [b"", b"commit 1f51fe4\n", b"diff --git a/x b/x\n@@ -1 +1 @@\n", b"=== FAILURES ===\n> a\n"]
CONTEXT = Context(Intent('What is wrong in "a/b.c:1:2" near line 7?'), for_model("gpt-4o"))


@pytest.mark.parametrize(
    "compressor", [Diffs(), Logs(), SearchResults(), TestRuns()], ids=lambda c: c.name
)
@pytest.mark.parametrize("head", HEADS)
def test_one_thing_over_and_over(compressor: Compressor, head: bytes) -> None:
    for piece in PIECES:
        data = head + piece * (SIZE // len(piece))
        segment = Segment(data, Detection("text", 0.0))
        compressor.priority(segment)
        result = compressor.compress(segment, CONTEXT)
        assert result is None or len(result.data) <= len(data) + 200
