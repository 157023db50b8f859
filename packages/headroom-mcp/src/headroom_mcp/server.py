"""The tools and resources that an MCP client sees."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from importlib.metadata import entry_points, version
from typing import Annotated, Any, TypeAlias

from mcp import MCPError
from mcp.server import MCPServer
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver.exceptions import ResourceNotFoundError, ToolError
from mcp.types import METHOD_NOT_FOUND, CallToolResult, TextContent, ToolAnnotations
from pydantic import Field

from headroom import Headroom, HeadroomError, KeyMissing, retrieve_tool
from headroom.api import default
from headroom.ccr.stored import Counting, Saving

Request: TypeAlias = ServerRequestContext[Any, Any]

_ANNOUNCING = ("initialize", "server/discover")
"""Requests whose answer says what the server has: up to 2025, and from then on."""

_READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
_KEEPS = ToolAnnotations(
    read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)

_TOOL = retrieve_tool("anthropic")
_ABOUT: dict[str, str | None] = {
    name: parameter.get("description")
    for name, parameter in _TOOL["input_schema"]["properties"].items()
}

_INSTRUCTIONS = (
    'Markers such as […120-206 left out; source intact: headroom_retrieve("ref", lines="120-206")] '
    "stand where text was left out of a result; headroom_retrieve brings it back."
)


@dataclass
class Savings:
    """What was saved so far, by kind of content, the largest saving first."""

    savings: list[Saving]


def make_server(headroom: Headroom | None = None) -> MCPServer:
    """Returns a server with the tools `headroom_compress`, `headroom_retrieve` and `headroom_stats`,
    and the originals as resources `headroom://original/{ref}`. Other packages add tools of theirs by
    the entry-point group `headroom.mcp_tools`: callables that take the server, once, here.

    Args:
        headroom: Compresses and retrieves; default: the one behind `headroom.compress`, whose store
            the gateway and the command line share.
    """
    tools = _Tools(headroom or default())
    server = MCPServer(
        "headroom", title="Headroom", version=version("headroom-mcp"), instructions=_INSTRUCTIONS,
        log_level="WARNING", middleware=[_without_prompts],
    )  # fmt: skip
    server.tool(
        "headroom_compress", title="Compress a text", annotations=_KEEPS, description=(
            "Returns a long text (tool output, log, file, JSON, search results) in fewer tokens, with "
            "what matters for the query. What is left out is kept for headroom_retrieve."
        ),
    )(tools.compress)  # fmt: skip
    server.tool(
        "headroom_retrieve", title="Bring back what was left out", annotations=_READS,
        description=_TOOL["description"], structured_output=False,
    )(tools.retrieve)  # fmt: skip
    server.tool(
        "headroom_stats", title="What was saved", annotations=_READS,
        description="Returns what was saved so far, in tokens, by kind of content.",
    )(tools.stats)  # fmt: skip
    server.resource(
        "headroom://original/{ref}", name="original", title="An original", mime_type="text/plain",
        description="The text behind a reference, byte for byte.",
    )(tools.original)  # fmt: skip
    for entry in sorted(entry_points(group="headroom.mcp_tools"), key=lambda entry: entry.name):
        entry.load()(server)
    return server


async def _without_prompts(ctx: Request, call_next: CallNext) -> HandlerResult:
    """Says that there are no prompts: the SDK's server announces an empty list of them."""
    if ctx.method.startswith("prompts/"):
        raise MCPError(METHOD_NOT_FOUND, "Method not found", ctx.method)
    result = await call_next(ctx)
    if isinstance(result, dict) and ctx.method in _ANNOUNCING:
        result["capabilities"].pop("prompts", None)
    return result


class _Tools:
    """What the tools do. Compressing and SQLite work in threads: a server answers meanwhile."""

    def __init__(self, headroom: Headroom) -> None:
        self._headroom = headroom

    async def compress(
        self,
        text: Annotated[str, Field(description="The text.")],
        query: Annotated[str, Field(description="What you want to know from it.")] = "",
        source: Annotated[str, Field(description="The command or file that it comes from.")] = "",
    ) -> CallToolResult:
        messages = [
            {"role": "user", "content": query or "What matters here?"},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {
                        "id": "1",
                        "type": "function",
                        "function": {"name": "run", "arguments": source},
                    }
                ],
            },
            {"role": "tool", "tool_call_id": "1", "content": text},
        ]
        result = await asyncio.to_thread(self._headroom.compress, messages)
        decision = result.receipt.decisions[-1]
        # Structured content would reach the model as JSON instead of the text: with Claude Code and
        # Codex, escaped and longer. What is for programs is in `_meta`, which no model reads.
        about: dict[str, object] = {
            "headroom/tokens_before": decision.tokens_before,
            "headroom/tokens_after": decision.tokens_after,
        }
        if decision.ref:
            about["headroom/ref"] = decision.ref
        shown = TextContent(type="text", text=result[-1]["content"])
        return CallToolResult(content=[shown], _meta=about)

    async def retrieve(
        self,
        ref: Annotated[str, Field(description=_ABOUT["ref"])],
        lines: Annotated[str, Field(description=_ABOUT["lines"])] = "",
        rows: Annotated[str, Field(description=_ABOUT["rows"])] = "",
        path: Annotated[str, Field(description=_ABOUT["path"])] = "",
        query: Annotated[str, Field(description=_ABOUT["query"])] = "",
        max_tokens: Annotated[int, Field(description=_ABOUT["max_tokens"], ge=0)] = 0,
    ) -> str:
        try:
            return await asyncio.to_thread(
                self._headroom.retrieve,
                ref,
                lines=lines or None,
                rows=rows or None,
                path=path or None,
                query=query or None,
                max_tokens=max_tokens or None,
            )
        except HeadroomError as error:
            raise ToolError(str(error)) from error

    async def stats(self) -> Savings:
        store = self._headroom.store
        if not isinstance(store, Counting):
            raise ToolError("this store keeps no count of what was saved")
        return Savings(await asyncio.to_thread(store.savings))

    async def original(self, ref: str) -> str:
        try:
            return await asyncio.to_thread(self._headroom.retrieve, ref)
        except KeyMissing as error:
            raise ResourceNotFoundError(str(error)) from error
