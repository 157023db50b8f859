"""Retrieval gives what was asked for, or says what there is."""

from __future__ import annotations

import json
import re

import pytest

from headroom import Headroom
from headroom.ccr.json_path import follow
from headroom.ccr.retrieve import Selector, cut, select
from headroom.errors import SelectorError
from headroom.tokenizers import for_model

TEXT = "".join(f"line {n} of the log\n" for n in range(1, 201)) + "the end, without a newline"
RECORDS = {
    "meta": {"total": 3},
    "items": [{"id": n, "name": f"n{n}", "tags": ["a", "b"]} for n in range(30)],
}


def test_no_selector_gives_the_original() -> None:
    assert select(TEXT, Selector()) == TEXT


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("2", "line 2 of the log\n"),
        ("2-3", "line 2 of the log\nline 3 of the log\n"),
        ("1, 200-201", "line 1 of the log\nline 200 of the log\nthe end, without a newline"),
        ("-1", "the end, without a newline"),
        ("200-999", "line 200 of the log\nthe end, without a newline"),
    ],
)
def test_lines(lines: str, expected: str) -> None:
    assert select(TEXT, Selector(lines=lines)) == expected


def test_lines_end_at_newlines_only() -> None:
    text = "10%\r50%\rdone\none\u2028line\x0c\r\nlast\x85one\n"
    assert select(text, Selector(lines="2")) == "one\u2028line\x0c\r\n"
    assert select(text, Selector(lines="-1")) == "last\x85one\n"
    assert select('{"a": "x\u2028y"}\n{"a": 2}\n', Selector(rows="1", path="$")).count("x\u2028y")


@pytest.mark.parametrize("lines", ["0", "5-2", "500-600", "x", "1-2-3", ""])
def test_lines_that_are_not_there(lines: str) -> None:
    with pytest.raises(SelectorError, match=r"201 lines|expected"):
        select(TEXT, Selector(lines=lines))


def test_rows_and_paths() -> None:
    text = json.dumps(RECORDS)
    assert json.loads(select(text, Selector(rows="3"))) == [RECORDS["items"][2]]  # type: ignore[index]
    assert json.loads(select(text, Selector(path="$.items", rows="1-2")))[1]["id"] == 1
    assert select(text, Selector(path="/items/4/name")) == "n4"
    assert select("a,b\n1,2\n3,4\n", Selector(rows="2")) == "a,b\n3,4\n"
    lines = "\n".join(json.dumps(r) for r in RECORDS["items"])
    assert json.loads(select(lines, Selector(rows="30")))[0]["id"] == 29


@pytest.mark.parametrize(
    "text", [json.dumps(RECORDS, indent=1), "a,b\n1,2\n3,4\n", TEXT], ids=["json", "csv", "log"]
)
@pytest.mark.parametrize("part", [{"rows": "2-3"}, {"path": "$.items"}])
def test_rows_of_lines_that_hold_none_are_an_error(text: str, part: dict[str, str]) -> None:
    (unit,) = part
    with pytest.raises(SelectorError, match=f"^{unit}: lines 2-3 .* pass {unit} alone or lines"):
        select(text, Selector(lines="2-3", **part))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$", RECORDS),
        ("$.meta.total", 3),
        ("$.items[-1].id", 29),
        ("$.items[1:3].id", [1, 2]),
        ("$['meta']['total']", 3),
        ("items[0].tags[*]", ["a", "b"]),
        ("$..total", [3]),
        ("/meta", {"total": 3}),
    ],
)
def test_paths(path: str, expected: object) -> None:
    assert follow(RECORDS, path) == expected


@pytest.mark.parametrize(
    "path", ["$.nope", "/items/99", "$.items[99]", "$.meta[", "$.items[0].id.x"]
)
def test_paths_that_lead_nowhere_say_what_is_there(path: str) -> None:
    with pytest.raises(SelectorError, match=r"there is|cannot read"):
        follow(RECORDS, path)


def test_a_query_finds_lines_with_their_neighbours() -> None:
    text = TEXT.replace("line 77 of the log", "upstream billing refused the connection")
    found = select(text, Selector(query="which upstream refused?"))
    assert "77: upstream billing refused the connection\n" in found
    assert "76: line 76" in found
    assert "90:" not in found


def test_a_cut_says_so() -> None:
    text = cut(TEXT, 50, for_model("gpt-4o"))
    assert text.startswith("line 1 of the log\n")
    assert "of 201 lines shown" in text
    assert cut("short", 50, for_model("gpt-4o")) == "short"


RECORD = '{{"id": {0}, "name": "worker-{0}", "state": "ok", "note": "checked by hand"}}'


@pytest.mark.parametrize(
    "around", ["warning: old\n{}", "{}done in 3 s\n", "```\n{}```\n", "a\n{}b\n{}"]
)
@pytest.mark.parametrize("between", [", ", ",\n  "])
def test_a_marker_leads_to_the_rows_that_it_stands_for(around: str, between: str) -> None:
    records = between.join(RECORD.format(n) for n in range(300))
    text = around.replace("{}", f"[\n{records}\n]\n" if "\n" in between else f"[{records}]\n")
    headroom = Headroom(store="memory:")
    result = headroom.compress([{"role": "tool", "tool_call_id": "1", "content": text}])
    calls = re.findall(r'headroom_retrieve\("(\w+)", ([^)]*)\)', str(result[0]["content"]))
    assert len(calls) == around.count("{}")
    for ref, arguments in calls:
        selectors = dict(re.findall(r'(\w+)="([^"]*)"', arguments))
        first = int(selectors["rows"].partition("-")[0])
        assert json.loads(headroom.retrieve(ref, **selectors))[0]["id"] == first - 1


def test_rows_of_records_behind_a_label_on_their_first_line() -> None:
    records = json.dumps([{"id": n} for n in range(9)], indent=1)
    original = f"<shell>\nOutput: {records}\nExit Code: 0\n</shell>"
    last = original.count("\n") - 1
    found = select(original, Selector(lines=f"2-{last}", rows="4-5"))
    assert json.loads(found) == [{"id": 3}, {"id": 4}]
