"""The kernel `aligned` and its twin agree, on any lines."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from headroom.kernels import split_aligned
from headroom.kernels.reference import aligned as twin

WORDS = st.sampled_from(["a", "web-1", "1/1", "", "-", "x y", "…", "ünï", "123456789"])
ROWS = st.lists(
    st.lists(st.tuples(WORDS, st.integers(1, 6)), min_size=2, max_size=4), max_size=24
).map(lambda rows: "".join("".join(w.ljust(n + 2) for w, n in row).rstrip() + "\n" for row in rows))
SHIFTED = st.lists(st.integers(1, 9), min_size=10, max_size=30).map(
    lambda sizes: (
        "NAME    SIZE  BY\n"
        + "".join(
            f"{'m' * (n + 3 * (n > 8)):<8}{n:>4}  {'by me' if n % 2 else ''}\n" for n in sizes
        )
    )
)


@given(st.text("ab …\r\n\t", max_size=60) | ROWS | SHIFTED)
def test_rows_and_cells_agree(text: str) -> None:
    data = text.encode()
    split, rows = split_aligned(data), twin.split_aligned(text)
    if split is None or rows is None:
        assert split is None and rows is None
        return
    columns, cells, filled, plain = split
    flat = memoryview(cells).cast("i").tolist()
    found = [
        data[a:b].decode().replace("\r", " ") for a, b in zip(flat[::2], flat[1::2], strict=True)
    ]
    assert [found[n : n + columns] for n in range(0, len(found), columns)] == rows
    assert filled == sum(cell != "" for row in rows for cell in row)
    assert plain == twin.is_plain(rows)
