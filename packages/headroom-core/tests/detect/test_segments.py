"""Segments put together are the text; a user's own words are never one that may be touched."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom import Headroom
from headroom.detect import WORDS, segment

LOG = "".join(f"2026-11-21 10:00:{n % 60:02} INFO tick {n} done\n" for n in range(300))
WORDY = "- please look at item one again\n- please look at item one again\n" * 300


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                b"```py\n",
                b"```\n",
                b"~~~~\n",
                b"<output>\n",
                b"</output>",
                b"x" * 450 + b"\n",
                b"a\n",
                b"OBSERVATION:\n",
            ]
        )
    ).map(b"".join),
    st.booleans(),
    st.booleans(),
)
def test_joined_they_are_the_text(data: bytes, pasted: bool, omit: bool) -> None:
    parts = segment(data, pasted=pasted, omit=omit)
    assert b"".join(p.data for p in parts) == data
    line = 1
    for part in parts:
        assert part.line == line
        line += part.data.count(b"\n")


def content(text: str, role: str = "user") -> str:
    messages = [{"role": role, "content": text, "tool_call_id": "1"}]
    headroom = Headroom(store="memory:")
    result = headroom.compress(messages)
    assert headroom.restore(result) == messages
    return str(result[0]["content"])


def test_the_users_own_words_stay_however_repetitive() -> None:
    assert content(WORDY) == WORDY
    assert content(WORDY, role="tool") != WORDY


@pytest.mark.parametrize(
    "around",
    [
        "Why?\n```\n{}```\nThanks.",
        "<returncode>0</returncode>\n<output>\n{}</output>",
        "<output_head>\n{}</output_head>\n<output_tail>\nok\n</output_tail>",
        "OBSERVATION:\n{}",
        "{}",
    ],
)
def test_what_is_pasted_may_be_compressed_and_nothing_around_it(around: str) -> None:
    text = content(around.format(LOG))
    assert len(text) < len(LOG) / 4
    head, tail = around.split("{}")
    assert text.startswith(head)
    assert text.endswith(tail)


def test_unclosed_tags_and_fences_take_linear_time() -> None:
    data = b"<file>\n<error>\n" * 40_000 + b"```\n~~~~\n" * 40_000
    assert segment(data)[0].detection.content_type != WORDS  # quadratic would take minutes


def test_an_xml_document_is_one_segment() -> None:
    text = (
        b"<?xml version='1.0'?>\n<bugs>\n<errors>\n"
        + b"<item>x</item>\n" * 60
        + b"</errors>\n</bugs>\n"
    )
    assert [part.data for part in segment(text)] == [text]


def test_a_document_is_cut_down_with_its_examples_in_it() -> None:
    example = b"```json\n" + b'{"name": "one", "values": [1, 2, 3]}\n' * 20 + b"```\n"
    section = (
        b"\n## Retries\n\n" + b"A call is tried again after a while, as it may pass then.\n" * 40
    )
    document = (section + example) * 3
    assert [p.data for p in segment(document, omit=True)] == [document]
    assert len(segment(document)) > 1
    assert len(segment(document, omit=True, pasted=True)) > 1
    data = section + b"```json\n" + b'{"name": "one", "values": [1, 2, 3]}\n' * 200 + b"```\n"
    assert len(segment(data, omit=True)) > 1


@pytest.mark.parametrize(
    ("head", "tail"),
    [
        (
            b"<untrusted_context>\nOutput: ",
            b"\nProcess Group PGID: 15816\n</untrusted_context>",
        ),
        (b"Command: cat a.json\nDirectory: src\nOutput: ", b"\nExit Code: 1\nSignal: (none)"),
    ],
)
def test_what_a_shell_says_around_an_output_is_not_the_output(head: bytes, tail: bytes) -> None:
    records = b"[\n" + b",\n".join(b' {"id": %d, "open": true}' % n for n in range(40)) + b"\n]"
    parts = segment(head + records + tail)
    assert [part.data for part in parts] == [head, records, tail]
    assert [part.detection.content_type for part in parts] == ["words", "text", "words"]


def test_a_users_own_words_about_an_output_are_no_shell() -> None:
    said = b"Output: " + b"I would like it to be shorter, and to name the file that fails. " * 20
    assert [part.data for part in segment(said, pasted=True)] == [said]
