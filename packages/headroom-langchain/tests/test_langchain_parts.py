"""Documents, histories and tools, and messages of every kind."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import Sequence
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain_core.chat_history import BaseChatMessageHistory
from langchain_core.documents import Document
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.tools import tool

import headroom_langchain
from headroom import Headroom, Policy
from headroom.integrations import langchain as integrations
from headroom.integrations.messages import edited
from headroom.types import Edit
from headroom_langchain import (
    HeadroomChatMessageHistory,
    HeadroomChatModel,
    HeadroomDocumentCompressor,
    HeadroomRetrieveTool,
    HeadroomTool,
    without_headroom,
)
from headroom_langchain._messages import conversation_of
from headroom_testing.adapters import LONG_LOG, read_log
from headroom_testing.strategies import tool_outputs

Message: TypeAlias = Any


class Kept(BaseChatMessageHistory):
    """A history in memory."""

    def __init__(self, *messages: BaseMessage) -> None:
        self.messages = list(messages)

    def add_messages(self, messages: Sequence[BaseMessage]) -> None:
        self.messages += messages

    def clear(self) -> None:
        self.messages = []


def test_documents_keep_what_answers_and_say_where_the_rest_is() -> None:
    hr = Headroom(store="memory:")
    long = Document(page_content=read_log(LONG_LOG), metadata={"source": "a.log"}, id="1")
    short = Document(page_content="All is well.", metadata={"source": "b.log"}, id="2")
    compressor = HeadroomDocumentCompressor(headroom=hr)
    found = compressor.compress_documents([long, short, long], "tick 321 of 1234?")
    assert found[1] is short
    assert found[0] == found[2]
    assert "of 1234\n" in found[0].page_content
    assert len(found[0].page_content) < len(long.page_content) / 2
    assert found[0].id == "1"
    assert found[0].metadata["source"] == "a.log"
    assert hr.retrieve(found[0].metadata["headroom_ref"]) == long.page_content
    assert "headroom_ref" not in long.metadata
    later = asyncio.run(compressor.acompress_documents([long], "tick 321 of 1234?"))
    assert later[0] == found[0]


@pytest.mark.parametrize("retrieves", [False, True])
def test_a_history_is_read_shorter_than_it_is_kept(retrieves: bool) -> None:
    inner = Kept()
    history = HeadroomChatMessageHistory(
        inner, headroom=Headroom(store="memory:"), retrieve=retrieves
    )
    call = {"name": "read_log", "args": {"name": "web-0"}, "id": "1", "type": "tool_call"}
    exchange = [
        HumanMessage("What failed?", id="q"),
        AIMessage("", tool_calls=[call]),
        ToolMessage(read_log("web-0"), tool_call_id="1", status="error", artifact={"rows": 200}),
    ]
    history.add_messages(exchange)
    assert inner.messages == exchange
    read = history.messages
    assert read[:2] == exchange[:2]
    assert len(read[2].content) < len(exchange[2].content)
    assert ("headroom_retrieve" in read[2].content) is retrieves
    assert read[2].model_copy(update={"content": exchange[2].content}) == exchange[2]
    assert asyncio.run(history.aget_messages()) == read
    asyncio.run(history.aadd_messages([AIMessage("Nothing.")]))
    assert history.messages[:3] == read
    history.clear()
    assert inner.messages == []


def test_results_of_a_tool_are_shorter_and_its_artifact_stays() -> None:
    @tool(response_format="content_and_artifact")
    def logs(name: str) -> tuple[str, int]:
        """Reads a log."""
        return read_log(name), 200

    hr = Headroom(store="memory:")
    short = HeadroomTool(logs, headroom=hr, retrieve=True)
    assert type(short).__name__ == "StructuredTool"
    assert short.tool_call_schema.model_json_schema() == logs.tool_call_schema.model_json_schema()
    call = {"name": "logs", "args": {"name": "web-0"}, "id": "1", "type": "tool_call"}
    result, later = short.invoke(call), asyncio.run(short.ainvoke(call))
    assert result == later
    assert (result.artifact, result.status, result.tool_call_id) == (200, "success", "1")
    (ref,) = re.findall(r'headroom_retrieve\("(\w+)"', result.content)
    back = HeadroomRetrieveTool(headroom=hr)
    assert back.invoke({"ref": ref, "lines": "2-3"}) == "".join(
        read_log("web-0").splitlines(keepends=True)[1:3]
    )
    assert "no original" in back.invoke({"ref": "aaaaaaaaaaaaa"})
    assert short.invoke({"name": "web-0"}) == result.content
    assert logs.invoke({"name": "web-0"}) == read_log("web-0")
    assert "headroom_retrieve" not in HeadroomTool(logs, headroom=hr).invoke({"name": "web-0"})


def test_wrapping_twice_is_wrapping_once_and_can_be_taken_back() -> None:
    bare = GenericFakeChatModel(messages=iter([AIMessage("one"), AIMessage("two")]))
    model = HeadroomChatModel(bare)
    assert HeadroomChatModel(model) is model
    assert isinstance(model, GenericFakeChatModel)
    assert type(without_headroom(model)) is GenericFakeChatModel
    assert without_headroom(bare) is bare
    assert type(bare) is GenericFakeChatModel
    assert model.invoke("?").content == "one"
    assert asyncio.run(model.ainvoke("?")).content == "two"


def test_what_is_no_chat_model_is_refused() -> None:
    bare = GenericFakeChatModel(messages=iter([]))
    with pytest.raises(TypeError, match=r"expected a chat model, got \w*Binding: wrap"):
        HeadroomChatModel(bare.bind(stop=["x"]))


def test_configured_copies_compress_too() -> None:
    class Echo(GenericFakeChatModel):
        def _generate(self, messages: Message, *args: Message, **options: Message) -> Message:
            seen.append(messages[-1].content)
            return super()._generate(messages, *args, **options)

    seen: list[str] = []
    bare = Echo(messages=iter([AIMessage("one"), AIMessage("two")]))
    model = HeadroomChatModel(bare, headroom=Headroom(store="memory:"))
    question = [HumanMessage("What failed?"), ToolMessage(read_log("db-0"), tool_call_id="1")]
    model.model_copy().invoke(question)
    model.with_config(tags=["x"]).bind(stop=["y"]).invoke(question)
    assert [len(text) < len(question[1].content) for text in seen] == [True, True]


class Unknown(BaseMessage):
    type: str = "unknown"


TEXT = st.text(max_size=20)
PARTS = st.one_of(
    TEXT,
    st.builds(lambda text: {"type": "text", "text": text, "cache_control": {}}, TEXT),
    st.builds(lambda text: {"type": "thinking", "thinking": text, "signature": "x"}, TEXT),
    st.builds(lambda data: {"type": "image", "base64": data}, TEXT),
    st.sampled_from([{"type": "text"}, {"type": "text", "text": None}, {"odd": 1}, {}]),
)
CONTENT = st.one_of(TEXT, st.lists(PARTS, max_size=3))
MESSAGES = st.one_of(
    st.builds(HumanMessage, CONTENT),
    st.builds(SystemMessage, CONTENT),
    st.builds(AIMessage, CONTENT),
    st.builds(lambda content: ToolMessage(content, tool_call_id="1"), CONTENT),
    st.builds(lambda text: FunctionMessage(text, name="f"), TEXT),
    st.builds(
        lambda role, text: ChatMessage(text, role=role), st.sampled_from(["user", "x"]), TEXT
    ),
    st.builds(Unknown, CONTENT),
    st.builds(lambda: RemoveMessage("1")),
)


@given(st.lists(MESSAGES, max_size=5), st.data())
@settings(max_examples=60, deadline=None)
def test_an_edit_changes_one_text_and_nothing_else(
    messages: list[BaseMessage], data: st.DataObject
) -> None:
    before = [message.model_dump() for message in messages]
    blocks = [b for m in conversation_of(messages).messages for b in m.blocks]
    blocks = [b for b in blocks if b.kind in ("user_text", "tool_result")]
    if not blocks:
        return
    block = data.draw(st.sampled_from(blocks))
    edit = Edit(block.path, "something else")
    after = edited(messages, [edit])
    back = edited(after, [Edit(block.path, block.text)])
    assert [message.model_dump() for message in back] == before
    assert [message.model_dump() for message in messages] == before
    changed = [n for n, (a, b) in enumerate(zip(after, messages, strict=True)) if a is not b]
    assert changed == [block.path[1]]
    assert type(after[changed[0]]) is type(messages[changed[0]])


@st.composite
def sessions(draw: st.DrawFn) -> list[BaseMessage]:
    """Draws a session with parallel calls, whose results are texts or parts."""
    messages: list[BaseMessage] = [HumanMessage(draw(TEXT))]
    for turn in range(draw(st.integers(1, 3))):
        outputs = draw(st.lists(tool_outputs(), min_size=1, max_size=2))
        ids = [f"{turn}-{n}" for n in range(len(outputs))]
        calls = [{"name": "run", "args": {"n": one}, "id": one, "type": "tool_call"} for one in ids]
        messages.append(AIMessage(draw(TEXT), tool_calls=calls))
        for one, output in zip(ids, outputs, strict=True):
            content = draw(st.sampled_from([output, [output], [{"type": "text", "text": output}]]))
            messages.append(ToolMessage(content, tool_call_id=one))
    return messages


@given(sessions(), st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_session_only_grows_and_its_originals_come_back(
    messages: list[BaseMessage], data: st.DataObject
) -> None:
    hr = Headroom(store="memory:")
    sent = edited(messages, hr.decide(conversation_of(messages)).edits)
    part = messages[: data.draw(st.integers(0, len(messages)))]
    other = Headroom(store="memory:")
    assert edited(part, other.decide(conversation_of(part)).edits) == sent[: len(part)]
    assert edited(sent, hr.originals(conversation_of(sent))) == messages


def test_what_cannot_be_read_goes_out_as_it_came() -> None:
    class Odd(Headroom):
        def decide(self, *args: Message, **options: Message) -> Message:
            raise ValueError("odd")

    history = Kept()
    history.add_messages([ToolMessage(read_log("web-0"), tool_call_id="1")])
    read = HeadroomChatMessageHistory(history, headroom=Odd(store="memory:"), retrieve=True)
    assert read.messages == history.messages


def test_the_middleware_says_what_it_needs() -> None:
    code = (
        "import sys; sys.modules['langchain'] = None; import headroom_langchain as h\n"
        "try: h.HeadroomMiddleware\nexcept ImportError as error: print(error)"
    )
    said = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert said.strip().endswith("pip install 'headroom-langchain[agents]'")


def test_the_names_are_there() -> None:
    assert integrations.HeadroomChatModel is HeadroomChatModel
    assert headroom_langchain.__all__ == sorted(headroom_langchain.__all__)
    assert all(getattr(headroom_langchain, name).__doc__ for name in headroom_langchain.__all__)


def test_the_policy_is_kept() -> None:
    hr = Headroom(store="memory:", policy=Policy(exclude=frozenset({"read_log"})))
    message = ToolMessage(read_log("web-0"), tool_call_id="1", name="read_log")
    inner = Kept(message)
    assert HeadroomChatMessageHistory(inner, headroom=hr).messages == [message]
