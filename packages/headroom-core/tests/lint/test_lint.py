"""The linter names what breaks a prompt cache, with the place and the price, and nothing else."""

from __future__ import annotations

import copy
import json
import struct
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from good_requests import (
    ALL_MAKERS,
    FIRST_TEXT,
    GUIDE,
    MAKERS,
    MARK,
    anthropic,
    found,
    gemini,
    only,
    openai,
    put,
    responses,
    words,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom.cli.main import group
from headroom.errors import FormatError
from headroom.lint import lint
from headroom.lint.findings import json_path
from headroom.lint.layout import layout
from headroom.pricing import price_of
from headroom.types import JSON


@pytest.mark.parametrize("make", ALL_MAKERS)
def test_a_good_session_has_no_findings(make: Callable[..., JSON]) -> None:
    for turns in range(6):
        assert found(make(turns)) == []
        assert found(make(turns + 1), make(turns)) == []


@pytest.mark.parametrize(
    ("text", "looks"),
    [
        ("Today is 2026-11-21.", "a date"),
        ("Today's date: November 21, 2026", "a date"),
        ("Date: Sat, 21 Nov 2026", "a date"),
        ("Now: 2026-11-21T10:42:07Z", "a time"),
        ("It is 10:42:07 in Berlin.", "a time"),
        ("It is 9:05 AM.", "a time"),
        ("Session 3f2b8c1e-9a4d-4c7b-8e2f-1a2b3c4d5e6f", "a UUID"),
        ("started at 1795257600", "a Unix time"),
        ("Request id: req_8fk2mz91xq", "a random id"),
        ("commit 5b1d0f9a3c2e4d6f8a7b9c0d1e2f3a4b5c6d7e8f", "a random id"),
        ("This is turn 7 of 40.", "a counter"),
        ("You have 12,345 tokens left.", "a counter"),
    ],
)
@pytest.mark.parametrize("make", ALL_MAKERS)
def test_what_changes_in_a_system_prompt_is_named(
    make: Callable[..., JSON], text: str, looks: str
) -> None:
    request = make()
    put(request, FIRST_TEXT[make], text + "\n" + GUIDE)
    finding = only(request, "volatile")
    assert looks in finding.why
    assert finding.path == json_path(FIRST_TEXT[make])
    assert finding.tokens > words(GUIDE)


@pytest.mark.parametrize(
    "text",
    [
        "Your knowledge cutoff is 2026-01-31.",
        "Copyright 2024-01-01 Example",
        "API version: 2023-06-01.",
        "Dates look like 2024-01-31, e.g. 2024-02-01.",
        "Step 1: read. Step 2: write. Use at most 3 tool calls.",
        "Never mention claude-opus-4-5-20251101.",
        "Ratio 16:9, port 8080, lines 12:34, 10 tokens per word, isbn 9783161484100",
        "call request_permission or user_preferences_v2",
    ],
)
def test_what_is_fixed_is_not_suspected(text: str) -> None:
    request = anthropic()
    request["system"][0]["text"] = text + "\n" + GUIDE
    assert found(request) == []


def test_tool_definitions_are_read_too_but_not_their_examples() -> None:
    request = anthropic()
    schema = request["tools"][1]["input_schema"]
    schema["properties"]["day"] = {"type": "string", "examples": ["2026-11-21"]}
    assert found(request) == []
    schema["properties"]["day"]["default"] = "2026-11-21"
    finding = only(request, "volatile")
    assert finding.path == "$.tools[1].input_schema.properties.day.default"


def test_what_did_not_change_between_two_requests_is_no_clock() -> None:
    before, after = anthropic(2), anthropic(3)
    for request in (before, after):
        request["system"][0]["text"] = "Quiet hours end at 07:30:00.\n" + GUIDE
    assert found(after, before) == []
    after["system"][0]["text"] = "It is 07:31:00.\n" + GUIDE
    assert [rule for rule, _ in found(after, before)] == ["volatile", "changed"]


@pytest.mark.parametrize("make", MAKERS)
def test_unstable_order_of_tools_and_keys(make: Callable[..., JSON]) -> None:
    before, after = make(2), make(3)
    after["tools"] = after["tools"][::-1]
    assert only(after, "tool-order", before).path == "$.tools[0]"
    after = make(3)
    tool = after["tools"][2]
    after["tools"][2] = dict(reversed(tool.items()))
    assert only(after, "key-order", before).path == "$.tools[2]"


@pytest.mark.parametrize("make", MAKERS)
def test_a_changed_history_is_named_where_it_changed(make: Callable[..., JSON]) -> None:
    before, after = make(3), make(4)
    last = len(before["messages"]) - 3
    content = after["messages"][last]["content"]
    if isinstance(content, list):
        content[0]["content"] = "cleared"
        place = f"$.messages[{last}].content[0].content"
    else:
        after["messages"][last]["content"] = "cleared"
        place = f"$.messages[{last}].content"
    finding = only(after, "changed", before)
    assert finding.path == place
    assert 0 < finding.tokens < 2000
    del after["messages"][1:]
    assert only(after, "changed", before).path == "$.messages"


def test_moving_breakpoints_is_no_change() -> None:
    before, after = anthropic(3), anthropic(4)
    for message in after["messages"]:
        message["content"][-1].pop("cache_control", None)
    after["messages"][-1]["content"][-1]["cache_control"] = {"type": "ephemeral", "ttl": "5m"}
    assert found(after, before) == []


def test_parameters_that_the_cache_depends_on() -> None:
    before, after = anthropic(2), anthropic(3)
    after["tool_choice"] = {"type": "any"}
    assert only(after, "parameter", before).path == "$.tool_choice"
    after = anthropic(3) | {"model": "claude-opus-5-5"}
    assert only(after, "parameter", before).path == "$.model"


def test_a_prefix_below_the_minimum() -> None:
    request = anthropic()
    request["system"][0]["text"] = "Be brief."
    finding = only(request, "too-short")
    assert finding.path == "$.system[0]"
    assert "512" in finding.why
    assert found(request | {"model": "claude-sonnet-5-5"}) == []  # not published: not claimed
    short = openai()
    short["messages"][0]["content"] = "Be brief."
    assert only(short, "too-short").path == "$"


def test_no_breakpoint_at_all_or_none_in_the_history() -> None:
    request = anthropic()
    for message in request["messages"]:
        message["content"][-1].pop("cache_control", None)
    finding = only(request, "no-breakpoint")
    assert finding.path == "$.system[0]"
    assert finding.dollars == pytest.approx(finding.tokens * 4.5e-6)
    del request["system"][0]["cache_control"]
    assert only(request, "no-breakpoint").path == "$"
    assert found(request | {"cache_control": MARK}) == []


def test_more_than_twenty_blocks_between_breakpoints() -> None:
    before, request = anthropic(1), anthropic(2)
    for message in request["messages"]:
        message["content"][-1].pop("cache_control", None)
    use, result = (m["content"][-1] for m in request["messages"][-2:])
    request["messages"][-2]["content"] = [use | {"id": f"t{n}"} for n in range(12)]
    request["messages"][-1]["content"] = [result | {"tool_use_id": f"t{n}"} for n in range(12)]
    request["messages"][-1]["content"][-1]["cache_control"] = MARK
    for earlier in (None, before):
        finding = only(request, "out-of-reach", earlier)
        assert finding.path == "$.messages[4].content[11]"
        assert "24 blocks" in finding.why
    request["messages"][-2]["content"][5]["cache_control"] = MARK
    assert found(request) == []


def test_cache_control_that_is_refused_or_ignored() -> None:
    request = anthropic(4)
    marked = [m["content"][-1] for m in request["messages"] if m["role"] == "user"]
    for block in marked[1:4]:
        block["cache_control"] = MARK
    finding = only(request, "too-many-breakpoints")
    assert finding.path == "$.messages[8].content[0]"
    request = anthropic()
    request["messages"][-1]["content"][-1]["cache_control"] = {"type": "ephemeral", "ttl": "1h"}
    assert '"5m"' in only(request, "cache-control").why
    request["messages"][-1]["content"][-1]["cache_control"] = {"type": "ephemeral", "ttl": "2h"}
    assert "'2h'" in only(request, "cache-control").why
    request = anthropic()
    request["messages"][-1]["cache_control"] = MARK
    assert only(request, "cache-control").path == "$.messages[8].cache_control"
    thinking = {"type": "thinking", "thinking": "…", "signature": "x", "cache_control": MARK}
    request = anthropic()
    request["messages"][-2]["content"].insert(0, thinking)
    assert "thinking" in only(request, "cache-control").why
    other = openai()
    other["messages"][1]["content"] = [{"type": "text", "text": "Why?", "cache_control": MARK}]
    assert only(other, "cache-control").path == "$.messages[1].content[0].cache_control"


def test_instructions_and_an_input_that_is_one_string() -> None:
    request = {"model": "gpt-5.6", "instructions": GUIDE, "input": "Why?"}
    assert found(request) == []
    request["instructions"] = "It is 10:42:07. " + GUIDE
    assert found(request) == [("volatile", "$.instructions")]
    assert (
        only(request | {"input": "Why"}, "changed", request | {"input": "Where"}).path == "$.input"
    )


def test_a_changed_history_of_items_and_contents() -> None:
    before, after = responses(3), responses(4)
    after["input"][4]["output"] = "cleared"
    assert only(after, "changed", before).path == "$.input[4].output"
    before, after = gemini(3), gemini(4)
    after["contents"][2]["parts"][0]["functionResponse"]["response"]["output"] = "cleared"
    place = "$.contents[2].parts[0].functionResponse.response.output"
    assert only(after, "changed", before).path == place


def test_functions_declared_in_another_order() -> None:
    before, after = gemini(3), gemini(4)
    after["tools"][0]["functionDeclarations"].reverse()
    finding = only(after, "tool-order", before)
    assert finding.path == "$.tools[0].functionDeclarations[0]"


@pytest.mark.parametrize("place", ["message", "tool result"])
def test_an_image_costs_its_pixels_and_not_its_data(place: str) -> None:
    header = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 200, 200)
    data = b64encode(header + bytes(90_000)).decode()
    image = {"type": "image", "source": {"type": "base64", "data": data}}
    request = anthropic()
    block = request["messages"][2]["content"][0]
    if place == "message":
        request["messages"][2]["content"].append(image)
    else:
        block["content"] = [{"type": "text", "text": block["content"]}, image]
    without = copy.deepcopy(request)
    image["source"]["data"] = ""  # type: ignore[index]
    assert layout(without, len).tokens == layout(request, len).tokens + 64


