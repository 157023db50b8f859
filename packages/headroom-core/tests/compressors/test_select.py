"""What `choose` keeps and how `render` says what is missing."""

from __future__ import annotations

from array import array
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from headroom.compressors._select import Units, choose, gaps, lines_of, render
from headroom.protocols import Context
from headroom.tokenizers import for_model
from headroom.types import Intent


def asking(request: str = "", call: str = "") -> Context:
    return Context(Intent(request, call), for_model("gpt-4o"))


def kept(data: bytes, request: str = "", **options: object) -> bytes:
    units = lines_of(data)
    keep = choose(units, asking(request), **options)  # type: ignore[arg-type]
    return b"".join(units.text(n) for n in range(len(units)) if keep[n])


LOG = [b"12:00:%02d worker-%d finished job %d in %d ms\n" % (n % 60, n % 4, n, n * 7 % 90)
       for n in range(1000)]  # fmt: skip


def log(**lines: bytes) -> bytes:
    """Returns a dull log with other lines in between, by number (n417=b"...")."""
    out = list(LOG)
    for name, line in lines.items():
        out[int(name[1:])] = line + b"\n"
    return b"".join(out)


def test_a_dull_log_shrinks_to_a_few_lines() -> None:
    assert len(kept(log())) < len(log()) / 20


def test_every_distinct_error_stays() -> None:
    text = kept(log(n300=b"ERROR: disk sda is full", n301=b"ERROR: lost node nine"))
    assert b"disk sda" in text
    assert b"lost node nine" in text


def test_of_a_frequent_error_the_first_and_the_last_stay() -> None:
    text = kept(log(**{f"n{n}": b"ERROR: retry %d failed" % n for n in range(100, 900, 10)}))
    assert b"retry 100 failed" in text
    assert b"retry 890 failed" in text
    assert text.count(b"ERROR") < 20


def test_a_stack_trace_stays_whole() -> None:
    trace = (
        b"Traceback (most recent call last):\n",
        b'  File "/srv/app/main.py", line 12, in run\n',
        b"    total = prices[name]\n",
        b"KeyError: 'bread'\n",
    )
    lines = list(LOG)
    lines[500:500] = trace
    assert b"".join(trace) in kept(b"".join(lines))


def test_a_line_that_occurs_once_stays() -> None:
    assert b"switching to read-only" in kept(log(n640=b"12:00:11 switching to read-only"))


def test_what_is_asked_for_stays() -> None:
    text = kept(log(), "what happened to job 417?")
    assert b"job 417 " in text
    assert b"job 418 " not in text


def test_named_lines_stay_with_those_around() -> None:
    text = kept(log(), "Look at line 500 of the log")
    assert [n for n in range(480, 520) if b"job %d " % n in text] == [497, 498, 499, 500, 501]


def test_named_lines_count_from_the_start_of_the_block() -> None:
    text = kept(log(), "Look at line 500", line=101)
    assert [n for n in range(380, 420) if b"job %d " % n in text] == [397, 398, 399, 400, 401]


def test_pinned_and_scored_units_stay() -> None:
    scores = [0.0] * 1000
    scores[333] = 1.5
    text = kept(log(), pinned=[222], scores=scores)
    assert b"job 222 " in text
    assert b"job 333 " in text


def test_text_without_repetition_is_left_whole() -> None:
    words = [
        "ash",
        "birch",
        "cedar",
        "elm",
        "fir",
        "hazel",
        "larch",
        "maple",
        "oak",
        "pine",
        "rowan",
        "spruce",
        "willow",
        "yew",
    ]
    text = "".join(f"{a} beside {b} {c}\n" for a in words for b in words for c in words[:4])
    assert kept(text.encode()) == text.encode()


def test_a_gap_smaller_than_its_marker_is_kept() -> None:
    data = b"".join(b"a%d\n" % n for n in range(10)) + log()
    keep = choose(lines_of(data), asking(f"line {7}"))
    assert all(end - start > 1 for start, end in gaps(keep))


@given(st.binary() | st.lists(st.sampled_from([*LOG[:50], b"\n", b"error\n", b"x"])).map(b"".join),
       st.text(max_size=30))  # fmt: skip
def test_kept_lines_and_omissions_make_up_the_text(data: bytes, request: str) -> None:
    units = lines_of(data)
    result = render(units, choose(units, asking(request)))
    pieces, position = [], 0
    for omission in result.omissions:
        pieces.append(result.data[position : omission.at])
        gone = data[omission.span.start : omission.span.end]
        pieces.append(gone)
        position = omission.at
        before = data[: omission.span.start].count(b"\n")
        assert omission.first == before + 1
        assert omission.last == before + gone.count(b"\n") + (not gone.endswith(b"\n"))
    assert b"".join(pieces) + result.data[position:] == data


def test_units_may_span_lines() -> None:
    records = [b"commit %d\n\n    routine change\n" % n for n in range(200)]
    data = b"".join(records)
    by_record = Units(data, array("i", [0, *accumulate(map(len, records))]).tobytes())
    result = render(by_record, choose(by_record, asking("commit 77")))
    assert b"commit 77\n" in result.data
    assert result.omissions[0].first == 10
    assert result.omissions[0].last % 3 == 0
