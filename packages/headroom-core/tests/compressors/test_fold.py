"""Folding repeats loses nothing and says what it did."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from headroom.compressors._fold import can_fold, fold
from headroom.kernels.reference.fold import unfold

LINES = st.sampled_from(
    [b"Cloning test database for alias 'default'...\n", b"Traceback (most recent call last):\n",
     b'  File "/srv/app/main.py", line 12, in run\n', b"    total = prices[name]\n", b"\n", b"}\n",
     b"2026-11-21 10:00:01 INFO a\n", b"2026-11-21 10:00:02 INFO b\n", b"Jul  1 09:00:55 host x\n",
     b'  File "/srv/app/main.py", line 40, in total\n', b"src/long/path.c:12:3: warning: unused variable x\n",
     b"src/long/path.c:40:3: warning: unused variable x\n", b"src/other/x.c(40): warning: unused variable x\n",
     b'  File "/opt/conda/envs/web/lib/python3.12/json/decoder.py", line 7, in scan\n',
     b'  File "/opt/conda/envs/web/lib/python3.12/json/encoder.py", line 9, in walk\n',
     b"/opt/conda/envs/web/lib/python3.12/x.py:3:1: E501 line too long\n",
     b'  File "./manage.py", line 3, in <module>\n', b"src/long/path.c:7 (x2): warning: unused variable x\n",
     b"src/long/test_path.py::TestA::test_b PASSED  [  3%]\n", b"src/long/test_path.py::test_c PASSED  [  4%]\n",
     b"10:00:03 no date\n", b"[date 1]x\n", b"no newline"]
)  # fmt: skip
ITEMS = st.lists(st.none() | LINES, max_size=40)


@given(ITEMS)
@example(
    [
        b"/opt/conda/envs/web/lib/python3.12/x.py:%d:1: E501 line too long\n" % n
        for n in (3, 5, 8, 9)
    ]
)
def test_unfold_gives_back_what_was_folded(items: list[bytes | None]) -> None:
    assert unfold(fold(items)) == items


def test_equal_lines_are_counted() -> None:
    assert fold([b"still waiting for the lock\n"] * 9) == [b"still waiting for the lock [x9]\n"]


def test_lines_that_followed_before_are_not_written_again() -> None:
    trace = [
        b"Traceback (most recent call last):\n",
        b'  File "/srv/app/main.py", line 12, in run\n',
        b"    total = prices[name]\n",
    ]
    folded = fold([*trace, b"KeyError: 'bread'\n", *trace, b"KeyError: 'milk'\n"])
    assert folded[4:] == [trace[0], b"[+2 lines as above]\n", b"KeyError: 'milk'\n"]


def test_a_frame_is_one_place_and_a_name() -> None:
    folded = fold([b'  File "/srv/app/main.py", line 12, in run\n', b"    total = prices[name]\n"])
    assert folded == [b"/srv/app/main.py:12 in run\n", b"    total = prices[name]\n"]


def test_after_a_pointer_to_paths_the_next_path_is_said_in_full() -> None:
    trace = [b"/srv/app/orders/main.py:1 in run\n", b"/srv/app/orders/cart.py:2 in total\n"]
    trace += [b"/srv/app/orders/rates.py:3 in of\n"]
    end = b"/srv/app/orders/cart.py:9 in last\n"
    folded = fold([*trace, end, b"    stop()\n", *trace, end.replace(b"9", b"8")])
    assert folded[-2:] == [b"[+2 lines as above]\n", end.replace(b"9", b"8")]


def test_nothing_points_across_a_gap() -> None:
    a, b = b"a line of some length, once more\n", b"and another line after it, quite long\n"
    assert fold([a, None, b, a, b]) == [a, None, b, a, b]


def test_a_date_is_said_once() -> None:
    items = [b"2026-11-21 10:00:%02d INFO step %d\n" % (n, n) for n in range(8)]
    assert fold(items)[:2] == [b"[date 2026-11-21]\n", b"10:00:00 INFO step 0\n"]


def test_text_in_our_own_notation_is_left_alone() -> None:
    assert not can_fold([b"copied [x3]\n"])
    assert not can_fold([b"[+2 lines as above]"])
    assert not can_fold([b"a\n", b"src/a.py:12 in run\n"])
    assert can_fold([b"a [x3] b\n"])
