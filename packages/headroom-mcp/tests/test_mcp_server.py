"""What an MCP client gets: in process, over standard input, and over HTTP."""

from __future__ import annotations

import asyncio
import re
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.stdio import stdio_client

from headroom import Headroom
from headroom.ccr.sqlite import SQLiteStore
from headroom_mcp import make_server

Answer: TypeAlias = Any
LOG = (
    "".join(
        f"2026-11-21 10:{n // 60:02}:{n % 60:02} INFO order {n * 31 % 977} took {n * 37 % 90} ms\n"
        for n in range(900)
    )
    + "2026-11-21 11:00:00 ERROR billing: refused\n"
)


def ask(work: Callable[[Client], Awaitable[Answer]], headroom: Headroom | None = None) -> Answer:
    async def main() -> Answer:
        async with Client(make_server(headroom or Headroom(store="memory:"))) as client:
            return await work(client)

    return asyncio.run(main())


def test_what_was_left_out_can_be_brought_back() -> None:
    async def work(client: Client) -> None:
        short: Answer = await client.call_tool(
            "headroom_compress", {"text": LOG, "query": "What failed?"}
        )
        ref = short.meta["headroom/ref"]
        assert "billing: refused" in short.content[0].text
        assert f"order {450 * 31 % 977} took" not in short.content[0].text
        assert short.meta["headroom/tokens_after"] < short.meta["headroom/tokens_before"] / 2
        whole: Answer = await client.call_tool("headroom_retrieve", {"ref": ref})
        assert whole.content[0].text == LOG
        part: Answer = await client.call_tool("headroom_retrieve", {"ref": ref, "lines": "2-3"})
        assert part.content[0].text == "".join(LOG.splitlines(keepends=True)[1:3])
        found: Answer = await client.read_resource(f"headroom://original/{ref}")
        assert found.contents[0].text == LOG

    ask(work)


def test_a_model_reads_the_text_and_nothing_else() -> None:
    short = ask(lambda client: client.call_tool("headroom_compress", {"text": 'say "ok"\n'}))
    assert [part.text for part in short.content] == ['say "ok"\n']
    assert short.structured_content is None
    assert short.meta["headroom/tokens_before"] == short.meta["headroom/tokens_after"] > 0
    assert "headroom/ref" not in short.meta


def test_an_original_that_is_not_there_is_an_error_that_says_so() -> None:
    async def work(client: Client) -> None:
        with pytest.raises(MCPError, match="no original is stored under 'nosuchref'"):
            await client.read_resource("headroom://original/nosuchref")

    ask(work)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"ref": "nosuchref"}, "nosuchref"),
        ({"ref": "REF", "lines": "5000-6000"}, "901"),
        ({"ref": "REF", "lines": "five"}, "five"),
        ({"ref": "REF", "lines": "5-9", "rows": "5-9"}, "pass rows alone or lines alone"),
    ],
)
def test_a_mistake_is_an_error_that_says_what_there_is(
    arguments: dict[str, str], sentence: str
) -> None:
    async def work(client: Client) -> Answer:
        made: Answer = await client.call_tool("headroom_compress", {"text": LOG})
        ref = made.meta["headroom/ref"]
        asked = {name: value.replace("REF", ref) for name, value in arguments.items()}
        return await client.call_tool("headroom_retrieve", asked)

    answer = ask(work)
    assert answer.is_error
    assert sentence in answer.content[0].text


def test_tools_say_what_they_do_and_never_change() -> None:
    first, second = (ask(lambda client: client.list_tools()) for _ in range(2))
    assert first.model_dump_json() == second.model_dump_json()
    tools = {tool.name: tool for tool in first.tools}
    ours = {name for name in tools if name.startswith("headroom_")}  # others may have added theirs
    assert ours == {"headroom_compress", "headroom_retrieve", "headroom_stats"}
    assert tools["headroom_retrieve"].annotations.read_only_hint
    assert set(tools["headroom_retrieve"].input_schema["properties"]) == {
        "ref", "lines", "rows", "path", "query", "max_tokens"
    }  # fmt: skip
    assert tools["headroom_retrieve"].input_schema["required"] == ["ref"]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_only_what_is_there_is_announced(mode: Any) -> None:  # noqa: ANN401 - the SDK's literal
    async def main() -> None:
        async with Client(make_server(Headroom(store="memory:")), mode=mode) as client:
            there = client.server_capabilities.model_dump(exclude_none=True)
            assert set(there) == {"tools", "resources"}
            with pytest.raises(MCPError, match="Method not found"):
                await client.list_prompts()

    asyncio.run(main())


def test_stats_count_what_was_saved(tmp_path: Path) -> None:
    async def work(client: Client) -> Answer:
        await client.call_tool("headroom_compress", {"text": LOG})
        return await client.call_tool("headroom_stats", {})

    savings = ask(work, Headroom(store=SQLiteStore(tmp_path / "store.db"))).structured_content
    (row,) = savings["savings"]
    assert row["content_type"] == "logs"
    assert row["tokens_after"] < row["tokens_before"]


def test_over_standard_input(tmp_path: Path) -> None:
    command = StdioServerParameters(
        command=sys.executable,
        args=["-c", "from headroom.cli import main; main()", "mcp", "serve"],
        env={"HEADROOM_HOME": str(tmp_path)},
    )

    async def main() -> Answer:
        async with Client(stdio_client(command)) as client:
            short: Answer = await client.call_tool("headroom_compress", {"text": LOG})
            return await client.call_tool("headroom_retrieve", {"ref": short.meta["headroom/ref"]})

    assert asyncio.run(main()).content[0].text == LOG


def test_over_http_only_for_this_machine() -> None:
    port = free_port()
    code = "from headroom.cli import main; main()"
    arguments = ["mcp", "serve", "--http", "--port", str(port)]
    server = subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stderr=subprocess.PIPE, stdout=subprocess.PIPE
    )

    async def main() -> Answer:
        async with Client(f"http://127.0.0.1:{port}/mcp") as client:
            return await client.call_tool("headroom_compress", {"text": "ok\n"})

    try:
        wait_for(port)
        assert asyncio.run(main()).content[0].text == "ok\n"
        assert b"421" in raw(port, "evil.example").splitlines()[0]
    finally:
        server.terminate()
        server.communicate()


def raw(port: int, host: str) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=9) as connection:
        head = f"POST /mcp HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        connection.sendall(f"{head}Content-Length: 2\r\nConnection: close\r\n\r\n{{}}".encode())
        return connection.recv(4096)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wait_for(port: int) -> None:
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"nothing listens on {port}")


def test_the_readme_runs() -> None:
    text = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", text, re.S)
    names: dict[str, Any] = {}
    exec(example, names)
    assert asyncio.run(names["main"](LOG)) == "".join(LOG.splitlines(keepends=True)[:20])
