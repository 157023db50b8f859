"""Line features and trees give what their plain twins give; damaged files are refused."""

from __future__ import annotations

import struct
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom.kernels import Trees, Vocabulary, line_features, line_starts, unit_templates
from headroom.kernels.reference import features as reference
from headroom.kernels.reference import trees as trees_reference

LINE = st.one_of(
    st.sampled_from(
        [
            b"",
            b"    return x1",
            b"def call(self):",
            b"}",
            b" \t ",
            b"x" * 60,
            b"\xff\xfe a",
            b"7\0a",
        ]
    ),
    st.builds(
        lambda n, sep, t: b"%6d%s%s" % (n, sep, t),
        st.integers(1, 9_999),
        st.sampled_from([b"\t", b"\xe2\x86\x92", b":", b"|", b"-", b"  ", b" "]),
        st.sampled_from([b"x = call(retry_count)", b"", b"  12 apples", "größer".encode()]),
    ),
    st.binary(max_size=30).map(lambda b: b.replace(b"\n", b"")),
)
TEXT = st.lists(LINE, max_size=12).map(b"\n".join)
COLUMNS = 19


def rows_of(text: bytes, met: Vocabulary, turn: int) -> list[list[float]]:
    starts = line_starts(text)
    packed = line_features(text, starts, unit_templates(text, starts), met, turn)
    flat = [float(v) for v in memoryview(packed).cast("f")]
    return [flat[i : i + COLUMNS] for i in range(0, len(flat), COLUMNS)]


@settings(max_examples=400, deadline=None)
@given(st.lists(TEXT, max_size=3), TEXT, st.integers(0, 500))
def test_features_agree_with_their_twin(earlier: list[bytes], text: bytes, turn: int) -> None:
    met, twin = Vocabulary(), reference.VocabularyReference()
    for each in earlier:
        met.add(each)
        twin.add(each)
    assert len(met) == len(twin)
    starts = line_starts(text)
    templates = memoryview(unit_templates(text, starts)).cast("i").tolist()
    expected = reference.line_features(
        text, memoryview(starts).cast("i").tolist(), templates, twin, turn
    )
    assert rows_of(text, met, turn) == [array("f", row).tolist() for row in expected]


def test_many_words_are_all_remembered() -> None:
    met = Vocabulary()
    met.add(" ".join(f"word{n}" for n in range(5_000)))
    assert len(met) == 5_000
    text = "\n".join(f"word{n} other{n}" for n in range(5_000)).encode()
    assert {row[13] for row in rows_of(text, met, 1)} == {1.0}


def test_what_was_read_before_is_not_new() -> None:
    met = Vocabulary()
    met.add("retry_count = 3")
    known, new = rows_of(b"retry_count = 3\nretry_limit = 3\n", met, 1)
    assert (known[13], new[13]) == (0.0, 1.0)


def file_of(
    *trees: tuple[list[tuple[int, float, int, int]], list[float]], columns: int = 2
) -> bytes:
    parts = [b"HRT1", struct.pack("<HH", columns, len(trees))]
    for splits, leaves in trees:
        parts.append(struct.pack("<H", len(splits)))
        parts += [struct.pack("<Hfhh", *split) for split in splits]
        parts.append(struct.pack(f"<{len(leaves)}f", *leaves))
    return b"".join(parts)


FOREST = file_of(
    ([(0, 1.5, 1, -3), (1, -2.0, -1, -2)], [0.1, 0.2, 0.3]),
    ([], [10.0]),
    ([(1, 0.0, -2, -1)], [0.5, 0.25]),
)


@given(st.lists(st.tuples(st.floats(-4, 4, width=32), st.floats(-4, 4, width=32)), max_size=20))
def test_trees_agree_with_their_twin(rows: list[tuple[float, float]]) -> None:
    trees = Trees.parse(FOREST)
    assert trees is not None
    assert trees.columns == 2
    flat = array("f", [value for row in rows for value in row])
    got = memoryview(trees.predict(flat.tobytes())).cast("f").tolist()
    assert got == [trees_reference.predict(FOREST, row) for row in rows]


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"HRT2" + FOREST[4:],
        FOREST[:-1],
        FOREST + b"\0",
        file_of(([(2, 0.0, -1, -2)], [1.0, 2.0])),  # no such column
        file_of(([(0, 0.0, 0, -2)], [1.0, 2.0])),  # a split that leads to itself
        file_of(([(0, 0.0, -1, -4)], [1.0, 2.0])),  # no such leaf
        file_of(([], [float("nan")])),
        file_of(columns=0),
    ],
)
def test_a_damaged_file_is_refused(file: bytes) -> None:
    assert Trees.parse(file) is None


@given(st.binary(max_size=200))
def test_no_file_crashes(noise: bytes) -> None:
    trees = Trees.parse(b"HRT1" + noise)
    assert trees is None or trees.columns > 0


def test_rows_of_another_width_are_refused() -> None:
    trees = Trees.parse(FOREST)
    assert trees is not None
    with pytest.raises(ValueError, match="columns"):
        trees.predict(array("f", [1.0]).tobytes())


def test_templates_of_another_text_are_refused() -> None:
    text = b"a\nb\n"
    with pytest.raises(ValueError, match="templates"):
        line_features(text, line_starts(text), array("i", [0, 7]).tobytes(), Vocabulary(), 1)
