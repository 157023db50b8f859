"""An entry goes into a text and out of it, and nothing else of the text changes."""

from __future__ import annotations

import json
import re
import tomllib

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from headroom.configs import JSON, JSONC, TOML, Format
from headroom.errors import ConfigError

VALUE = {"command": "/opt/bin/headroom", "args": ["mcp", "serve"]}
PATH = ("mcpServers", "headroom")

keys = st.one_of(
    st.sampled_from(["mcpServers", "headroom ", "a", "}", "//", ",", '"', "é", ""]),
    st.text(max_size=4),
).filter(lambda key: key != "headroom")
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5) | st.sampled_from(["/* no */", "// no", "a,]", "\\", '\\"', "{"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
servers = st.dictionaries(keys, values, max_size=3)


@st.composite
def texts(draw: st.DrawFn, *, comments: bool) -> str:
    """Objects as people and programs write them: any white space, comments, line ends, a BOM."""
    end = draw(st.sampled_from(["\n", "\r\n"]))
    blank = st.sampled_from(["", " ", "\t", end, end + "  ", end + "\t", end + end + "    ", "  "])
    note = st.sampled_from(
        [f"// note{end}", "/* a, b */", f"/*{end} }} */", f" //  {end}", f'// " {end}']
    )
    gap = st.lists(blank | note if comments else blank, max_size=2).map("".join)

    def shown(value: object) -> str:
        if isinstance(value, dict):
            parts = [f"{json.dumps(k)}{draw(gap)}:{draw(gap)}{shown(v)}" for k, v in value.items()]
            return "{" + joined(parts) + "}"
        if isinstance(value, list):
            return "[" + joined([shown(v) for v in value]) + "]"
        return json.dumps(value, ensure_ascii=draw(st.booleans()))

    def joined(parts: list[str]) -> str:
        text = ",".join(f"{draw(gap)}{part}{draw(gap)}" for part in parts)
        trailing = "," if comments and parts and draw(st.booleans()) else ""
        return text + trailing + draw(gap)

    root = draw(st.dictionaries(keys, values, max_size=3))
    root.pop("mcpServers", None)
    if draw(st.booleans()):
        items = [*root.items(), ("mcpServers", draw(servers))]
        root = dict(draw(st.permutations(items)))
    return draw(st.sampled_from(["", "\ufeff"])) + draw(gap) + shown(root) + draw(gap)


def goes_in_and_out(form: Format, text: str) -> None:
    inside, trace = form.insert(text, PATH, VALUE)
    before, after = form.parse(text), form.parse(inside)
    assert after == {**before, "mcpServers": {**before.get("mcpServers", {}), "headroom": VALUE}}
    assert form.remove(inside, PATH, trace) == text
    bare = form.remove(inside, PATH, None)
    assert form.parse(bare) == {**before, "mcpServers": before.get("mcpServers", {})}


@settings(max_examples=60)
@given(texts(comments=False))
@example("{}")
@example('{"mcpServers":{}}')
@example('{\r\n\t"a": 1\r\n}')
@example('{"a": 1' + "1" * 5000 + "}")
@example('{"mcpServers": 1, "mcpServers": {}}')
def test_json_is_as_it_was_after_removal(text: str) -> None:
    goes_in_and_out(JSON, text)


@settings(max_examples=60)
@given(texts(comments=True))
@example("{ // servers\n}")
@example('{"mcpServers": {"a": {}, /* last */ }, // end\n}')
@example('{"a": 1 // one   \n}')
def test_json_with_comments_is_as_it_was_after_removal(text: str) -> None:
    goes_in_and_out(JSONC, text)


@settings(max_examples=60)
@given(texts(comments=True), servers.filter(bool), st.booleans())
def test_what_was_added_behind_the_entry_stays(
    text: str, more: dict[str, object], deep: bool
) -> None:
    inside, trace = JSONC.insert(text, PATH, VALUE)
    path = ("mcpServers", "later") if deep else ("later",)
    both, _ = JSONC.insert(inside, path, more)
    left = JSONC.remove(both, PATH, trace)
    parsed = JSONC.parse(left)
    assert (parsed["mcpServers"] if deep else parsed)["later"] == JSONC.parse(json.dumps(more))
    assert "headroom" not in parsed.get("mcpServers", {})
    assert re.findall(r"note|a, b", left) == re.findall(r"note|a, b", text)


lines = st.sampled_from(
    ["model = 'x'", "# a comment", "", "[mcp_servers.other]", 'command = "é"', "[[list]]", "n = nan",
     '[mcp_servers."head room"]', "t = '''", "[mcp_servers]", "args = [ 1,", "2 ] # two", "'''"]
)  # fmt: skip


@given(
    st.lists(lines), st.sampled_from(["\n", "\r\n"]), st.booleans(), st.sampled_from(["", "\ufeff"])
)
@example(["[mcp_servers.other]", 'command = "x"'], "\r\n", False, "\ufeff")
def test_toml_is_as_it_was_after_removal(rows: list[str], end: str, last: bool, mark: str) -> None:
    text = mark + end.join(rows) + (end if last else "")
    try:
        TOML.parse(text)
    except ConfigError:
        return
    path = ("mcp_servers", "headroom")
    inside, trace = TOML.insert(text, path, VALUE)
    assert tomllib.loads(inside.removeprefix("\ufeff"))["mcp_servers"]["headroom"] == VALUE
    assert TOML.remove(inside, path, trace) == text
    more = inside + ("" if inside.endswith("\n") else end) + f"[more]{end}"
    assert TOML.remove(more, path, trace).removeprefix(text).strip() == "[more]"
    assert TOML.parse(TOML.remove(more, path, None)) == {**TOML.parse(text), "more": {}}


@given(st.text(), st.text())
def test_toml_says_any_string(key: str, value: str) -> None:
    wanted = {"env": {key: value}, "args": [value]}
    text, _ = TOML.insert("", ("s", key), wanted)
    assert tomllib.loads(text) == {"s": {key: wanted}}


def test_an_entry_looks_like_its_neighbours() -> None:
    text = '{\n\t"mcpServers": {\n\t\t"a": {} // mine\n\t},\n\t"b": 1\n}'
    assert JSONC.insert(text, PATH, {"command": "x"})[0] == (
        '{\n\t"mcpServers": {\n\t\t"a": {}, // mine\n\t\t"headroom": {\n\t\t\t"command": "x"\n\t\t}\n'
        '\t},\n\t"b": 1\n}'
    )
    assert JSON.insert('{"a":1}', PATH, {"command": "x"})[0] == (
        '{"a":1,"mcpServers": {"headroom": {"command": "x"}}}'
    )
    assert JSON.insert("{}\n", PATH, {"command": "x"})[0] == (
        '{\n  "mcpServers": {\n    "headroom": {\n      "command": "x"\n    }\n  }\n}\n'
    )
    assert JSONC.insert("{\n  // mine\n}", PATH[1:], {})[0] == '{\n  // mine\n  "headroom": {}\n}'
    assert JSON.insert("{\n}\n", PATH[1:], {})[0] == '{\n  "headroom": {}\n}\n'
    assert TOML.insert("a = 1\n", ("s", "headroom"), VALUE)[0] == (
        'a = 1\n\n[s.headroom]\ncommand = "/opt/bin/headroom"\nargs = ["mcp", "serve"]\n'
    )


@pytest.mark.parametrize(
    ("form", "text", "line"),
    [
        (JSON, '{\n "a": 1,\n}', 3),
        (JSON, '{\n // no comments here\n}', 2),
        (JSON, '{}\n{}', 2),
        (JSON, '{"a": NaN}', 1),
        (JSON, "[" * 100_000, 1),
        (JSONC, '{\n "a": /* 1\n}', 2),
        (JSONC, "\n[1]", 2),
        (JSON, '{\n "mcpServers": []}', 2),
        (TOML, "a = 1\nb =\n", 2),
        (TOML, "mcpServers = { a = 1 }\n", 1),
    ],
)  # fmt: skip
def test_what_is_broken_is_refused_with_its_line(form: Format, text: str, line: int) -> None:
    with pytest.raises(ConfigError) as caught:
        form.insert(text, PATH, VALUE)
    assert caught.value.line == line


def test_comments_within_an_entry_are_the_users() -> None:
    text = '{"mcpServers": {"headroom": {"command": "x" /* mine */}}}'
    with pytest.raises(ConfigError, match="comments of yours"):
        JSONC.remove(text, PATH, None)


def test_comments_that_came_later_stay() -> None:
    text, trace = JSONC.insert("{}", PATH, {})
    noted = text.replace('"headroom"', '// mine\n    "headroom"')
    assert "// mine" in JSONC.remove(noted, PATH, trace)
    moved = '{"mcpServers": {"a": 1 /* a, b */, "headroom": {} /* c */ , }}'
    assert JSONC.remove(moved, PATH, trace) == '{"mcpServers": {"a": 1 /* a, b */, /* c */  }}'
