"""JSON is read strictly, and a rendered table holds the same value."""

from __future__ import annotations

import json

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from headroom.kernels import JsonDocument, json_valid, render_json
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
    document = JsonDocument.parse(text)
    assert document is not None
    spans = document.locate([tuple(path), (*path, "no such key"), tuple(path)])
    start, end, missing, _, *again = memoryview(spans).cast("i").tolist()
    assert json.loads(text.encode()[start:end]) == node
    assert missing == -1
    assert again == [start, end]
    assert document.value(tuple(path)) == node
    assert document.value((*path, "no such key")) is None


def test_of_duplicate_keys_the_last_counts() -> None:
    document = JsonDocument.parse('{"a": 1, "a": "two"}')
    assert document is not None
    start, end = memoryview(document.locate([("a",)])).cast("i").tolist()
    assert '{"a": 1, "a": "two"}'[start:end] == '"two"'


ODD = st.one_of(
    st.text(max_size=6),
    st.lists(st.sampled_from(["\ud800", "\udc00", "\U0001f600", '"', "\\", "\0", "é", "x"])).map(
        "".join
    ),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([1e300, -0.0, 5e-324, 10**400]),
)
DOCUMENT = st.recursive(
    VALUE | ODD,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=20,
)


@settings(max_examples=300, deadline=None)
@given(DOCUMENT, st.booleans())
def test_values_are_those_of_the_standard_library(value: object, indented: bool) -> None:
    text = json.dumps(value, indent=2 if indented else None)
    document = JsonDocument.parse(text)
    assert document is not None
    assert repr(document.value(())) == repr(json.loads(text))


@pytest.mark.parametrize(
    "text",
    ['{"a": 1, "b": 2, "a": [3]}', '{"\\u0061": 1, "a": 2}', "[1.0, 1, 1e0, 1E+2, -0, -0.0, 1e999]",
     '"\\ud83d\\ude00\\ude00\\ud83d\\/"', '{"\\ud800": {"\\ud800": "x"}}'],
)  # fmt: skip
def test_odd_spellings_read_as_in_the_standard_library(text: str) -> None:
    document = JsonDocument.parse(text.encode())
    assert document is not None
    assert repr(document.value(())) == repr(json.loads(text))


def test_a_key_may_be_half_a_pair() -> None:
    text = '{"\\ud800": {"a": "x"}}'
    document = JsonDocument.parse(text)
    assert document is not None
    assert document.value(("\ud800", "a")) == "x"
    start, end = memoryview(document.locate([("\ud800", "a")])).cast("i").tolist()
    assert text[start:end] == '"x"'


def test_an_integer_beyond_what_python_converts_is_a_value_error() -> None:
    document = JsonDocument.parse("[" + "9" * 5000 + "]")
    assert document is not None
    with pytest.raises(ValueError, match="digits"):
        document.value(())
