"""Prints what the gateway adds to a request, what it can take, and how much memory it needs.

    python benchmarks/gateway.py [--quick | --long] [--readme]

The provider answers at once, on loopback; direct and gateway take turns, so that both see the same
machine. `new`: each body is new, nothing is remembered. Processor time is the gateway's own; requests
a second on one core follow from it. `--long` streams for five minutes and sends 60,000 requests, half
an hour in all. `--readme` writes the figures into the package's README.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import os
import platform
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

from workloads import server_log

README = Path(__file__).resolve().parent.parent / "packages/headroom-proxy/README.md"
STREAMS, PAUSE = 200, 0.1
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_FIGURES = re.compile(r"(?<=<!-- figures -->\n).*?(?=<!-- end -->)", re.S)


@dataclass(frozen=True)
class Gateway:
    """A gateway in a process of its own."""

    url: str
    pid: int

    @property
    def address(self) -> str:
        return urlsplit(self.url).netloc

    def processor(self) -> float:
        """Returns the seconds that it has computed."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def memory(self) -> float:
        """Returns what it holds, in MB."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * _PAGE / 1e6


async def provider() -> None:
    """Prints an address and answers there: at once, or as a slow stream where a path says so."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = re.search(rb"(?i)content-length: (\d+)", head)
                await reader.readexactly(int(length[1]) if length else 0)
                if slow := re.match(rb"POST /v1/messages\?slow=(\d+)", head):
                    await stream(writer, int(slow[1]))
                else:
                    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def stream(writer: asyncio.StreamWriter, events: int) -> None:
        kind = b"content-type: text/event-stream\r\ntransfer-encoding: chunked"
        writer.write(b"HTTP/1.1 200 OK\r\n" + kind + b"\r\n\r\n")
        for n in range(events):
            event = b'event: ping\ndata: {"n": %d}\n\n' % n
            writer.write(b"%x\r\n%s\r\n" % (len(event), event))
            await writer.drain()
            await asyncio.sleep(PAUSE)
        writer.write(b"0\r\n\r\n")

    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=1024)
    for listening in server.sockets:
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    await server.serve_forever()


@contextmanager
def started(command: list[str], home: str) -> Iterator[tuple[str, int]]:
    """Yields the URL that a process prints, and its id."""
    environment = {**os.environ, "HEADROOM_HOME": home}  # noqa: TID251 - handed on
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().rpartition(" ")[2].strip()
        Thread(target=process.stdout.read, daemon=True).start()
        yield url, process.pid
        process.terminate()


@contextmanager
def gateway(upstream: str, mode: str, home: str) -> Iterator[Gateway]:
    """Yields a gateway in front of a provider, warm."""
    command = [str(Path(sys.executable).parent / "headroom"), "proxy", "--port", "0"]
    with started([*command, "--mode", mode, "--anthropic", upstream], home) as (url, pid):
        found = Gateway(url, pid)
        wire = http.client.HTTPConnection(found.address)
        for n in range(20):
            milliseconds(wire, body(f"{n}\n{server_log()[:10_000]}"))
        yield found


def body(output: str) -> bytes:
    """Returns a request with one tool result."""
    use = {"type": "tool_use", "id": "t1", "name": "bash", "input": {"command": "cat app.log"}}
    result = {"type": "tool_result", "tool_use_id": "t1", "content": output}
    messages = [
        {"role": "user", "content": "What failed?"},
        {"role": "assistant", "content": [use]},
        {"role": "user", "content": [result]},
    ]
    return json.dumps({"model": "claude-opus-5", "max_tokens": 9, "messages": messages}).encode()


def milliseconds(wire: http.client.HTTPConnection, data: bytes) -> float:
    """Returns how long a request takes."""
    began = time.perf_counter()
    wire.request("POST", "/v1/messages", data)
    wire.getresponse().read()
    return 1000 * (time.perf_counter() - began)


