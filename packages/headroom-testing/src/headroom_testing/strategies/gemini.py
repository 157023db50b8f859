"""Gemini contents with every kind of part, in both spellings of the names.

Source: https://ai.google.dev/api/caching#Content
"""

from __future__ import annotations

from functools import cache

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from headroom.types import JSON
from headroom_testing.strategies.dialogues import (
    AnySlot,
    Dialogue,
    Slot,
    objects,
    slots,
    texts,
    values,
)

_SNAKE = {
    "functionCall": "function_call",
    "functionResponse": "function_response",
    "thoughtSignature": "thought_signature",
    "inlineData": "inline_data",
}
_SIGNED = {"thoughtSignature": st.just("CiQBVKhc7g==")}


def _part(**fields: SearchStrategy[JSON]) -> SearchStrategy[dict[str, JSON]]:
    return objects(fields, dict(_SIGNED))


@cache
def _opaque() -> SearchStrategy[dict[str, JSON]]:
    blob = st.just({"mimeType": "image/png", "data": "AAAA"})
    return st.one_of(
        _part(inlineData=blob),
        _part(text=texts(), thought=st.just(value=True)),
        _part(executableCode=texts().map(lambda code: {"language": "PYTHON", "code": code})),
        _part(codeExecutionResult=texts().map(lambda out: {"outcome": "OK", "output": out})),
        _part(toolResponse=texts().map(lambda out: {"id": "t1", "response": {"output": out}})),
        _part(someDay=texts()),
    )


def _content(role: str | None, part: SearchStrategy[JSON]) -> SearchStrategy[list[JSON]]:
    named: dict[str, SearchStrategy[JSON]] = {} if role is None else {"role": st.just(role)}
    parts = st.lists(part | _opaque(), max_size=3)
    return objects({**named, "parts": parts}, {}).map(lambda content: [content])


@cache
def _said() -> SearchStrategy[list[JSON]]:
    return st.one_of(
        _content("user", _part(text=slots())),
        _content(None, _part(text=slots())),
        _content("model", _part(text=texts())),
        _content("system", _part(text=texts())),
    )


@cache
def _responses() -> SearchStrategy[JSON]:
    """What functions answer: a text under some name, or a structure with texts in it."""
    text = texts().map(AnySlot)
    simple = st.none() | st.booleans() | st.integers() | text
    nested = st.recursive(
        simple,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
        ),
        max_leaves=5,
    )
    data = st.just({"rows": [{"name": f"row {n}", "size": n} for n in range(60)]})
    return st.one_of(
        st.fixed_dictionaries({"output": text}),
        st.fixed_dictionaries({"error": text, "exit_code": st.integers()}),
        st.dictionaries(st.text(max_size=5), nested, max_size=3),
        data,
    )


@cache
def _round_parts() -> tuple[SearchStrategy[JSON], ...]:
    """Ids, a call and a response without them."""
    return (
        st.lists(st.sampled_from(("call_1", "call_2", "", "é")), min_size=1, unique=True),
        objects({"name": st.just("bash")}, {"args": st.dictionaries(texts(), values())}),
        objects({"name": st.just("bash"), "response": _responses()}, {}),
    )


@st.composite
def _tool_round(draw: st.DrawFn) -> list[JSON]:
    """Calls in parallel, with or without ids, and their responses."""
    ids, call, response = _round_parts()
    names: list[JSON] = [{"id": name} if name else {} for name in draw(ids)]
    calls = [{"functionCall": {**draw(call), **name}} for name in names]
    found = [{"functionResponse": {**draw(response), **name}} for name in names]
    return [
        {"role": "model", "parts": [*draw(st.lists(_opaque(), max_size=1)), *calls]},
        {"role": draw(st.sampled_from(("user", "function"))), "parts": found},
    ]


def gemini_dialogues() -> SearchStrategy[Dialogue]:
    """Contents with parallel calls, structured responses, thoughts and media, in both spellings."""
    turns = st.one_of(_said(), _tool_round())
    return st.builds(
        lambda rounds, snake: Dialogue.of(
            [_snake(content) if snake else content for turn in rounds for content in turn],
            "contents",
        ),
        st.lists(turns, max_size=4),
        st.booleans(),
    )


def _snake(content: dict[str, JSON]) -> dict[str, JSON]:
    parts = [{_SNAKE.get(key, key): value for key, value in p.items()} for p in content["parts"]]
    return {**content, "parts": parts}


def gemini_session(outputs: list[str], question: str = "What failed?") -> Dialogue:
    """Returns the contents of an agent that thinks and got these outputs, one call each."""
    contents: list[JSON] = [{"role": "user", "parts": [{"text": Slot(question)}]}]
    for n, output in enumerate(outputs):
        call = {"name": "bash", "args": {"command": f"run {n}"}, "id": f"call_{n}"}
        part = {"functionCall": call, "thoughtSignature": "CiQBVKhc7g=="}
        result = {"name": "bash", "id": f"call_{n}", "response": {"output": AnySlot(output)}}
        contents.append({"role": "model", "parts": [part]})
        contents.append({"role": "user", "parts": [{"functionResponse": result}]})
    return Dialogue.of(contents, "contents")
