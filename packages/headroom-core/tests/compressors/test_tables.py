"""Tables: padding and constant columns go, rows that stand out stay, cells keep their spelling."""

from __future__ import annotations

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from headroom import Headroom, Policy
from headroom.compressors._grid import Grid, aligned, delimited
from headroom.compressors.tables import decode_rows, encode_rows, separator_of

PODS = "NAME              READY   STATUS             RESTARTS   AGE\n" + "".join(
    f"web-{n:<12} 1/1     {'CrashLoopBackOff' if n == 333 else 'Running':<18} {'41' if n == 333 else '0':<10} {n % 9}d\n"
    for n in range(400)
)
CSV = "day,station,quality,celsius\n" + "".join(
    f"2026-01-{n % 28 + 1:02},ST{n % 7},ok,{99.5 if n == 250 else n % 13}\n" for n in range(400)
)


def read(text: str, question: str = "What matters here?", policy: Policy | None = None) -> str:
    messages = [
        {"role": "user", "content": question},
        {"role": "tool", "tool_call_id": "1", "content": text},
    ]
    headroom = Headroom(policy=policy)
    result = headroom.compress(messages)
    assert headroom.restore(result) == messages
    return str(result[-1]["content"])


def test_a_failing_pod_stays_among_four_hundred() -> None:
    text = read(PODS)
    assert text.startswith(
        "[columns with = are the same in every row]\nNAME READY=1/1 STATUS RESTARTS AGE\n"
    )
    assert "web-333 CrashLoopBackOff 41 0d\n" in text
    assert len(text) < len(PODS) / 5


def test_an_outlier_stays_and_so_does_what_is_asked_for() -> None:
    assert "2026-01-27,ST5,99.5\n" in read(CSV)
    assert "web-217 Running 0 1d\n" in read(PODS, "How old is web-217?")


def test_without_omission_every_cell_is_there() -> None:
    text = read(CSV, policy=Policy.lossless())
    grid = delimited(CSV.encode(), b",")
    assert grid is not None
    assert decode_rows(text.encode(), b",") == [grid.row(n) for n in range(401)]


def test_prose_and_code_are_no_tables() -> None:
    prose = (
        "It was the best of times, it was the worst of times, it was the age of wisdom, and more.\n"
        * 40
    )
    code = "def f(a, b, c):\n    return a, b, c\n\n" * 60
    assert read(prose, policy=Policy.lossless()).count("best of times") in (1, 40)
    assert "return a, b, c" in read(code)


CELL = st.text("abcXYZ019.:/-", min_size=1, max_size=8)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(CELL, CELL, CELL, st.just("same")), min_size=5, max_size=12))
def test_aligned_rows_decode_to_their_cells(rows: list[tuple[str, ...]]) -> None:
    head = ("NAME", "SIZE", "KIND", "STATE")
    text = "".join(
        "  ".join(cell.ljust(10) for cell in row).rstrip() + "\n" for row in [head, *rows]
    )
    grid = aligned(text.encode())
    assert grid is not None
    assert roundtrip(grid, separator_of(grid)) == [
        [c.encode() for c in row] for row in [head, *rows]
    ]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(CELL, st.sampled_from(["", "x"]), st.sampled_from(['"a,b"', '"c""d"'])),
        min_size=5,
        max_size=12,
    )
)
def test_separated_rows_decode_to_their_cells(rows: list[tuple[str, ...]]) -> None:
    assume(len({row[2] for row in rows}) > 1 or '","' not in rows[0][2])
    text = "".join(",".join(row) + "\n" for row in [("k", "v", "q"), *rows])
    grid = delimited(text.encode(), b",")
    assert grid is not None
    assert [grid.row(n) for n in range(1, len(rows) + 1)] == [
        [c.encode() for c in row] for row in rows
    ]


def roundtrip(grid: Grid, separator: bytes) -> list[list[bytes]]:
    items = encode_rows(grid, separator, bytearray(b"\1") * len(grid.units))
    return decode_rows(b"".join(item for item in items if item), separator)
