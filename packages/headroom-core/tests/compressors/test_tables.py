"""Tables: padding and constant columns go, rows that stand out stay, cells keep their spelling."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from headroom import Policy
from headroom.compressors._grid import Grid, aligned, delimited, delimiter_of
from headroom.compressors._ruled import ruled
from headroom.compressors.tables import decode_rows, encode_rows, separator_of
from headroom_testing import read

PODS = "NAME              READY   STATUS             RESTARTS   AGE\n" + "".join(
    f"web-{n:<12} 1/1     {'CrashLoopBackOff' if n == 333 else 'Running':<18} {'41' if n == 333 else '0':<10} {n % 9}d\n"
    for n in range(400)
)
CSV = "day,station,quality,celsius\n" + "".join(
    f"2026-01-{n % 28 + 1:02},ST{n % 7},ok,{99.5 if n == 250 else n % 13}\n" for n in range(400)
)


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


def test_a_row_that_is_shifted_keeps_its_cells() -> None:
    rows = "".join(f"dm_mod_{n:<12} {n * 4096:>8}  {n % 3}\n" for n in range(40))
    text = (
        "Module                  Size  Used by\n" + rows + "nf_conntrack_netlink_helper  57344  0\n"
    )
    grid = aligned(text.encode())
    assert grid is not None
    assert grid.row(41) == [b"nf_conntrack_netlink_helper", b"57344", b"0"]
    assert read(text).endswith("\nnf_conntrack_netlink_helper 57344 0\n")


def test_what_has_no_head_stays_in_one_cell() -> None:
    text = "USER  PID  COMMAND\n" + "ada   123  vi a  --clean\n" * 9
    grid = aligned(text.encode())
    assert grid is not None
    assert grid.row(3) == [b"ada", b"123", b"vi a  --clean"]


def test_a_few_lines_of_values_above_a_table_stay_as_they_are() -> None:
    summary = (
        "top - 11:20:43 up  1:18,  2 users,  load average: 0.00, 0.01, 0.05\n"
        "Tasks: 108 total,   2 running, 106 sleeping,   0 stopped,   0 zombie\n"
        "%Cpu(s):  5.6 us, 11.1 sy,  0.0 ni, 83.3 id,  0.0 wa,  0.0 hi,  0.0 si\n"
        "GiB Mem :      3.7 total,      3.3 free,      0.2 used,      0.2 buff/cache\n"
        "GiB Swap:      2.0 total,      2.0 free,      0.0 used.      3.3 avail Mem\n"
    )
    rows = "".join(f"{n:>7} root      20   0 {n % 9:>6} worker-{n}\n" for n in range(200, 300))
    text = read(f"{summary}\n    PID USER      PR  NI   VIRT COMMAND\n{rows}")
    assert text.startswith(summary)
    assert "\n299 2 worker-299\n" in text


def test_two_columns_are_a_table_if_no_sentence_is() -> None:
    prices = "stamp,price\n" + "".join(f"{n * 86400},{n * 7 % 401 / 10}\n" for n in range(400))
    assert "\n19785600,40.0\n" in read(prices, "Which stamp has the largest price?")
    assert delimiter_of(b"However, it rained, and we\nwent home, at last\n" * 9) is None


def test_rows_that_meet_the_conditions_of_a_request_stay() -> None:
    rows = [f"{n},{'eu' if n % 40 == 1 else 'us'},{n % 7},v{n * 31 % 997}" for n in range(400)]
    text = read(
        "id,zone,shard,value\n" + "\n".join(rows), "Show value where zone='eu' and shard = 3"
    )
    for n, row in enumerate(rows):
        assert row in text or not (n % 40 == 1 and n % 7 == 3)
    assert len(text) < 3000


DRAWN = {
    "psql": " id |  name  \n----+--------\n  1 | ada   \n 22 | grace\n 31 | x y\n(3 rows)\n",
    "mysql": "+----+-------+\n| id | name  |\n+----+-------+\n|  1 | ada   |\n| 22 | grace |\n| 31 | x y   |\n+----+-------+\n",
    "markdown": "Done:\n| id | name |\n|---:|:-----|\n| 1 | ada |\n| 22 | grace |\n| 31 | x y |\n",
}


@pytest.mark.parametrize("text", DRAWN.values(), ids=DRAWN.keys())
def test_what_is_drawn_around_cells_goes(text: str) -> None:
    found = ruled(text.encode())
    assert found is not None
    start, grid = found
    rows = [[b"id", b"name"], [b"1", b"ada"], [b"22", b"grace"], [b"31", b"x y"]]
    assert roundtrip(grid, b"|") == rows
    assert text[start:].startswith(grid.units.data.decode())


def test_cells_that_hold_bars_are_left_alone() -> None:
    assert (
        ruled(b"| a | b |\n|---|---|\n" + rb"| 1 \| 2 | 3 |" + b"\n| 4 | 5 |\n| 6 | 7 |\n") is None
    )
    assert ruled(b"a | b\n--|--\n1 | 2 | 3\n1 | 2 | 3\n1 | 2 | 3\n") is None
