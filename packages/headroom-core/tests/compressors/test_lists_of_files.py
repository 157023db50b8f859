"""Search results, listings and diffs: what is said once can be read back."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from headroom.compressors._commits import unfold_commits
from headroom.compressors.diffs import Diffs, fold, unfold_headers
from headroom.compressors.listings import Listings, decode, encode, squeezed
from headroom.compressors.markup import Markup
from headroom.compressors.search_results import SearchResults, group, ungroup
from headroom.compressors.tables import Tables
from headroom.kernels.reference.fold import unfold_repeats
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
        [
            b"./src/a.py\n",
            b"./src/b.py\n",
            b"./src/\n",
            b"./b/c/d\n",
            b"12 src/a.py\n",
            b"44 src/b.py\n",
        ]
    )
)
SEEN = st.lists(
    st.sampled_from(
        [
            b"diff --git a/x.c b/x.c\n",
            b"index 1a2b..3c4d 100644\n",
            b"--- a/x.c\n",
            b"+++ b/x.c\n",
            b"+++ b/y.c\n",
            b"diff --git a/x.c b/y.c\n",
            b"+    the same bytes of source again, enough of them %s\n" % (b"." * 99),
            b"commit 1f51fe4c0b1f51fe4c0b\n",
            b"commit 1f51fe4c0b1f51fe4c0b (HEAD -> main)\n",
            b"Merge: 1a2b 3c4d\n",
            b"Author: Ana Ruiz <ana@example.org>\n",
            b"Author: Ana Ruiz <ana@example.net>\n",
            b"Date:   Mon Nov 9 10:00:01 2026 +0100\n",
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
    folders = any(line.endswith(b"/\n") for line in lines)
    assert decode(encode(lines), folders=folders) == lines


@given(lines=SEEN)
@example(
    [
        b"commit 1f51fe4c0b1f51fe4c0b (HEAD -> main)\n", b"Merge: 1a2b 3c4d\n",
        b"Author: Ana Ruiz <ana@example.org>\n", b"Date:   Mon Nov 9 10:00:01 2026 +0100\n",
    ]
)  # fmt: skip
def test_headers_can_be_read_back(lines: list[bytes]) -> None:
    assert unfold_headers(unfold_commits(unfold_repeats(fold(lines)))) == lines


def test_other_formats_are_not_taken_for_search_results() -> None:
    for text in (
        b"src/a.c:12:5: error: expected ';'\n" * 9,
        b"12:30:45 INFO ready\n" * 9,
        b"2026-11-21T08:00:01.919Z INFO orders: GET /api/orders/31\n" * 9,
        b"name: value\nother: 12:30\n" * 9,
        b"https://example.org:80: up\n" * 9,
    ):
        assert SearchResults().priority(part(text)) < 0


def test_a_list_of_changed_files_is_no_table() -> None:
    text = b"".join(b"%s\tsrc/part_%d.py\n" % (b"D" if n == 41 else b"M", n) for n in range(90))
    assert Diffs().priority(part(text)) > Tables().priority(part(text)) > 0


def test_hits_below_a_gap_stand_under_the_file_that_they_are_in() -> None:
    files = ["src/cart.py", "src/tax.py", "src/stock.py"]
    hits = [f"{name}:{n}:value_{n} = price\n" for name in files for n in range(1, 200)]
    text = b"".join(line.encode() for line in hits)
    result = SearchResults().compress(part(text), context())
    assert result is not None
    assert result.omissions
    heading = ""
    for line in result.data.decode().splitlines(keepends=True):
        if line[:-1] in files:
            heading = line[:-1]
        else:
            assert line in hits or f"{heading}:{line}" in hits
    assert all(result.data.decode().count(f"{name}\n") <= 2 for name in files)


def test_a_hit_that_is_asked_for_keeps_its_path() -> None:
    lines = [b"src/orders/cart.py:%d:total_%d = price\n" % (n, n) for n in range(30)]
    result = SearchResults().compress(
        part(b"".join(lines)), context('Where is "total_17 = price"?')
    )
    assert result is not None
    assert lines[17] in result.data
    assert lines[3] not in result.data


def test_a_long_log_keeps_its_ends_and_what_is_asked_for() -> None:
    text = b"".join(
        b"commit %040d\nAuthor: Ana Ruiz <ana@example.org>\nDate:   Mon Nov 9 10:00:01 2026 +0100\n\n"
        b"    change of part %d\n\n" % (n, n)
        for n in range(400)
    )
    result = Diffs().compress(part(text), context('When was "change of part 217"?'))
    assert result is not None
    assert len(result.data) < len(text) / 3
    for n in (0, 217, 399):
        assert b"commit %040d | Mon Nov 9" % n in result.data
        assert b"    change of part %d\n" % n in result.data


def test_of_a_long_new_file_what_it_defines_stays() -> None:
    body = b"".join(b"+def part_%d(x):\n" % n + b"+    x += 1\n" * 30 for n in range(20))
    text = b"diff --git a/x.py b/x.py\n--- /dev/null\n+++ b/x.py\n@@ -0,0 +1,620 @@\n" + body
    result = Diffs().compress(part(text), context())
    assert result is not None
    assert len(result.data) < len(text) / 3
    assert all(b"+def part_%d(x):\n" % n in result.data for n in range(20))


def test_of_a_lock_file_little_stays() -> None:
    lock = b"@@ -1,40 +1,40 @@\n" + b"".join(
        b"+  name %d\n+  version %d\n" % (n, n) for n in range(40)
    )
    code = b"@@ -1,40 +1,40 @@\n" + b"".join(b"+  name(%d)\n" % n for n in range(40))
    text = b"diff --git a/%s b/%s\n--- a/%s\n+++ b/%s\n"
    parts = [text % ((name,) * 4) for name in (b"web/yarn.lock", b"web/app.js")]
    result = Diffs().compress(part(parts[0] + lock + parts[1] + code), context())
    assert result is not None
    assert code in result.data
    assert b"version 20\n" not in result.data


def test_few_changes_all_stay() -> None:
    hunk = b"@@ -1,9 +1,9 @@\n" + b"".join(b" same %d of the old text\n" % n for n in range(20))
    text = b"diff --git a/x b/x\n" + (hunk + b"-old\n+new\n") * 9
    result = Diffs().compress(part(text), context())
    assert result is not None
    assert result.omissions
    assert result.data.count(b"-old\n+new\n") == 9


@pytest.mark.parametrize(
    ("compressor", "line"),
    [
        (SearchResults(), b"src/cart.py:%d:total_%d = 1\n"),
        (Diffs(), b"M  src/m%d/part_%d.py\n"),
        (Markup(), b'<finding line="%d">unused value v%d</finding>\n'),
    ],
)
def test_what_a_tool_says_about_itself_stays(compressor: Compressor, line: bytes) -> None:
    error = b"fatal: cannot read the folder private\n"
    lines = [line % (n, n) for n in range(400)]
    result = compressor.compress(part(b"".join([*lines[:200], error, *lines[200:]])), context())
    assert result is not None
    assert result.omissions
    assert error in result.data


def test_spans_of_coloured_hits_are_those_of_the_original() -> None:
    lines = [b"\x1b[35msrc/a.py\x1b[m:%d:total = 1\n" % n for n in range(400)]
    data = b"".join(lines)
    result = SearchResults().compress(part(data), context())
    assert result is not None
    (gone, *_) = result.omissions
    assert data[gone.span.start : gone.span.end] == b"".join(lines[gone.first - 1 : gone.last])


def test_every_file_stays_where_hits_stand_below_it() -> None:
    lines = [
        b"src/part%d.py\n%d:total = 0\n%d-tax = 7\n\n" % (n // 30, n, n + 1)
        if n % 30 == 0
        else b"%d:    total += price_of(item, %d)\n" % (20 * n, n)
        for n in range(600)
    ]
    result = SearchResults().compress(part(b"".join(lines)), context())
    assert result is not None
    assert result.omissions
    assert all(b"src/part%d.py\n" % n in result.data for n in range(20))


@pytest.mark.parametrize(
    "stamp", ["2026-11-21T01:{:02}:{:02}Z", "{:02}:{:02}:59", "2026-11-21 {:02}:{:02}"]
)
@pytest.mark.parametrize("head", ["", "opened /srv/data/0/part.bin\n"])
def test_a_log_whose_lines_end_with_files_is_no_search(stamp: str, head: str) -> None:
    lines = (
        f"{stamp.format(n // 60, n % 60)} INFO read path=/srv/{n}/part.bin" for n in range(400)
    )
    log = head + "\n".join(lines)
    assert SearchResults().priority(Segment(log.encode(), Detection("text", 0.0))) < 0


NAMES = st.lists(
    st.sampled_from([b"a.py\n", b"b.py\n", b"src/c.py\n", b"src/d.py\n", b"./src:\n", b"\n", b"e"]),
    max_size=60,
)


@given(lines=NAMES)
def test_names_side_by_side_can_be_read_back(lines: list[bytes]) -> None:
    assert decode(encode(lines)) == lines


def test_who_lists_files_sees_all_their_names() -> None:
    paths = [f"src/part_{n % 9}/module_{n}.py" for n in range(300)]
    result = Listings().compress(part("\n".join(sorted(paths)).encode()), context())
    assert result is not None
    assert result.omissions == ()
    assert all(path.rpartition("/")[2].encode() in result.data for path in paths)
    assert len(result.data) < len("\n".join(paths)) * 2 / 3


def test_of_very_many_files_every_folder_shows_some() -> None:
    paths = sorted(f"src/part_{n % 90}/module_{n}.py" for n in range(9000))
    result = Listings().compress(part("\n".join(paths).encode()), context("Where is module_4711?"))
    assert result is not None
    assert len(result.data) < 20_000
    assert all(b"src/part_%d/\n" % n in result.data for n in range(90))
    assert b"src/part_31/module_4711.py\n" in result.data


def test_what_is_said_of_every_file_once_is_no_search() -> None:
    lines = b"".join(b"/usr/bin/tool-%d.sh: POSIX shell script\n" % n for n in range(60))
    assert SearchResults().priority(part(lines)) < 0
