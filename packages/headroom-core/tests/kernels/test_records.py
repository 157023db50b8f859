"""The kernels `records` and `delimited` and their twins agree, on any table."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from headroom.kernels import column_stats, row_scores, split_delimited
from headroom.kernels.reference import delimited as splitter
from headroom.kernels.reference import records as twin

CELLS = st.sampled_from(
    [b"", b"1", b"7", b"-3.5", b"1,234", b"99999", b"12k", b"3.4%", b"$5", b'"7"', b"1.5MiB", b"inf",
     b"nan", b"1e9", b"0:02", b"ok", b"failed", b"v1.2", b"2026-11-21", b"\xff", b"-", b"1e", b"."]
)  # fmt: skip
FIELDS = st.sampled_from([b"a", b"", b'"b"', b'"c,d"', b'"e""f\n"', b'"', b"\r", b"12", b"\xff"])
TEXTS = st.lists(st.tuples(FIELDS, st.sampled_from([b",", b"\n", b"\r\n"]))).map(
    lambda pairs: b"".join(field + mark for field, mark in pairs)
)


def packed(rows: list[list[bytes]]) -> tuple[bytes, bytes]:
    spans: list[int] = []
    text = b""
    for cell in (cell for row in rows for cell in row):
        spans += (len(text), len(text) + len(cell))
        text += cell
    return text, b"".join(n.to_bytes(4, "little") for n in spans)


@given(st.lists(st.tuples(CELLS, CELLS), max_size=60), st.integers(1, 12))
def test_tables_agree(pairs: list[tuple[bytes, bytes]], times: int) -> None:
    rows = [list(pair) for pair in pairs for _ in range(times)]
    text, cells = packed(rows)
    scores = memoryview(row_scores(text, cells, 2)).cast("f").tolist()
    assert scores == twin.row_scores(rows, 2)
    stats = memoryview(column_stats(text, cells, 2)).cast("i").tolist()
    assert stats == [n for column in twin.column_stats(rows, 2) for n in column]


@given(st.binary() | TEXTS)
@example(b"\n")
def test_splitting_agrees(data: bytes) -> None:
    split = split_delimited(data, ",")
    if split is None:
        assert splitter.split_delimited(data, b",") is None
        return
    columns, _, cells = split
    flat = memoryview(cells).cast("i").tolist()
    found = [data[a:b] for a, b in zip(flat[::2], flat[1::2], strict=True)]
    rows = [found[n : n + columns] for n in range(0, len(found), columns or 1)]
    assert rows == splitter.split_delimited(data, b",")


def test_a_tall_column_of_names_is_not_one_of_few_values() -> None:
    rows = [[b"w%dx" % n] for n in range(40_000)]
    assert not any(memoryview(row_scores(*packed_quickly(rows), 1)).cast("f"))


def packed_quickly(rows: list[list[bytes]]) -> tuple[bytes, bytes]:
    text = b"\n".join(row[0] for row in rows) + b"\n"
    split = split_delimited(text, "\t")
    assert split is not None
    return text, split[2]


def test_spans_outside_the_text_are_refused() -> None:
    with pytest.raises(ValueError, match="outside"):
        row_scores(b"abc", b"\0\0\0\0\x09\0\0\0", 1)
