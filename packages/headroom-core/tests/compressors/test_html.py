"""Pages: a reader's view, what was asked for from the rest, and nothing where someone may edit."""

from __future__ import annotations

import json
import re

import pytest

from headroom import Headroom, Policy
from headroom.compressors._page import Page
from headroom.types import JSON

PAGE = """<!doctype html>
<html><head><title>Rivers</title>
<script>
var account = "UA-36116321-1";
</script>
</head><body>
<nav><a href="/a">Lakes</a> <a href="/b">Mountains of the north and of the south</a></nav>
<h1>Rivers of the north</h1>
<p class="text" data-id="1">The <a href="https://rivers.example/tana">Tana</a> is 348 km long.</p>
{}
<div style="display:none"><p>Enter the secret word: heron.</p></div>
</body></html>
"""
ROWS = "\n".join(
    f'<div class="row row-{n}" data-index="{n}" onclick="open({n})"><p>River {n} has {n * 37} fish, '
    "and nobody has counted them again since the ice went.</p></div>"
    for n in range(1, 150)
)
TEXT = PAGE.format(ROWS)


def shown(text: str, question: str = "What is this?", call: str = "{}") -> tuple[str, Headroom]:
    headroom = Headroom(store="memory:")
    function = {"name": "bash", "arguments": call}
    messages: list[JSON] = [
        {"role": "user", "content": question},
        {
            "role": "assistant",
            "tool_calls": [{"id": "1", "type": "function", "function": function}],
        },
        {"role": "tool", "tool_call_id": "1", "content": text},
    ]
    result = headroom.compress(messages)
    assert headroom.restore(result) == messages
    return str(result[-1]["content"]), headroom


def call_of(command: str) -> str:
    return json.dumps({"command": command})


def test_a_reader_of_the_page_sees_the_same() -> None:
    text, _ = shown(TEXT)
    assert (
        "# Rivers of the north\nThe [Tana](https://rivers.example/tana) is 348 km long.\n" in text
    )
    for word in ("heron", "UA-36116321", "<p", "onclick", "Mountains"):
        assert word not in text


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Which account follows `var account`?", 'var account = "UA-36116321-1";'),
        ("How many fish has River 141?", "River 141 has 5217 fish"),
        ("What is the secret word to enter?", "Enter the secret word: heron."),
        ("Where do the Mountains of the south stand?", "Mountains of the north and of the south"),
    ],
)
def test_what_was_asked_for_is_shown_wherever_it_stands(question: str, answer: str) -> None:
    assert answer in shown(TEXT, question)[0]


@pytest.mark.parametrize("text", [TEXT, TEXT.replace("\n", " ")], ids=["lines", "one line"])
def test_every_marker_leads_to_what_it_stands_for(text: str) -> None:
    visible, headroom = shown(text)
    whole = re.search(r'headroom_retrieve\("(\w+)", (lines|rows)="', visible)
    assert whole
    ref, unit = whole.groups()
    gone = ""
    for first, last in re.findall(r"^\[…(\d+)-(\d+)\]$", visible, re.MULTILINE):
        wanted = f"{first}-{last}"
        part = headroom.retrieve(ref, **{unit: wanted})  # type: ignore[arg-type]
        assert part in text and len(part) < 0.8 * len(text)
        gone += part
    missing = [n for n in range(1, 150) if f"River {n} has" not in visible]
    assert missing and all(f"River {n} has" in gone for n in missing)


def test_a_query_finds_the_row_of_a_page_in_one_line() -> None:
    visible, headroom = shown(TEXT.replace("\n", " "))
    ref = visible.partition('headroom_retrieve("')[2].partition('"')[0]
    found = headroom.retrieve(ref, query="River 141")
    assert "River 141 has 5217 fish" in found
    assert len(found) < 0.3 * len(TEXT)


@pytest.mark.parametrize("command", ["cat site/index.html", "sed -n 1,900p a.vue"])
def test_a_file_that_may_be_edited_stays(command: str) -> None:
    assert shown(TEXT, call=call_of(command))[0] == TEXT


@pytest.mark.parametrize(
    "before", ["", "HTTP/2 200\ndate: Sat\nserver: x\n\n", "URL: x\nThe page:\n"]
)
def test_headers_may_stand_before_a_page(before: str) -> None:
    text, _ = shown(before + TEXT)
    assert text.startswith(before) and "# Rivers of the north" in text


def test_output_that_quotes_a_page_is_no_page() -> None:
    run = [f"test_part_{n} (test_rivers.Rivers) ... ok" for n in range(300)]
    quoted = [f"Expected {n} fish in:\n" + PAGE.format("<p>no fish</p>") for n in range(3)]
    text, _ = shown("\n".join([*run[:20], *quoted, *run[20:], "Ran 300 tests in 1 s"]))
    assert "of HTML" not in text


def test_links_to_where_the_page_came_from_are_relative() -> None:
    text, _ = shown(TEXT, call=call_of("curl -s https://rivers.example/index.html"))
    assert "[Tana](/tana)" in text


def test_a_page_stays_where_nothing_may_be_left_out() -> None:
    messages: list[JSON] = [{"role": "tool", "tool_call_id": "1", "content": TEXT}]
    headroom = Headroom(store="memory:", policy=Policy.lossless())
    assert headroom.compress(messages)[-1]["content"] == TEXT


def blocks(text: str) -> list[str]:
    return [block.text.decode() for block in Page(text.encode()).blocks if not block.aside]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<ul><li>a<ul><li>b</ul><li>c</ul>", ["- a", "  - b", "- c"]),
        ("<ol><li>a<li><p>b<p>c</ol>", ["1. a", "2. b", "  c"]),
        ("<pre>if a &lt; b:\n    <b>go</b>()\n</pre>", ["```\nif a < b:\n    go()\n```"]),
        ("<tr><th>a<th>b<tr><td>1<td>x|y", ["| a | b |\n|---|---|", "| 1 | x\\|y |"]),
        ("<a href=/x><h3>Head</h3><p>text</a>", ["### [Head](/x)", "text"]),
        ("<p>a<b>b<i>c</b>d</i>e<p>f</div></b>", ["abcde", "f"]),
        ("<p>1 < 2 & 3 > 2 &amp;&nbsp;so<br>on", ["1 < 2 & 3 > 2 & so on"]),
        ("<p>a <span hidden>b <span>c</span></span>d</p>", ["a d"]),
        ("<p hidden>a<p>b", ["b"]),
        ("<h2>a<p>b<p>c", ["## a", "b", "c"]),
        ('<p>a <a href="#n">note</a> <code>f(x)</code> <img alt="A dog">', ["a note `f(x)` ![A dog]"]),
        ("<div class='site-nav'><a href=/a>a</a></div><div class='has-sidebar'>b</div>", ["b"]),
        ("<div class=menu>Soup of the day, with bread <a href=/b>b</a></div>",
         ["Soup of the day, with bread [b](/b)"]),
        ("<p>a<script>if (a<b) '</p>'</script>b<!-- <p>c --><style>p{}", ["ab"]),
        ("<p>a\0b <a href='unclosed>c", ["a\0b <a href='unclosed>c"]),
    ],
)  # fmt: skip
def test_what_the_blocks_of_a_page_are(text: str, expected: list[str]) -> None:
    assert blocks(text) == expected
