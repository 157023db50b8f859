"""Requests as bytes that cannot be read, or need no edit, come back as they are."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom import Headroom
from headroom.errors import FormatError
from headroom.formats import apply_edits, openai_chat, openai_responses, read_body, write_body
from headroom.types import JSON, Edit, Insertion, Path, Span
from headroom_testing.strategies import Dialogue, Spelled, bodies, openai_dialogues

LOG = "".join(f"2026-11-21 10:00:{n % 60:02} INFO tick {n} done\n" for n in range(300))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[1]",
        b'{"messages": 3}',
        b'{"messages": [3]}',
        b'{"messages": [{"role": "user"}]}x',
        b"[" * 100_000,
        b'{"messages": [{"role": "user", "content": 7}]}',
        b'{"messages": [{"role": "user", "content": "\xff"}]}',
        b'{"messages": [{"role": "user", "content": "\xed\xa0\x80"}]}',
        b'{"messages": [{"role": "user", "content": "x", "n": NaN}]}',
        b'{"messages": [{"role": "user", "content": "x", "n": %s}]}' % (b"9" * 5000),
        '{"messages": []}'.encode("utf-16"),
        b'{"input": 3}',
        b'{"input": ["a text to embed"]}',
        b'{"contents": "text"}',
        b'{"contents": [{"parts": 3}]}',
        b'{"prompt": "text"}',
    ],
)
def test_what_cannot_be_read_comes_back_with_the_reason(body: bytes) -> None:
    result = Headroom(store="memory:").compress_body(body)
    assert result.body == body
    assert result.reason


def test_nothing_to_do_gives_the_same_bytes() -> None:
    body = b'\xef\xbb\xbf{ "messages" : [ {"role":"user","content":"h\\u0069"} ], "n": 1.0 }'
    result = Headroom(store="memory:").compress_body(body)
    assert (result.body, result.reason) == (body, "")


def test_invalid_utf8_is_named_with_its_place() -> None:
    reason = Headroom(store="memory:").compress_body(b'{"messages": ["\xff"]}').reason
    assert "0xff" in reason
    assert "position 15" in reason


def shortened(document: JSON) -> tuple[JSON, JSON]:
    """Returns a request as it went out, and as it was restored."""
    headroom = Headroom(store="memory:")
    result = headroom.compress_body(json.dumps(document).encode())
    assert not result.reason
    assert result.tokens_saved > 1000
    return json.loads(result.body), json.loads(headroom.restore_body(result.body))


def test_a_response_keeps_instructions_and_calls() -> None:
    call = {"type": "function_call", "call_id": "c1", "name": "bash", "arguments": "{}"}
    output = {"type": "function_call_output", "call_id": "c1", "output": LOG}
    document = {"instructions": LOG, "input": [call, output], "store": False}
    sent, restored = shortened(document)
    assert sent["instructions"] == LOG
    assert sent["input"][0] == call
    assert restored == document


def test_the_input_may_be_one_string() -> None:
    document = {"input": f"Why does it fail?\n\n```\n{LOG}```\n"}
    sent, restored = shortened(document)
    assert sent["input"].startswith("Why does it fail?\n")
    assert restored == document
    receipt = Headroom(store="memory:").compress_body(json.dumps(document).encode()).receipt
    assert receipt.dollars("gpt-5", sent=1) is not None


def test_gemini_contents_keep_the_system_instruction() -> None:
    answer = {"name": "bash", "response": {"output": LOG, "exit_code": 0}}
    document: JSON = {
        "systemInstruction": {"parts": [{"text": LOG}]},
        "contents": [
            {"role": "model", "parts": [{"functionCall": {"name": "bash", "args": {"c": LOG}}}]},
            {"role": "user", "parts": [{"functionResponse": answer}]},
        ],
    }
    sent, restored = shortened(document)
    assert sent["systemInstruction"] == document["systemInstruction"]
    assert sent["contents"][0] == document["contents"][0]
    assert restored == document


def test_a_route_that_knows_its_format_says_so() -> None:
    body = b'{"input": "x", "messages": [{"role": "user", "content": "y"}]}'
    assert read_body(body, openai_responses.FORMAT).messages == "x"
    assert read_body(body, openai_chat.FORMAT).messages == [{"role": "user", "content": "y"}]


def test_every_text_has_its_place_in_the_bytes() -> None:
    data = (
        b'\xef\xbb\xbf{"messages": [{"role":"user", "content": "h\\u0069", "content" :"\\ud800"}]}'
    )
    body = read_body(data)
    (block,) = body.read().messages[0].blocks
    assert block.text == "\ud800"
    (span,) = body.spans([block.path])
    assert span == Span(data.index(b'"\\ud800"'), data.index(b"}]}"))
    with pytest.raises(FormatError, match="nothing at"):
        body.spans([("messages", 1, "content")])


@settings(max_examples=60, deadline=None)
@given(bodies(openai_dialogues()), st.data())
def test_elements_go_into_lists_and_no_other_byte_changes(
    body: tuple[Dialogue, Spelled], data: st.DataObject
) -> None:
    dialogue, spelled = body
    at = data.draw(st.integers(0, len(dialogue.messages)))
    new = '{"role": "user",  "content": "1.0"}, {"role": "user", "content": "x"}'
    read = read_body(spelled.data)
    insertions = [Insertion(("messages", at), new), Insertion(("tools", 1), '{"name" : "b"}')]
    edits = [Edit(path, "edited") for path in dialogue.editable]
    written = write_body(read, edits, insertions)
    expected = json.loads(spelled.data)
    expected["messages"] = apply_edits(dialogue.messages, edits)
    expected["messages"][at:at] = json.loads(f"[{new}]")
    expected["tools"].append({"name": "b"})
    assert json.loads(written) == expected
    alone = write_body(read, [], insertions)
    rest = alone.replace(new.encode(), b"", 1).replace(b'{"name" : "b"}', b"", 1)
    assert without_commas(rest) == without_commas(spelled.data)


def without_commas(data: bytes) -> bytes:
    return data.replace(b",", b"")


@pytest.mark.parametrize(
    "path", [("messages", 2), ("messages", -1), ("model", 0), ("nothing", 0), ("messages", "x")]
)
def test_an_element_without_a_place_is_refused(path: Path) -> None:
    body = read_body(b'{"model": "m", "messages": [{"role": "user", "content": "x"}]}')
    with pytest.raises(FormatError, match="no place"):
        write_body(body, [], [Insertion(path, "{}")])


def test_an_empty_list_takes_its_first_element() -> None:
    body = read_body(b'{"messages": [ ], "tools":[]}')
    written = write_body(body, [], [Insertion(("tools", 0), "1"), Insertion(("messages", 0), "2")])
    assert written == b'{"messages": [ 2], "tools":[1]}'
