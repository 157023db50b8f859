"""OpenAI chat conversations with everything that the API allows in a message.

Source: https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

from functools import cache

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from headroom.types import JSON
from headroom_testing.strategies.dialogues import Dialogue, Slot, objects, slots, texts

_ARGUMENTS = st.sampled_from(
    ('{"command": "ls"}', "{}", "", "not json", '{"a": ["x", {"b": "y"}]}')
)
_CACHED = {"cache_control": st.just({"type": "ephemeral"})}


def _part(kind: str, field: str, value: SearchStrategy[JSON]) -> SearchStrategy[dict[str, JSON]]:
    return objects({"type": st.just(kind), field: value}, dict(_CACHED))


def _opaque_parts() -> SearchStrategy[dict[str, JSON]]:
    return st.one_of(
        _part("image_url", "image_url", st.just({"url": "data:image/png;base64,AAAA"})),
        _part("input_audio", "input_audio", st.just({"data": "AAAA", "format": "wav"})),
        _part("file", "file", st.just({"file_data": "AAAA", "filename": "a.pdf"})),
    )


def _message(
    role: str, required: dict[str, SearchStrategy[JSON]], **optional: SearchStrategy[JSON]
) -> SearchStrategy[list[JSON]]:
    return objects({"role": st.just(role), **required}, optional).map(lambda message: [message])


def _instructions() -> SearchStrategy[list[JSON]]:
    content = texts() | st.lists(_part("text", "text", texts()), max_size=2)
    return st.one_of(*(_message(role, {"content": content}) for role in ("system", "developer")))


def _user() -> SearchStrategy[list[JSON]]:
    parts = st.lists(_part("text", "text", slots()) | _opaque_parts(), max_size=3)
    return _message("user", {"content": slots() | parts}, name=texts())


def _assistant() -> SearchStrategy[list[JSON]]:
    parts = st.lists(
        _part("text", "text", texts()) | _part("refusal", "refusal", texts()), max_size=2
    )
    return _message(
        "assistant",
        {"content": st.none() | texts() | parts},
        refusal=st.none() | texts(),
        audio=st.just({"id": "audio_1", "transcript": "hm"}),
        reasoning_content=texts(),
    )


@cache
def _round_parts() -> tuple[SearchStrategy[JSON], ...]:
    """Ids, calls without ids, what the assistant says, results, and those of old functions."""
    function = objects({"name": st.just("bash"), "arguments": _ARGUMENTS}, {})
    custom = objects({"name": st.just("patch"), "input": texts()}, {})
    parts = st.lists(_part("text", "text", slots()), max_size=2)
    content = slots() | parts | st.none()
    return (
        st.lists(st.sampled_from(("call_1", "call_2", "", "é")), min_size=1, unique=True),
        objects({"type": st.just("function"), "function": function}, {})
        | objects({"type": st.just("custom"), "custom": custom}, {}),
        st.sampled_from(({}, {"content": None}, {"content": "Let me look."})),
        objects({"role": st.just("tool"), "content": content}, {}),
        objects({"role": st.just("function"), "name": st.just("ls"), "content": content}, {}),
    )


@st.composite
def _tool_round(draw: st.DrawFn) -> list[JSON]:
    """One assistant message with calls, and the results in another order."""
    ids, call, said, result, _ = _round_parts()
    names = draw(ids)
    calls = [{**draw(call), "id": name} for name in names]
    return [
        {"role": "assistant", **draw(said), "tool_calls": calls},
        *({**draw(result), "tool_call_id": name} for name in reversed(names)),
    ]


@st.composite
def _function_round(draw: st.DrawFn) -> list[JSON]:
    """A call and its result as they were before tools."""
    call = {"name": "ls", "arguments": draw(_ARGUMENTS)}
    result = draw(_round_parts()[-1])
    return [{"role": "assistant", "content": None, "function_call": call}, result]


def openai_dialogues() -> SearchStrategy[Dialogue]:
    """Chat conversations: parts of every kind, parallel calls, custom tools, nulls, unknown fields."""
    turns = st.one_of(_instructions(), _user(), _assistant(), _tool_round(), _function_round())
    return st.lists(turns, max_size=5).map(
        lambda rounds: Dialogue.of([message for turn in rounds for message in turn])
    )


def openai_session(outputs: list[str], question: str = "What failed?") -> Dialogue:
    """Returns the conversation of an agent that got these outputs, one call each."""
    messages: list[JSON] = [{"role": "user", "content": Slot(question)}]
    for n, output in enumerate(outputs):
        function = {"name": "bash", "arguments": f'{{"command": "run {n}"}}'}
        calls = [{"id": f"call_{n}", "type": "function", "function": function}]
        messages.append({"role": "assistant", "content": None, "tool_calls": calls})
        messages.append({"role": "tool", "tool_call_id": f"call_{n}", "content": Slot(output)})
    return Dialogue.of(messages)
