"""Inputs of OpenAI responses with every kind of item.

Source: https://platform.openai.com/docs/api-reference/responses/create
"""

from __future__ import annotations

from functools import cache

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from headroom.types import JSON
from headroom_testing.strategies.dialogues import Dialogue, Slot, objects, slots, texts, values

_ARGUMENTS = st.sampled_from(
    ('{"command": "ls"}', "{}", "", "not json", '{"a": ["x", {"b": "y"}]}')
)


def _part(kind: str, **fields: SearchStrategy[JSON]) -> SearchStrategy[dict[str, JSON]]:
    return objects({"type": st.just(kind), **fields}, {})


def _item(kind: str, **fields: SearchStrategy[JSON]) -> SearchStrategy[dict[str, JSON]]:
    return objects({"type": st.just(kind), **fields}, {"id": st.just("item_1")})


@cache
def _media() -> SearchStrategy[dict[str, JSON]]:
    return st.one_of(
        _part("input_image", image_url=st.just("data:image/png;base64,AAAA"), detail=texts()),
        _part("input_file", file_data=st.just("AAAA"), filename=texts()),
    )


@cache
def _messages() -> SearchStrategy[list[JSON]]:
    user = slots() | st.lists(_part("input_text", text=slots()) | _media(), max_size=3)
    said = _part("output_text", text=texts(), annotations=values())
    assistant = texts() | st.lists(said | _part("refusal", refusal=texts()), max_size=2)
    system = texts() | st.lists(_part("input_text", text=texts()), max_size=2)
    contents = (("user", user), ("assistant", assistant), ("system", system), ("developer", system))
    return st.one_of(
        *(
            objects(
                {"role": st.just(role), "content": content},
                {
                    "type": st.just("message"),
                    "id": st.just("msg_1"),
                    "phase": st.just("commentary"),
                },
            )
            for role, content in contents
        )
    ).map(lambda item: [item])


@cache
def _opaque() -> SearchStrategy[list[JSON]]:
    """Items that nobody may touch: reasoning, references, and what the provider ran itself."""
    summary = texts().map(lambda text: [{"type": "summary_text", "text": text}])
    tools = st.just([{"name": "ls", "description": "Lists."}])
    return st.one_of(
        _item("reasoning", summary=summary, encrypted_content=st.just("gAAAAAB")),
        _item("compaction", encrypted_content=st.just("gAAAAAB")),
        _item("item_reference"),
        st.just({"id": "msg_2"}),
        _item("mcp_list_tools", server_label=texts(), tools=tools),
        _item("mcp_call", name=texts(), arguments=_ARGUMENTS, output=texts() | st.none()),
        _item("mcp_approval_request", name=texts(), arguments=_ARGUMENTS),
        _item("web_search_call", action=st.just({"type": "search", "query": "x"})),
        _item("file_search_call", results=texts().map(lambda text: [{"text": text}])),
        _item("code_interpreter_call", code=texts(), outputs=texts().map(lambda t: [{"logs": t}])),
        _item("computer_call_output", output=st.just({"type": "computer_screenshot"})),
        _item("program_output", result=texts()),
        _item("some_day_output", output=texts()),
    ).map(lambda item: [item])


@cache
def _round_parts() -> tuple[SearchStrategy[JSON], ...]:
    """Ids, and for each kind of call the call and its output, both without ids."""
    content = slots() | st.lists(_part("input_text", text=slots()) | _media(), max_size=2)
    streams = st.lists(
        objects({"stdout": slots(), "stderr": slots()}, {"outcome": values()}), max_size=2
    )
    action = st.just({"type": "exec", "command": ["ls", "-l"], "env": {}})
    commands = st.just({"commands": ["ls", "pwd"]})
    patch = texts().map(lambda diff: {"type": "update_file", "path": "a.py", "diff": diff})
    program = st.just({"type": "program", "caller_id": "prog_1"})
    return (
        st.lists(st.sampled_from(("call_1", "call_2", "", "é")), min_size=1, unique=True),
        st.tuples(
            _item("function_call", name=st.just("bash"), arguments=_ARGUMENTS),
            _item("function_call_output", output=content),
        ),
        st.tuples(
            _item("function_call", name=st.just("bash"), arguments=_ARGUMENTS),
            _item("function_call_output", output=texts(), caller=program),
        ),
        st.tuples(
            _item("custom_tool_call", name=st.just("patch"), input=texts()),
            _item("custom_tool_call_output", output=content),
        ),
        st.tuples(
            _item("local_shell_call", action=action),
            _item("local_shell_call_output", output=slots()),
        ),
        st.tuples(_item("shell_call", action=commands), _item("shell_call_output", output=streams)),
        st.tuples(
            _item("apply_patch_call", operation=patch),
            _item("apply_patch_call_output", output=slots() | st.none()),
        ),
    )


@st.composite
def _tool_round(draw: st.DrawFn) -> list[JSON]:
    """Calls in parallel, then the outputs in another order."""
    ids, *kinds = _round_parts()
    names = draw(ids)
    pairs = [draw(st.one_of(*kinds)) for _ in names]
    calls = [{**call, "call_id": name} for name, (call, _) in zip(names, pairs, strict=True)]
    outputs = [{**output, "call_id": name} for name, (_, output) in zip(names, pairs, strict=True)]
    return [*calls, *reversed(outputs)]


def responses_dialogues() -> SearchStrategy[Dialogue]:
    """Inputs with messages, parallel calls of all kinds, reasoning, references, unknown items."""
    turns = st.one_of(_messages(), _opaque(), _tool_round())
    return st.lists(turns, max_size=5).map(
        lambda rounds: Dialogue.of([item for turn in rounds for item in turn], "input")
    )


def responses_session(outputs: list[str], question: str = "What failed?") -> Dialogue:
    """Returns the input of an agent that reasons and got these outputs, one call each."""
    items: list[JSON] = [{"role": "user", "content": Slot(question)}]
    for n, output in enumerate(outputs):
        call = {"name": "bash", "arguments": f'{{"command": "run {n}"}}', "call_id": f"call_{n}"}
        result = {"call_id": f"call_{n}", "output": Slot(output)}
        items.append({"type": "reasoning", "summary": [], "encrypted_content": f"gAAAAAB{n}"})
        items.append({"type": "function_call", **call})
        items.append({"type": "function_call_output", **result})
    return Dialogue.of(items, "input")
