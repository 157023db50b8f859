"""What a client has never seen is put back where it was, in the client's own bytes."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from headroom.formats import anthropic_messages, read_body
from headroom.formats.rounds import ROUNDS
from headroom.types import JSON, Hidden, Round

OURS, THEIRS = "headroom_retrieve", "bash"
BLOCK = st.sampled_from(("thinking", "text", "ours"))


def block(kind: str, n: int) -> JSON:
    match kind:
        case "thinking":
            return {"type": "thinking", "thinking": f"{n}", "signature": "é"}
        case "text":
            return {"type": "text", "text": f"{n} ]}}, "}
        case _:
            return {"type": "tool_use", "id": f"{n}", "name": OURS, "input": {}}


def result(call: JSON) -> JSON:
    return {"type": "tool_result", "tool_use_id": call["id"], "content": "found"}


def hide(
    rounds: list[list[str]], last: list[str]
) -> tuple[list[JSON], list[Round], list[JSON], list[JSON]]:
    """Returns what the client gets, what it does not, what the model read, and results to come."""
    visible: list[JSON] = []
    hidden: list[Round] = []
    expected: list[JSON] = [{"role": "user", "content": "Go."}]
    results: list[JSON] = []
    for n, said in enumerate([*rounds, last]):
        blocks = [block(kind, 10 * n + m) for m, kind in enumerate(said)]
        calls = []
        for one in blocks:
            if one.get("name") == OURS:
                calls.append((len(visible), json.dumps(one)))
            else:
                visible.append(one)
        results = [result(one) for one in blocks if one.get("name") == OURS]
        expected.append({"role": "assistant", "content": blocks})
        end = len(visible) if n < len(rounds) else None
        if calls:
            hidden.append(Round(tuple(calls), ",".join(map(json.dumps, results)), end))
        if end is not None:
            expected.append({"role": "user", "content": results})
    return visible, hidden, expected, results


@given(
    st.lists(st.lists(BLOCK, max_size=4).map(lambda kinds: [*kinds, "ours"]), max_size=3),
    st.lists(BLOCK, max_size=4),
    st.booleans(),
    st.sampled_from((None, 1)),
    st.booleans(),
    st.booleans(),
)
def test_the_model_reads_what_it_said(
    rounds: list[list[str]],
    last: list[str],
    role_first: bool,
    indent: int | None,
    keeps_thoughts: bool,
    says_text: bool,
) -> None:
    """Rounds that we answered, and a last answer whose calls may be ours too."""
    visible, hidden, expected, waiting = hide(rounds, last)
    then = ROUNDS["anthropic_messages"].kinds(visible)
    if not keeps_thoughts:
        visible = [one for one in visible if one["type"] != "thinking"]
        for message in expected[1:]:
            message["content"] = [b for b in message["content"] if b["type"] != "thinking"]
    if not visible:
        return  # a client keeps no empty message
    expected = [message for message in expected if message["content"]]
    said_next: JSON = "Thanks." if says_text else [{"type": "text", "text": "Thanks."}]
    if waiting and says_text:
        expected.append({"role": "user", "content": waiting})
    elif waiting:
        said_next = [*waiting, *said_next]
    expected.append({"role": "user", "content": said_next})
    answer = [("role", "assistant"), ("content", visible)]
    messages = [
        {"role": "user", "content": "Go."},
        dict(answer if role_first else reversed(answer)),
        {"role": "user", "content": "Thanks." if says_text else said_next[-1:]},
    ]
    data = json.dumps({"messages": messages}, indent=indent).encode()
    body = read_body(data, anthropic_messages.FORMAT)
    found = ROUNDS["anthropic_messages"].put_back(body, {1: Hidden(then, tuple(hidden))})
    assert json.loads(found)["messages"] == expected


def test_a_message_that_the_client_changed_is_left_alone() -> None:
    data = b'{"messages": [{"role": "assistant", "content": [{"type": "text", "text": "joined"}]}]}'
    body = read_body(data, anthropic_messages.FORMAT)
    hidden = Hidden("bb", (Round(((1, "{}"),), "{}", 1),))
    assert ROUNDS["anthropic_messages"].put_back(body, {0: hidden}) == data
