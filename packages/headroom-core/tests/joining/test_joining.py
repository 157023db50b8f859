"""Several answers are one to the client, and several again to the provider."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom.formats import FORMATS, read_body
from headroom.formats.rounds import ROUNDS, appended
from headroom.joining import JOINING, Events, Joining
from headroom.types import JSON, Hidden
from headroom_testing.simulator import (
    Call,
    Part,
    Recorded,
    Reply,
    Text,
    Thinking,
    anthropic,
    gemini,
    openai_chat,
    openai_responses,
)
from headroom_testing.simulator.prompts import read_prompt
from headroom_testing.simulator.provider import Answered, Provider

OURS, THEIRS = Call("headroom_retrieve", {"ref": "a"}), Call("bash", {"command": "ls 🙂"})
SHAPES: dict[str, ModuleType] = {
    "anthropic_messages": anthropic,
    "openai_chat": openai_chat,
    "openai_responses": openai_responses,
    "gemini": gemini,
}
WIRE = {wire_format.name: wire_format for wire_format in FORMATS}
ASKED: JSON = {"role": "user", "content": "What failed?"}
RECORDED = Recorded("POST", "/", (), b"", 0.0)


@dataclass
class Talk:
    """A provider and a gateway, without sockets."""

    wire: str
    stream: bool
    provider: Provider = field(default_factory=lambda: Provider(strict=False, count=len))

    def __post_init__(self) -> None:
        self.format = WIRE[self.wire]
        self.rounds = ROUNDS[self.wire]
        self.joining: Joining = JOINING[self.wire]()
        first = {"parts": [{"text": "What failed?"}]} if self.wire == "gemini" else ASKED
        self.messages: list[JSON] = [first]

    def body(self, messages: Sequence[JSON]) -> bytes:
        options: JSON = {"stream_options": {"include_usage": True}, "max_tokens": 9}
        options |= {"include": ["reasoning.encrypted_content"], "store": False}
        return json.dumps({self.format.field: messages, **options}).encode()

    def answer(self, messages: Sequence[JSON], parts: Sequence[Part]) -> Answered:
        self.provider.play([Reply(tuple(parts))])
        request = json.loads(self.body(messages))
        found = self.provider.answer(SHAPES[self.wire], request, RECORDED, "model")
        assert isinstance(found, Answered)
        return found

    def take(self, found: Answered) -> bytes:
        """Lets the gateway read an answer; returns what the client gets of it at once."""
        if not self.stream:
            assert self.joining.take_message(found.rendered.payload)
            return b""
        events = Events()
        return b"".join(map(self.joining.take, events.take(b"".join(found.rendered.frames))))

    def play(self, *answers: Sequence[Part]) -> tuple[list[JSON], bytes]:
        """Returns what the provider has seen and said in the end, and what the client got."""
        got = b""
        for n, parts in enumerate(answers):
            got += self.take(self.answer(self.messages, parts))
            results = [self.rounds.result(c, "found", failed=False) for _, c in self.joining.calls]
            said = self.joining.said
            if n + 1 == len(answers):
                assert not self.joining.goes_on
                break
            assert self.joining.goes_on
            body = appended(
                read_body(self.body(self.messages), self.format),
                self.rounds.exchange(said, results),
            )
            self.messages = json.loads(body)[self.format.field]
            self.joining.end_round(results)
            self.joining.begin()
        if self.joining.calls:
            self.joining.end_round(results)
        return [*self.messages, *self.rounds.messages(said)], got + (
            self.joining.ending() if self.stream else b""
        )

    def sent_back(self, client: Sequence[JSON]) -> list[str]:
        """Returns what the provider sees of a client's next request."""
        first = self.messages[0]
        more = {"parts": [{"text": "More."}]} if self.wire == "gemini" else ASKED
        body = read_body(self.body([first, *client, more]), self.format)
        hidden = Hidden(self.rounds.kinds(self.joining.visible), tuple(self.joining.rounds))
        index = next(n for n in range(len(client), 0, -1) if body.read().messages[n].blocks)
        return pieces(json.loads(self.rounds.put_back(body, {index: hidden})))


def pieces(request: JSON) -> list[str]:
    return [piece.key for piece in read_prompt(request, len).pieces]


PART = st.one_of(
    st.builds(Text, st.text("aé🙂\n", min_size=1, max_size=5)),
    st.builds(Thinking, st.text("b", min_size=1, max_size=3)),
)
ROUND = st.lists(PART, max_size=3).flatmap(
    lambda parts: st.integers(1, 2).map(lambda count: [*parts, *[OURS] * count])
)
WIRES = pytest.mark.parametrize("wire", SHAPES)
STREAM = pytest.mark.parametrize("stream", [False, True], ids=["json", "sse"])


def in_order(wire: str, parts: Sequence[Part]) -> list[Part]:
    """Returns the parts as a model of this format says them: each thought seals what follows it."""
    if wire == "openai_chat":
        return sorted(parts, key=lambda part: isinstance(part, Call))
    if wire == "gemini":
        kept = [
            one
            for one, after in pairwise([*parts, Thinking("")])
            if not (isinstance(one, Thinking) and isinstance(after, Thinking))
        ]
        return [one for one, after in pairwise([*kept, OURS]) if not is_text(one, after)]
    return list(parts)


