"""Requests over a socket as whole bodies, and back: but for what is new, the client's own bytes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom.errors import FormatError
from headroom.formats import read_body
from headroom.formats.openai_responses import FORMAT
from headroom.formats.threads import following
from headroom.types import JSON
from headroom_proxy.dialogue import Asked, Dialogue, Past
from headroom_testing.strategies import responses_dialogues, spelled

ITEMS = responses_dialogues().map(lambda dialogue: dialogue.messages)
SEEDS = st.integers(0, 2**32)
OURS: JSON = {"type": "function_call_output", "call_id": "ours", "output": "found"}


def packed(items: JSON) -> tuple[bytes, ...]:
    return tuple(json.dumps(item).encode() for item in items)


def asked(items: JSON, past: Past | None, seed: int) -> Asked:
    """Returns what a frame asks for, in one of its many spellings."""
    request: JSON = {"type": "response.create", "tools": [{"name": "bash"}], "input": items}
    dialogue = Dialogue(1 << 20, lambda body: None)
    if past is not None:
        request["previous_response_id"] = "resp_theirs"
        dialogue.keep("resp_theirs", past)
    return dialogue.asked(spelled(request, seed).data)


def read(frame: bytes) -> JSON:
    return json.loads(frame.removeprefix(b"\xef\xbb\xbf"))


def rest(body: JSON) -> JSON:
    return {**body, "input": None, "previous_response_id": None}


@settings(max_examples=100, deadline=None)
@given(old=ITEMS, new=ITEMS | st.text(), seed=SEEDS)
def test_what_is_not_edited_goes_up_byte_for_byte(old: JSON, new: JSON, seed: int) -> None:
    past = Past("resp_theirs", packed(old), packed(old))
    for one in (asked(new, past, seed), asked(new, None, seed)):
        assert one.request is not None
        frame, sent = one.request.sent(one.request.whole)
        assert frame == one.frame
        new_items = [{"role": "user", "content": new}] if isinstance(new, str) else new
        known = old if one.previous else []
        assert [json.loads(item) for item in sent] == [*known, *new_items]


@settings(max_examples=50, deadline=None)
@given(old=ITEMS.filter(bool), new=ITEMS | st.text(), seed=SEEDS)
def test_the_provider_gets_its_own_name_and_what_it_lacks(old: JSON, new: JSON, seed: int) -> None:
    """What was answered beside the client's own calls stands in front of what the client says."""
    past = Past("resp_ours", packed(old), packed([*old, OURS]))
    one = asked(new, past, seed)
    assert one.request is not None
    before = read(one.request.whole)
    assert before["previous_response_id"] is None
    whole = {**before, "input": [*old, OURS, OURS, *before["input"][len(old) :]]}
    frame, sent = one.request.sent(json.dumps(whole).encode())
    got = read(frame)
    assert got["previous_response_id"] == read(one.frame)["previous_response_id"] == "resp_ours"
    assert got["input"] == [OURS, *before["input"][len(old) :]]
    assert rest(got) == rest(before)
    assert [json.loads(item) for item in sent] == whole["input"]
    with pytest.raises(FormatError, match="what the provider has"):
        one.request.sent(one.request.whole)


@settings(max_examples=50, deadline=None)
@given(items=ITEMS | st.text(), seed=SEEDS, begins=st.booleans())
def test_a_model_goes_on_under_the_same_request(items: JSON, seed: int, *, begins: bool) -> None:
    frame = asked(items, None if begins else Past("resp_theirs"), seed).frame
    more = read(following(read_body(frame, FORMAT), "resp_ours", [OURS]))
    assert (more["previous_response_id"], more["input"]) == ("resp_ours", [OURS])
    assert rest(more) == rest(read(frame))