def test_an_unknown_model_costs_unknown() -> None:
    request = anthropic() | {"model": "claude-opus-99"}
    request["system"][0]["text"] = "It is 10:42:07. " + GUIDE
    assert only(request, "volatile").dollars is None


def test_the_cost_is_what_writing_costs_more_than_reading() -> None:
    request = anthropic()
    request["system"][0]["text"] = "It is 10:42:07. " + GUIDE
    finding, price = only(request, "volatile"), price_of("claude-opus-5")
    assert price is not None
    assert finding.dollars == pytest.approx(finding.tokens * (6.25 - 0.5) / 1e6)


def test_what_is_nested_too_deeply_is_refused() -> None:
    block: JSON = {}
    for _ in range(5000):
        block = {"a": block}
    with pytest.raises(FormatError, match="deep"):
        lint({"messages": [], "system": [block]}, words)


@pytest.mark.parametrize("body", [3, [], {}, {"messages": 3}, {"messages": [3]}])
def test_what_is_no_request_is_refused(body: JSON) -> None:
    with pytest.raises(FormatError):
        lint(body, words)


@pytest.mark.parametrize("make", MAKERS)
def test_the_request_is_not_modified(make: Callable[..., JSON]) -> None:
    request = make()
    before = copy.deepcopy(request)
    lint(request, words, earlier=make(2))
    assert request == before


LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=6)
VALUES = st.recursive(
    LEAVES | st.sampled_from(["text", "thinking", "tool_result", "ephemeral", "10:42:07"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["type", "text", "content", "role", "cache_control", "ttl", "tool_calls"]),
        inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@st.composite
def odd_requests(draw: st.DrawFn) -> JSON:
    """Draws a good request in which something, anywhere, is something else."""
    request = draw(st.sampled_from(ALL_MAKERS))(1)
    request = json.loads(json.dumps(request).replace(GUIDE, "Be brief."))
    for _ in range(draw(st.integers(1, 3))):
        node = request
        for _ in range(draw(st.integers(0, 6))):
            keys = sorted(node) if isinstance(node, dict) else range(len(node))
            children = [k for k in keys if isinstance(node[k], dict | list) and node[k]]
            if not children:
                break
            node = node[draw(st.sampled_from(children))]
        key = draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
        node[key] = draw(VALUES)
    return request


@settings(max_examples=300, deadline=None)
@given(odd_requests() | VALUES, st.none() | odd_requests())
def test_odd_requests_are_refused_with_a_sentence_or_read(request: JSON, earlier: JSON) -> None:
    try:
        findings = lint(request, words, earlier=earlier)
    except FormatError as error:
        assert str(error)
    else:
        assert all(finding.path.startswith("$") and finding.why for finding in findings)


def test_a_lone_surrogate_is_a_character_like_any_other(tmp_path: Path) -> None:
    request = anthropic()
    request["system"][0]["text"] = "\ud800 It is 10:42:07. " + GUIDE
    assert run(tmp_path, request).stdout.startswith("$.system[0].text: volatile")


def run(folder: Path, *bodies: JSON, options: tuple[str, ...] = ()) -> Result:
    names = []
    for n, body in enumerate(bodies):
        names.append(str(folder / f"{n}.json"))
        (folder / f"{n}.json").write_text(body if isinstance(body, str) else json.dumps(body))
    return CliRunner().invoke(group, ["lint", *names, *options])


def test_the_command_prints_a_line_a_finding_and_says_so_with_its_exit_code(
    tmp_path: Path,
) -> None:
    clean = run(tmp_path, anthropic(2), anthropic(3))
    assert (clean.exit_code, clean.stdout) == (0, "")
    request = anthropic()
    request["system"][0]["text"] = "It is 10:42:07. " + GUIDE
    result = run(tmp_path, request)
    assert result.exit_code == 1
    assert result.stdout.startswith("$.system[0].text: volatile: '10:42:07' looks like a time")
    assert "each time)" in result.stdout
    assert "claude-opus-5, price of 2026" in result.stderr
    findings = json.loads(run(tmp_path, request, options=("--json",)).stdout)
    assert [f["rule"] for f in findings] == ["volatile"]
    assert findings[0]["dollars"] > 0


def test_a_table_of_ones_own_prices(tmp_path: Path) -> None:
    (tmp_path / "prices.toml").write_text(
        '[[models]]\nnames = ["claude-opus-5"]\ncache = "anthropic"\ninput = 100\noutput = 200\n'
        'read = 10\ndate = 2027-01-01\nsource = "contract"\n'
    )
    request = anthropic()
    request["system"][0]["text"] = "It is 10:42:07. " + GUIDE
    result = run(tmp_path, request, options=("--prices", str(tmp_path / "prices.toml"), "--json"))
    (finding,) = json.loads(result.stdout)
    assert finding["dollars"] == pytest.approx(finding["tokens"] * 90e-6)


@pytest.mark.parametrize(
    "body",
    [
        "no json",
        "[]",
        "{}",
        '{"messages": [], "system": ' + "[" * 100_000 + "]" * 100_000 + "}",
    ],
)
def test_what_the_command_cannot_read_is_exit_code_two(tmp_path: Path, body: str) -> None:
    result = run(tmp_path, body)
    assert result.exit_code == 2
    assert "Traceback" not in result.output
