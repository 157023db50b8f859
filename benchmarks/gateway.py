"""Prints what the gateway adds to a request: milliseconds, direct and through `headroom proxy`.

    python benchmarks/gateway.py [--rounds 200]

The provider answers at once, on loopback; direct and gateway take turns. Each body is new, so
nothing is remembered. Figures are of this machine, with whatever else it is doing.
"""

from __future__ import annotations

import argparse
import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from workloads import server_log

MODES = ("off", "lossless")
SIZES = (1_000, 10_000, 100_000)


async def provider(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI
    """Answers every request with two bytes."""
    while (await receive()).get("more_body", False):
        pass
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]}
    )
    await send({"type": "http.response.body", "body": b"{}"})


def start_provider() -> str:
    """Returns the URL of a provider in a thread."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    config = uvicorn.Config(provider, lifespan="off", log_config=None, log_level="critical")
    Thread(target=uvicorn.Server(config).run, args=([listener],), daemon=True).start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def gateway(upstream: str, mode: str) -> Iterator[str]:
    """Yields the URL of a gateway in a process of its own."""
    command = [str(Path(sys.executable).parent / "headroom"), "proxy", "--port", "0"]
    options = ["--mode", mode, "--anthropic", upstream]
    with subprocess.Popen([*command, *options], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        yield process.stderr.readline().rpartition(" ")[2].strip()
        process.terminate()


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


def milliseconds(connection: http.client.HTTPConnection, data: bytes) -> float:
    """Returns how long a request takes."""
    started = time.perf_counter()
    connection.request("POST", "/v1/messages", data)
    connection.getresponse().read()
    return 1000 * (time.perf_counter() - started)


def main() -> None:
    """Prints medians and 99th percentiles, and what the gateway adds to the median."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=200)
    rounds = parser.parse_args().rounds
    upstream, log = start_provider(), server_log()
    with gateway(upstream, MODES[0]) as off, gateway(upstream, MODES[1]) as lossless:
        named = {"direct": upstream, "off": off, "lossless": lossless}
        wires = {n: http.client.HTTPConnection(urlsplit(url).netloc) for n, url in named.items()}
        for size in SIZES:
            spent: dict[str, list[float]] = {name: [] for name in wires}
            for n in range(rounds):
                data = body(f"{time.time_ns()} {n}\n{log[:size]}")
                for name, wire in wires.items():
                    spent[name].append(milliseconds(wire, data))
            direct = sorted(spent["direct"])[rounds // 2]
            for name, found in spent.items():
                found.sort()
                p50, p99 = found[rounds // 2], found[rounds * 99 // 100]
                print(
                    f"{size / 1000:6.0f} KB new  {name:9} p50 {p50:7.2f} ms  p99 {p99:7.2f} ms"
                    f"  added {p50 - direct:6.2f} ms"
                )


if __name__ == "__main__":
    main()
