"""Whatever a conversation holds, compressing it changes texts that may be edited and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom import Headroom, Policy
from headroom.errors import FormatError
from headroom.formats import apply_edits, detect_format
from headroom.recognise import EDITABLE
from headroom.types import JSON, Edit
from headroom_testing.strategies import (
    Dialogue,
    anthropic_dialogues,
    gemini_dialogues,
    leaves,
    openai_dialogues,
    plain_outputs,
    responses_dialogues,
    spelled,
)

DIALOGUES = openai_dialogues() | anthropic_dialogues() | responses_dialogues() | gemini_dialogues()
LOG = "".join(f"2026-11-21 10:00:{n % 60:02} INFO tick {n} é done\n" for n in range(300))


@st.composite
def sessions(draw: st.DrawFn) -> Dialogue:
    """Conversations in which texts that may be edited, and others, are long and dull."""
    dialogue = draw(DIALOGUES)
    outputs = plain_outputs("service log", "json", "csv", "ls") | st.just(LOG)
    editable = [Edit(path, draw(st.just(LOG) | outputs)) for path in dialogue.editable]
    long = {"thinking", "text", "refusal", "input", "arguments", "content", "data", "title",
            "output", "code", "result", "logs", "diff", "someDay"}  # fmt: skip
    opaque = [
        Edit(path, LOG)
        for path, value in leaves(dialogue.messages, dialogue.field)
        if path[-1] in long and isinstance(value, str) and path not in dialogue.editable
    ]
    long_messages = apply_edits(dialogue.messages, [*editable, *opaque])
    return replace(dialogue, messages=long_messages)


def elsewhere(messages: list[JSON], dialogue: Dialogue) -> list[object]:
    found = leaves(messages, dialogue.field)
    return [(path, value) for path, value in found if path not in dialogue.editable]


@settings(max_examples=40, deadline=None)
@given(sessions(), st.sampled_from([Policy(), Policy.lossless()]))
def test_messages_keep_what_is_not_theirs_to_change(dialogue: Dialogue, policy: Policy) -> None:
    headroom = Headroom(store="memory:", policy=policy)
    result = headroom.compress(dialogue.messages)
    assert elsewhere(list(result), dialogue) == elsewhere(dialogue.messages, dialogue)
    edited = {d.path[1:] for d in result.receipt.decisions if d.edited}
    assert edited <= {path[1:] for path in dialogue.editable}
    assert headroom.restore(list(result)) == dialogue.messages
    texts = dict(leaves(dialogue.messages, dialogue.field))
    results = [path for path in dialogue.editable if texts[path] == LOG]
    assert not results or edited


@settings(max_examples=40, deadline=None)
@given(sessions(), st.integers(0, 2**32))
def test_bodies_keep_every_other_byte(dialogue: Dialogue, seed: int) -> None:
    document = {"model": "gpt-4o", "x": [1.0, None], dialogue.field: dialogue.messages}
    body = spelled(document, seed)
    headroom = Headroom(store="memory:")
    result = headroom.compress_body(body.data)
    assert not result.reason
    body.edited(result.body, [d.path for d in result.receipt.decisions if d.edited])
    assert json.loads(headroom.restore_body(result.body)) == json.loads(body.data)


@given(DIALOGUES)
def test_a_conversation_is_read_alike_whatever_it_is_taken_for(dialogue: Dialogue) -> None:
    read = detect_format(dialogue.messages).read(dialogue.messages)
    blocks = [b for m in read.messages for b in m.blocks if not b.is_image]
    slots = [b.path for b in blocks if b.kind in EDITABLE]
    assert [path[1:] for path in slots] == [path[1:] for path in dialogue.editable]


class Model:
    """A message or part as an SDK returns it: attributes, and no dict."""

    role = "assistant"
    type = "text"
    content = text = "Let me look."


@pytest.mark.parametrize(
    ("messages", "where"),
    [
        ([{"role": "user", "content": "x"}, Model()], r"messages\[1\]: .*Model"),
        ([{"role": "assistant", "content": [Model()]}], r"messages\[0\]\.content\[0\]: .*Model"),
        ([{"role": "assistant", "tool_calls": [Model()]}], r"messages\[0\]\.tool_calls\[0\]"),
        (
            [{"role": "user", "content": [{"type": "tool_result", "content": [Model()]}]}],
            r"messages\[0\]\.content\[0\]\.content\[0\]: .*Model",
        ),
        (
            [{"role": "assistant", "content": [{"type": "tool_use", "input": {(1, 2): 3}}]}],
            r"messages\[0\]\.content\[0\]\.input: expected JSON",
        ),
        ([("role", "user")], r"messages\[0\]: .*tuple"),
    ],
)
def test_objects_that_are_no_json_are_named(messages: list[object], where: str) -> None:
    with pytest.raises(FormatError, match=where):
        Headroom(store="memory:").compress(messages)


def test_odd_ids_and_types_are_no_reason_to_fail() -> None:
    ids: tuple[object, ...] = ([], {}, None, 7)
    for odd in ids:
        messages = [{"role": "tool", "tool_call_id": odd, "content": [{"type": odd, "text": 3}]}]
        assert Headroom(store="memory:").compress(messages) == messages