def latency(upstream: str, gateways: dict[str, Gateway], rounds: int) -> Iterator[str]:
    """Yields what is added to the median and to the 99th percentile, in interleaved rounds."""
    log = server_log()
    named = {"direct": urlsplit(upstream).netloc, **{n: g.address for n, g in gateways.items()}}
    wires = {name: http.client.HTTPConnection(address) for name, address in named.items()}
    for size in (1_000, 10_000, 100_000):
        spent: dict[str, list[float]] = {name: [] for name in wires}
        for n in range(rounds):
            data = body(f"{time.time_ns()} {n}\n{log[:size]}")
            for name, wire in wires.items():
                spent[name].append(milliseconds(wire, data))
        for found in spent.values():
            found.sort()
        at = {name: (f[rounds // 2], f[rounds * 99 // 100]) for name, f in spent.items()}
        for name in gateways:
            p50, p99 = (at[name][n] - at["direct"][n] for n in (0, 1))
            text = f"{size // 1000} KB of new text, `{name}`"
            yield f"{text} | {p50:.1f} ms added at p50, {p99:.1f} ms at p99"


def throughput(gateways: dict[str, Gateway], requests: int) -> Iterator[str]:
    """Yields requests a second on one core, by the gateway's own processor time."""
    log = server_log()[:10_000]
    for name, found in gateways.items():
        for kind in ("known", "new") if name == "lossless" else ("any",):
            wire = http.client.HTTPConnection(found.address)
            before = found.processor()
            for n in range(requests):
                head = f"{time.time_ns()} {n}" if kind == "new" else "the same"
                milliseconds(wire, body(f"{head}\n{log}"))
            each = (found.processor() - before) / requests
            text = f"10 KB bodies, {kind} text, `{name}`"
            yield f"{text} | {1 / each:.0f} requests/s on one core ({1000 * each:.2f} ms each)"


async def streams(found: Gateway, events: int) -> str:
    """Returns how many of many concurrent streams came whole."""
    data = body("hello")
    head = b"POST /v1/messages?slow=%d HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"

    async def one() -> bool:
        reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(found.url).port)
        writer.write(head % (events, len(data)) + data)
        came, last = 0, b""
        while not last.endswith(b"0\r\n\r\n"):
            piece = await asyncio.wait_for(reader.read(1 << 16), 60)
            if not piece:
                break
            came += (last + piece).count(b"event: ping") - last.count(b"event: ping")
            last = (last + piece)[-64:]
        writer.close()
        return came == events

    whole = sum(await asyncio.gather(*(one() for _ in range(STREAMS))))
    return f"{STREAMS} concurrent streams of {events:,} events in {events * PAUSE:.0f} s | {whole} whole"


def growth(found: Gateway, requests: int) -> str:
    """Returns memory before and after many requests, every second of them new."""
    log = server_log()[:2_000]
    wire = http.client.HTTPConnection(found.address)

    def play(count: int) -> float:
        for n in range(count):
            head = str(time.time_ns()) if n % 2 else "the same"
            milliseconds(wire, body(f"{head}\n{log}"))
        return found.memory()

    before, after = play(requests // 5), play(requests)
    text = f"memory after {requests // 5:,} and {requests * 6 // 5:,} requests"
    return f"{text} | {before:.0f} MB, {after:.0f} MB"


def lines(*, quick: bool, long: bool) -> Iterator[str]:
    """Yields the figures, one a line."""
    rounds, requests, many = (40, 100, 500) if quick else (200, 400, 50_000 if long else 10_000)
    me = [sys.executable, __file__, "--provider"]
    with (
        tempfile.TemporaryDirectory() as one,
        tempfile.TemporaryDirectory() as other,  # what one has seen raw, the other must not know of
        started(me, one) as (upstream, _),
        gateway(upstream, "off", one) as off,
        gateway(upstream, "lossless", other) as on,
    ):
        both = {"off": off, "lossless": on}
        yield from latency(upstream, both, rounds)
        yield from throughput(both, requests)
        yield asyncio.run(streams(on, 3_000 if long else 20))
        yield growth(on, many)


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--readme", action="store_true")
    parser.add_argument("--provider", action="store_true", help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.provider:
        asyncio.run(provider())
        return
    date = datetime.now(UTC).strftime("%Y-%m-%d")
    load = os.getloadavg()[0]
    where = f"{os.cpu_count()} cores, Python {platform.python_version()}, load {load:.1f}"
    rows = [f"| {date}, {where} | |", "|---|---|"]
    print(rows[0])
    for line in lines(quick=told.quick, long=told.long):
        print(line, flush=True)
        rows.append(f"| {line} |")
    if told.readme:
        text = README.read_text("utf-8")
        README.write_text(_FIGURES.sub(lambda _: "\n".join(rows) + "\n", text), "utf-8")


if __name__ == "__main__":
    main()
