"""The kernel `fold` and its twin agree, on any lines, and what it folds can be had again."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import example, given
from hypothesis import strategies as st

from headroom.kernels import fold_folder, fold_lines, fold_repeats
from headroom.kernels.reference import fold as twin
from headroom.kernels.reference import fold_folder as folder_twin

LEADS = st.sampled_from(
    [b"", b"", b" ", b"3. WARNING in ", b"- ", b"[ERROR] ", b'  File "', b'File "[', b"[", b"2026-11-21 10:00:01 ",
     b"[21/11/2026T10:00:01 ", b"Jul  1 09:00:55 ", b"12/31 23:59:59 ", b"2026.11-21T10:00:0", b"10:00:03 "]
)  # fmt: skip
PATHS = st.sampled_from(
    [b"src/long/path.c", b"C:\\work\\a b\\main.cs", b"C:/x", b"/opt/conda/lib/python3.12/json/decoder.py", b"a.py",
     b"/opt/conda/lib/python3.12/re.py", b"\\\\host\\share\\x", b"//", b"./x", b".../y", b"\xc3\xa9/\xff", b"plain"]
)  # fmt: skip
TAILS = st.sampled_from(
    [b":12:3: warning: unused variable of some length", b"(40,2): error: no such thing, not at all", b'", line 7, in scan',
     b" (at line 9) something", b":[3] x", b"::test_one PASSED", b": error", b" : note: x", b": errors", b"(3) a",
     b":7 (x2): warning: unused variable of some length", b":3:  indented", b":3,x", b" and more", b"", b'", line 7']
)  # fmt: skip
ENDS = st.sampled_from([b"\n", b"\n", b"\n", b"\r\n", b"\r", b""])
MADE = st.tuples(LEADS, PATHS, TAILS, ENDS).map(b"".join)
ITEMS = st.lists(
    st.none() | st.sampled_from([b"}\n", b"\n", b"a line, and a long one at that\n"]) | MADE,
    max_size=30,
)
FEW = st.lists(MADE, max_size=4).flatmap(
    lambda some: st.lists(st.none() | st.sampled_from([*some, b"between\n"]), max_size=40)
)
ANY = ITEMS | FEW | st.lists(st.none() | st.binary(min_size=1), max_size=12)


@given(ANY, st.integers())
@example([b"/opt/conda/lib/x.py:%d:1: E501 line too long\n" % n for n in (3, 5, 8, 9)], 0)
def test_lines_agree(items: list[bytes | None], bits: int) -> None:
    stays = [bool(bits >> n & 1) for n in range(len(items))]
    assert fold_lines(items, bytes(stays)) == twin.fold_lines(items, stays)


@given(ANY, st.integers(1, 80))
def test_runs_agree(items: list[bytes | None], least: int) -> None:
    assert fold_repeats(items, least) == twin.fold_repeats(items, least)


@given(ANY, st.integers())
def test_folders_agree(items: list[bytes | None], bits: int) -> None:
    stays = [bool(bits >> n & 1) for n in range(len(items))]
    pairs = list(zip(items, stays, strict=True))
    assert fold_folder(items, bytes(stays)) == [item for item, _ in folder_twin.fold_folder(pairs)]


def test_lines_that_stay_are_the_same_objects() -> None:
    items: Sequence[bytes | None] = [b"one line\n", None, b"another\n"]
    folded = fold_lines(list(items), b"")
    assert all(a is b for a, b in zip(folded, items, strict=True))