def is_text(one: Part, after: Part) -> bool:
    return isinstance(one, Text) and isinstance(after, Text)


@WIRES
@STREAM
@settings(deadline=None, max_examples=50)
@given(
    st.lists(ROUND, max_size=3),
    st.lists(PART, max_size=3),
    st.lists(st.sampled_from([OURS, THEIRS]), max_size=3),
)
def test_the_model_reads_what_it_said(
    wire: str, stream: bool, rounds: list[list[Part]], last: list[Part], calls: list[Call]
) -> None:
    """Rounds that we answered, and a last answer with calls of both."""
    talk = Talk(wire, stream)
    if wire == "openai_chat":  # which does not show thoughts
        last = [part for part in last if isinstance(part, Text)]
    if THEIRS not in calls and (calls or not last):
        calls = [*calls, THEIRS]
    answers = [in_order(wire, parts) for parts in (*rounds, [*last, *calls])]
    seen, _ = talk.play(*answers)
    client = clean(wire, talk.rounds.messages(talk.joining.visible))
    if not any(message.blocks for message in talk.format.read(client).messages):
        return  # nothing that a client could send again
    expected = pieces(json.loads(talk.body([m for m in seen if m != EMPTY])))
    assert talk.sent_back(client)[: len(expected)] == expected


EMPTY: JSON = {"role": "assistant", "content": []}


def clean(wire: str, messages: list[JSON]) -> list[JSON]:
    """Returns what a client got as it sends it back."""
    for message in messages if wire == "openai_chat" else ():
        for call in message.get("tool_calls", ()):
            call.pop("index", None)
    return messages


@WIRES
def test_streamed_or_not_the_client_gets_the_same(wire: str) -> None:
    asks: list[Part] = [Thinking("t"), Text("Let me see."), OURS]
    answers: list[list[Part]] = [asks, [Text("So 日本."), THEIRS, OURS]]
    streamed, whole = Talk(wire, stream=True), Talk(wire, stream=False)
    _, got = streamed.play(*answers)
    whole.play(*answers)
    assert streamed.joining.visible == whole.joining.visible
    assert streamed.joining.rounds == whole.joining.rounds
    assert b"headroom_retrieve" not in got.replace(b'"tools":[', b"")


@WIRES
def test_a_stream_is_cut_into_the_same_events_wherever_it_breaks(wire: str) -> None:
    found = Talk(wire, stream=True).answer(Talk(wire, stream=True).messages, [Text("日本"), THEIRS])
    data = b"".join(found.rendered.frames)
    expected = list(found.rendered.frames)
    for place in range(len(data)):
        events = Events()
        cut = [*events.take(data[:place]), *events.take(data[place:])]
        assert cut == expected
        assert events.rest() == b""


ENDS = {
    "anthropic_messages": b"message_delta",
    "openai_chat": b'"finish_reason": "',
    "openai_responses": b"response.completed",
    "gemini": b"finishReason",
}


@WIRES
def test_a_stream_that_breaks_off_has_no_end(wire: str) -> None:
    """At each event: nothing is asked for, and nothing is made up."""
    talk = Talk(wire, stream=True)
    frames = talk.answer(talk.messages, [Text("Let me see."), OURS]).rendered.frames
    for count in range(len(frames) + 1):
        joining = JOINING[wire]()
        for frame in frames[:count]:
            joining.take(frame)
        is_complete = any(ENDS[wire] in frame for frame in frames[:count])
        assert joining.goes_on == is_complete
        assert is_complete or not joining.ending()


@WIRES
@STREAM
def test_who_is_cut_off_inside_a_call_is_not_answered(wire: str, stream: bool) -> None:
    limits = {"anthropic_messages": "max_tokens", "openai_chat": "length", "gemini": "MAX_TOKENS"}
    if wire not in limits:
        return
    talk = Talk(wire, stream)
    talk.provider.play([Reply((Text("Let me see."), OURS), stop=limits[wire])])
    request = json.loads(talk.body(talk.messages))
    found = talk.provider.answer(SHAPES[wire], request, RECORDED, "model")
    assert isinstance(found, Answered)
    got = talk.take(found) + (talk.joining.ending() if stream else b"")
    assert not talk.joining.goes_on
    shown = got.decode() if stream else json.dumps(talk.joining.message())
    assert limits[wire] in shown
    assert "headroom_retrieve" not in shown


def test_an_end_that_does_not_say_its_status_is_one() -> None:
    joining = JOINING["openai_responses"]()
    call = {"type": "function_call", "call_id": "c", "name": OURS.name, "arguments": "{}"}
    item = {"type": "response.output_item.done", "output_index": 0, "item": call}
    end = {"type": "response.completed", "response": {"id": "resp_1"}}
    for event in (item, end):
        assert joining.take(b"data: %s\n\n" % json.dumps(event).encode()) == b""
    assert joining.goes_on
    joining.begin()
    joining.take(b"data: %s\n\n" % json.dumps({**end, "type": "response.failed"}).encode())
    assert not joining.waits
