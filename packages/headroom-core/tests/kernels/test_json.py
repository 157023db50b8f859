"""JSON is read strictly, and a rendered table holds the same value."""

from __future__ import annotations

import json

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from headroom.kernels import json_locate, json_valid, render_json
from headroom.kernels.reference.json_table import decode, decode_lines, loads

SCALAR = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(codec="utf-8"), max_size=6),
    st.sampled_from(["ok", "failed", "a,b", "x;y"]),
)
KEY = st.sampled_from(["id", "name", "status", "at", "x.y", 'quo"te', ""])
VALUE = st.recursive(
    SCALAR,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(KEY, inner, max_size=4),
        st.lists(
            st.fixed_dictionaries(
                {"id": inner, "at": st.fixed_dictionaries({"x": SCALAR})}, optional={"name": inner}
            ),
            max_size=5,
        ),
    ),
    max_leaves=30,
)


@settings(max_examples=500, deadline=None)
@given(VALUE, st.sampled_from([None, 2]), st.booleans())
def test_rendering_decodes_to_the_same_value(
    value: object, indent: int | None, ascii_only: bool
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    rendered = render_json(text)
    assert rendered is not None
    assert decode(rendered[0].decode()) == loads(text)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.dictionaries(KEY, SCALAR, min_size=1, max_size=4), min_size=2, max_size=6))
def test_lines_of_json_decode_too(values: list[object]) -> None:
    text = "".join(json.dumps(v) + "\n" for v in values)
    rendered = render_json(text)
    assert rendered is not None
    assert decode_lines(rendered[0].decode()) == [loads(json.dumps(v)) for v in values]


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1.0, "b": 1, "c": 1e2, "d": 9223372036854775808, "e": -0}',
        '[{"a": 1, "a": 2}, {"a": 3, "a": 4}, {"a": 5, "b": 6}]',
        '[{"b": 1, "a": 2}, {"a": 3, "b": 4}, {"a": 5, "b": 6}, {"a": 7, "b": 8}, {"a": 9, "b": 0}]',
        '[{"a": {}}, {"a": {"x": 1}}]',
        '[{"a": null}, {}, {"a": 1}]',
        "[[], [[]], {}]",
        '"\\ud83d\\ude00"',
    ],
)
def test_spelling_order_and_duplicates_survive(text: str) -> None:
    rendered = render_json(text)
    assert rendered is not None
    assert decode(rendered[0].decode()) == loads(text)


@settings(max_examples=400, deadline=None)
@given(
    st.one_of(
        st.text(alphabet='{}[]:,"\\u0129.-+eEtrufalsn \n', max_size=24), VALUE.map(json.dumps)
    )
)
def test_validity_is_that_of_the_standard(text: str) -> None:
    def refuse(constant: str) -> None:
        raise ValueError(constant)

    assume("\\u" not in text or text.isprintable())
    try:
        json.loads(text, parse_constant=refuse)
        expected = True
    except ValueError:
        expected = False
    assert json_valid(text) is expected


@pytest.mark.parametrize(
    "text",
    ["", " ", "01", "1.", ".5", "+1", "NaN", "[1,]", '{"a":1,}', "'a'", '"\t"', "[1] 2", "nul"],
)
def test_what_is_no_json(text: str) -> None:
    assert not json_valid(text)
    assert render_json(text) is None


def test_depth_and_encoding_are_bounded() -> None:
    assert json_valid("[" * 900 + "]" * 900)
    assert not json_valid("[" * 100_000 + "]" * 100_000)
    assert not json_valid(b'"\xff"')
    assert not json_valid(b'"\xed\xa0\x80"')


@settings(max_examples=150, deadline=None)
@given(VALUE, st.data())
def test_a_path_leads_to_its_value(value: object, data: st.DataObject) -> None:
    text = json.dumps(value, indent=1)
    path: list[str | int] = []
    node = value
    while isinstance(node, dict | list) and node and data.draw(st.booleans()):
        step = data.draw(
            st.sampled_from(list(node) if isinstance(node, dict) else range(len(node)))
        )
        path.append(step)
        node = node[step]
    spans = json_locate(text, [tuple(path), (*path, "no such key")])
    assert spans is not None
    start, end, missing, _ = memoryview(spans).cast("i").tolist()
    assert json.loads(text.encode()[start:end]) == node
    assert missing == -1


def test_of_duplicate_keys_the_last_counts() -> None:
    spans = json_locate('{"a": 1, "a": "two"}', [("a",)])
    assert spans is not None
    start, end = memoryview(spans).cast("i").tolist()
    assert '{"a": 1, "a": "two"}'[start:end] == '"two"'
