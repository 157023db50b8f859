"""The native index of seen lines and its plain twin find the same runs."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from headroom.kernels import SeenLines
from headroom.kernels.reference.diff import SeenLinesReference

LINE = st.one_of(
    st.sampled_from(
        [b"", b"    return x", b"def f():", b"}", b"a" * 170, b"10:20:30 up", b"\xff\xfe"]
    ),
    st.builds(
        lambda n, t: b"%6d\t%s" % (n, t), st.integers(1, 9), st.sampled_from([b"x = 1", b"", b"y"])
    ),
)
TEXT = st.lists(LINE, max_size=14).map(b"\n".join)


def runs(index: SeenLines, text: bytes, min_bytes: int) -> list[tuple[int, ...]]:
    flat = memoryview(index.match(text, min_bytes)).cast("i").tolist()
    return [tuple(flat[i : i + 5]) for i in range(0, len(flat), 5)]


@settings(max_examples=400, deadline=None)
@given(st.lists(TEXT, max_size=4), TEXT, st.sampled_from([0, 8, 40]))
def test_agrees_with_its_twin(sources: list[bytes], text: bytes, min_bytes: int) -> None:
    native, twin = SeenLines(), SeenLinesReference()
    for source in sources:
        assert native.add(source) == twin.add(source)
    assert runs(native, text, min_bytes) == twin.match(text, min_bytes)


def test_a_renumbered_listing_says_its_new_numbers() -> None:
    index = SeenLines()
    body = [f"value_{i} = compute({i})" for i in range(20)]
    index.add("\n".join(f"{n:6}\t{t}" for n, t in enumerate(body, start=1)))
    again = "\n".join(f"{n:6}\t{t}" for n, t in enumerate(body, start=101))
    assert runs(index, again.encode(), 40) == [(1, 20, 0, 1, 101)]


def test_times_are_not_line_numbers() -> None:
    index = SeenLines()
    index.add("\n".join(f"12:30:{i:02} worker {i} started" for i in range(10)))
    later = "\n".join(f"13:30:{i:02} worker {i} started" for i in range(10))
    assert runs(index, later.encode(), 0) == []
