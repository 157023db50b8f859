"""Search results, listings and diffs: what is said once can be read back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.compressors.diffs import Diffs, fold_headers, unfold_headers
from headroom.compressors.listings import Listings, decode, encode, squeezed
from headroom.compressors.search_results import SearchResults, group, ungroup
from headroom.protocols import Compressor, Context
from headroom.tokenizers import for_model
from headroom.types import Detection, Intent, Segment

HITS = st.lists(
    st.sampled_from(
        [b"src/a.py:12:x = 1\n", b"src/a.py-13-y\n", b"src/b.py:7:\n", b"--\n", b"src/c.py:z = 2\n",
         b"C:\\work\\a.c:3:int x;\n", b"grep: b.pyc: binary file matches\n"]
    )
)  # fmt: skip
ENTRIES = st.lists(
    st.sampled_from(
        [b"-rw-r--r--  1 root root   806 Oct 24  2024 a  b.txt\n", b"total 8\n", b"\n", b"src:\n",
         b"drwxr-xr-x 11 root root  4096 Nov  1 23:50 ..\n", b"-rw-r--r--. 1 ada staff 12 2026-03-01 10:00 x\n"]
    )
)  # fmt: skip
PATHS = st.lists(
    st.sampled_from(
        [b"./src/a.py\n", b"./src/b.py\n", b"./b/c/d\n", b"12 src/a.py\n", b"44 src/b.py\n"]
    )
)
SEEN = st.lists(
    st.sampled_from(
        [
            b"diff --git a/x.c b/x.c\n",
            b"index 1a2b..3c4d 100644\n",
            b"--- a/x.c\n",
            b"+++ b/x.c\n",
            b"+y\n",
        ]
    )
)


def part(data: bytes) -> Segment:
    return Segment(data, Detection("text", 0.0))


def context(request: str = "", *, omit: bool = True) -> Context:
    return Context(Intent(request), for_model("gpt-4o"), omit)


@given(lines=HITS)
def test_hits_say_where_they_are(lines: list[bytes]) -> None:
    assert ungroup(group(lines)) == lines


@given(lines=ENTRIES)
def test_columns_can_be_read_back(lines: list[bytes]) -> None:
    assert decode(encode(lines)) == [squeezed(line) for line in lines]


@given(lines=PATHS)
def test_paths_can_be_read_back(lines: list[bytes]) -> None:
    assert decode(encode(lines)) == lines


@given(lines=SEEN)
def test_headers_can_be_read_back(lines: list[bytes]) -> None:
    assert unfold_headers(fold_headers(lines)) == lines


@pytest.mark.parametrize("compressor", [SearchResults(), Listings(), Diffs()], ids=lambda c: c.name)
@given(data=st.binary())
def test_odd_content_never_raises(compressor: Compressor, data: bytes) -> None:
    assert compressor.priority(part(data)) <= 1
    compressor.compress(part(data), context())


def test_other_formats_are_not_taken_for_search_results() -> None:
    for text in (
        b"src/a.c:12:5: error: expected ';'\n" * 9,
        b"12:30:45 INFO ready\n" * 9,
        b"2026-11-21T08:00:01.919Z INFO orders: GET /api/orders/31\n" * 9,
        b"name: value\nother: 12:30\n" * 9,
        b"https://example.org:80: up\n" * 9,
    ):
        assert SearchResults().priority(part(text)) < 0


def test_a_hit_that_is_asked_for_keeps_its_path() -> None:
    lines = [b"src/orders/cart.py:%d:total_%d = price\n" % (n, n) for n in range(30)]
    result = SearchResults().compress(
        part(b"".join(lines)), context('Where is "total_17 = price"?')
    )
    assert result is not None
    assert lines[17] in result.data
    assert lines[3] not in result.data


def test_every_change_stays() -> None:
    hunk = b"@@ -1,9 +1,9 @@\n" + b"".join(b" same %d of the old text\n" % n for n in range(20))
    text = b"diff --git a/x b/x\n" + (hunk + b"-old\n+new\n") * 9
    result = Diffs().compress(part(text), context())
    assert result is not None
    assert result.omissions
    assert result.data.count(b"-old\n+new\n") == 9
