"""Anthropic conversations with every kind of content block.

Source: https://docs.anthropic.com/en/api/messages
"""

from __future__ import annotations

from functools import cache

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from headroom.types import JSON
from headroom_testing.strategies.dialogues import (
    Dialogue,
    Slot,
    objects,
    slots,
    texts,
    values,
    without_slots,
)

_CACHED = {"cache_control": st.just({"type": "ephemeral", "ttl": "1h"})}
_BASE64 = {"type": "base64", "media_type": "image/png", "data": "AAAA"}


def _block(kind: str, **fields: SearchStrategy[JSON]) -> SearchStrategy[dict[str, JSON]]:
    return objects({"type": st.just(kind), **fields}, dict(_CACHED))


@cache
def _media() -> SearchStrategy[dict[str, JSON]]:
    return st.one_of(
        _block("image", source=st.just(_BASE64)),
        _block(
            "document", source=texts().map(lambda t: {"type": "text", "data": t}), title=texts()
        ),
        _block("search_result", content=texts().map(lambda t: [{"type": "text", "text": t}])),
    )


@cache
def _assistant_blocks() -> SearchStrategy[dict[str, JSON]]:
    found = st.just([{"type": "web_search_result", "encrypted_content": "AAAA", "title": "x"}])
    return st.one_of(
        _block("text", text=texts(), citations=values()),
        _block("thinking", thinking=texts(), signature=st.just("EqQBCgIYAg==")),
        _block("redacted_thinking", data=st.just("EmwKAhgBEgy3va")),
        _block("server_tool_use", id=st.just("srvtoolu_1"), input=values()),
        _block("web_search_tool_result", tool_use_id=st.just("srvtoolu_1"), content=found),
    )


def _assistant() -> SearchStrategy[list[JSON]]:
    content = texts() | st.lists(_assistant_blocks(), max_size=3)
    return objects({"role": st.just("assistant"), "content": content}, {}).map(lambda m: [m])


def _user() -> SearchStrategy[list[JSON]]:
    content = slots() | st.lists(_block("text", text=slots()) | _media(), max_size=3)
    return objects({"role": st.just("user"), "content": content}, {}).map(lambda m: [m])


@cache
def _round_parts() -> tuple[SearchStrategy[JSON], ...]:
    """Ids, calls (also of a program) and results without ids, what stands before the calls, and after the results."""
    parts = st.lists(_block("text", text=slots()) | _media(), max_size=3)
    optional = {"content": slots() | parts | st.none(), "is_error": st.booleans(), **_CACHED}
    return (
        st.lists(st.sampled_from(("toolu_1", "toolu_2", "", "é")), min_size=1, unique=True),
        _block("tool_use", name=st.just("bash"), input=values()),
        _block(
            "tool_use",
            name=st.just("bash"),
            input=values(),
            caller=st.just({"type": "code_execution_20260120", "tool_id": "srvtoolu_1"}),
        ),
        objects({"type": st.just("tool_result")}, optional),
        st.lists(_assistant_blocks(), max_size=2),
        st.lists(_block("text", text=slots()), max_size=1),
    )


@st.composite
def _tool_round(draw: st.DrawFn) -> list[JSON]:
    """Calls between other blocks, and the results in another order before what the user says."""
    ids, use, by_program, result, before, after = _round_parts()
    names = draw(ids)
    calls = [{**draw(use | by_program), "id": name} for name in names]
    results = [{**draw(result), "tool_use_id": name} for name in reversed(names)]
    parsed = {call["id"] for call in calls if "caller" in call}
    results = [without_slots(r) if r["tool_use_id"] in parsed else r for r in results]
    return [
        {"role": "assistant", "content": [*draw(before), *calls]},
        {"role": "user", "content": [*results, *draw(after)]},
    ]


def anthropic_dialogues() -> SearchStrategy[Dialogue]:
    """Conversations with string and list results, parallel ones, errors, thinking, media, caching."""
    turns = st.one_of(_user(), _assistant(), _tool_round())
    return st.lists(turns, max_size=4).map(
        lambda rounds: Dialogue.of([message for turn in rounds for message in turn])
    )


def anthropic_session(outputs: list[str], question: str = "What failed?") -> Dialogue:
    """Returns the conversation of an agent that thinks and got these outputs, one call each."""
    messages: list[JSON] = [{"role": "user", "content": Slot(question)}]
    for n, output in enumerate(outputs):
        use = {
            "type": "tool_use",
            "id": f"toolu_{n}",
            "name": "bash",
            "input": {"command": f"run {n}"},
        }
        thinking = {"type": "thinking", "thinking": f"step {n}", "signature": "EqQBCgIYAg=="}
        result = {"type": "tool_result", "tool_use_id": f"toolu_{n}", "content": Slot(output)}
        messages.append({"role": "assistant", "content": [thinking, use]})
        messages.append({"role": "user", "content": [result]})
    return Dialogue.of(messages)
