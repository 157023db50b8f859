"""Tools: the one that brings back what was left out, and your own with shorter results."""

from __future__ import annotations

from functools import lru_cache, wraps
from typing import Any, TypeAlias, TypeVar

from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.tools import BaseTool, StructuredTool

from headroom import Headroom, call_retrieve, retrieve_tool
from headroom.integrations.subclasses import copy_as, subclass
from headroom_langchain._compression import Compression

T = TypeVar("T", bound=BaseTool)
Tool: TypeAlias = Any
Kind: TypeAlias = Any
Argument: TypeAlias = Any
Output: TypeAlias = Any


def HeadroomRetrieveTool(*, headroom: Headroom | None = None) -> StructuredTool:
    """Returns the tool `headroom_retrieve`, which shows what was left out of an earlier result.

    Args:
        headroom: Whose store has the originals; default: the one behind `headroom.compress`.
    """
    definition = retrieve_tool("anthropic")

    def retrieve(**arguments: Argument) -> str:
        return call_retrieve(arguments, headroom=headroom)

    return StructuredTool(
        name=definition["name"],
        description=definition["description"],
        args_schema=definition["input_schema"],
        func=retrieve,
    )


def HeadroomTool(tool: T, *, headroom: Headroom | None = None, retrieve: bool = False) -> T:
    """Returns a tool like `tool`, of the same class, whose results are shorter.

    For loops without `HeadroomMiddleware` or `HeadroomChatModel`, which both leave your messages as
    they are: here the shorter result is what your application holds. Its artifact stays.

    Args:
        tool: Any tool.
        headroom: Compresses; default: the one behind `headroom.compress`.
        retrieve: Whether the model is offered `headroom_retrieve`. If not, nothing is left out.
    """
    kind: Kind = type(tool)
    return copy_as(_compressing(kind, headroom, retrieve), tool)


@lru_cache(maxsize=64)
def _compressing(cls: Kind, headroom: Headroom | None, retrieve: bool) -> Kind:  # noqa: FBT001 - a key
    compression = Compression(headroom)
    offered = [retrieve_tool()] if retrieve else []

    @wraps(cls.run)
    def run(self: Tool, tool_input: Argument, *args: Argument, **options: Argument) -> Output:
        output = cls.run(self, tool_input, *args, **options)
        messages = _exchange(self, tool_input, output)
        return _output(output, compression.shorter(messages, tools=offered)[-1])

    @wraps(cls.arun)
    async def arun(
        self: Tool, tool_input: Argument, *args: Argument, **options: Argument
    ) -> Output:
        output = await cls.arun(self, tool_input, *args, **options)
        messages = _exchange(self, tool_input, output)
        return _output(output, (await compression.ashorter(messages, tools=offered))[-1])

    return subclass(cls, {"run": run, "arun": arun})


def _exchange(tool: Tool, tool_input: Argument, output: Output) -> list[AIMessage | ToolMessage]:
    """Returns the call and its result as messages; the text alone is no message yet."""
    arguments = tool_input if isinstance(tool_input, dict) else {"input": tool_input}
    call = {"name": tool.name, "args": arguments, "id": "", "type": "tool_call"}
    result = ToolMessage(output, tool_call_id="") if isinstance(output, str) else output
    return [AIMessage("", tool_calls=[call]), result]


def _output(output: Output, shorter: Output) -> Output:
    return shorter.content if isinstance(output, str) else shorter
