"""Runs real coding agents on a task, directly and through `headroom wrap`, against a simulated provider.

    python benchmarks/agents.py [claude codex gemini opencode copilot aider] [--mode lossless on]
                                [--bin FOLDER] [--keep]

An agent that is not on PATH, nor in a FOLDER of programs, is left out; the npm packages are
@anthropic-ai/claude-code, @openai/codex, @google/gemini-cli, opencode-ai and @github/copilot. No key
is needed and nothing leaves the machine. The model's part is a script: it calls the agent's shell
five times in a project made for it (a test log, a search, records, a build log, the test log again),
and thinks before each call, with a seal on all that came before. The provider refuses a changed prefix.

For each run: whether it completed, the tokens of what tools printed as the provider saw them, the share
that Headroom saved of them, changed prefixes, and how much later pieces of a stream arrive.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from headroom.errors import FormatError
from headroom.formats import read
from headroom.local import tokenizers
from headroom.types import JSON
from headroom_agents.agents import AGENTS, Scene
from headroom_testing.simulator import Call, Delivery, Recorded, Reply, Simulator, Text, Thinking

PATH = os.environ["PATH"]  # noqa: TID251 - hands it on
HEADROOM = str(Path(sys.executable).with_name("headroom"))
PROMPT = "Find out why the tests fail, and say how many orders are affected."
ANSWER = "FINAL-ANSWER: 3 tests fail because of a timeout, 17 orders are affected."
SHELLS = ("Bash", "bash", "shell", "shell_command", "exec_command", "run_shell_command", "exec")
COMMANDS = (
    "cat test.log",
    "grep -rn timeout src",
    "cat orders.json",
    "cat build.log",
    "tail -n 150 test.log",
)
SECONDS = 240
KEYS = {
    "ANTHROPIC_API_KEY": "k", "OPENAI_API_KEY": "k", "CODEX_API_KEY": "k", "GEMINI_API_KEY": "k",
    "COPILOT_MODEL": "claude-sonnet-4.5", "COPILOT_OFFLINE": "true", "DISABLE_AUTOUPDATER": "1",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "NO_COLOR": "1",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Client:
    """How an agent is asked without a window.

    Attributes:
        arguments: Besides the prompt, which stands for `{}`.
        files: Of its settings, in the user's folder; `{url}` is the provider's address.
        reads: As what it gives the model the contents of files.
    """

    arguments: tuple[str, ...]
    files: Mapping[str, str] = field(default_factory=dict)
    reads: str = "tool_result"


OPENCLAW = """{
 "agents": {"defaults": {"model": {"primary": "anthropic/claude-sonnet-4-5"}}},
 "models": {"providers": {"anthropic": {"baseUrl": "{url}", "api": "anthropic-messages", "models": []}}}
}
"""

CLIENTS = {
    "claude": Client(("-p", "{}", "--allowedTools", "Bash", "--output-format", "stream-json", "--verbose")),
    "codex": Client(
        ("exec", "--json", "-m", "gpt-5.2-codex", "--skip-git-repo-check", "-s", "danger-full-access", "{}"),
        {".codex/config.toml": "tool_output_token_limit = 20000\n"},
    ),
    "gemini": Client(
        ("-m", "gemini-2.5-pro", "-o", "stream-json", "--yolo", "-p", "{}"),
        {".gemini/settings.json": json.dumps({"security": {"auth": {"selectedType": "gemini-api-key"}, "folderTrust": {"enabled": False}}})},
    ),
    "opencode": Client(("run", "--format", "json", "-m", "anthropic/claude-sonnet-4-5", "{}")),
    "copilot": Client(("-p", "{}", "--allow-all-tools", "--no-auto-update")),
    "aider": Client(("--yes", "--no-git", "--no-check-update", "--model", "openai/gpt-4o", "--message", "{}", "--read", "test.log"), reads="user_text"),
    "openclaw": Client(("agent", "--local", "--session-id", "s", "--json", "--message", "{}"), {".openclaw/openclaw.json": OPENCLAW}),
}  # fmt: skip


@dataclass(slots=True)
class Run:
    """What came of a run."""

    completed: bool
    tokens: int
    violations: int
    requests: int
    seconds: float


def project(folder: Path) -> None:
    """Makes a project whose tests fail."""
    draw = random.Random(7)
    (folder / "src").mkdir(parents=True)
    names = [
        f"tests/test_{part}_{n}.py"
        for part in ("cart", "order", "stock", "user")
        for n in range(40)
    ]
    lines = [
        f"{name}::test_{draw.choice(('reads', 'writes', 'lists'))} PASSED [{n:3}%]"
        for n, name in enumerate(names)
    ]
    lines += [
        f"2026-11-21T10:{n // 60:02}:{n % 60:02}Z INFO worker-{n % 4} request {1000 + n} done in {draw.randint(3, 90)} ms"
        for n in range(150)
    ]
    for n in range(3):
        lines += [
            f"FAILED tests/test_order_{n}.py::test_pays",
            f"E   TimeoutError: payment of order {4000 + n} took longer than 30 s",
        ]
    (folder / "test.log").write_text("\n".join([*lines, "3 failed, 160 passed in 41.2 s"]) + "\n")
    for n in range(24):
        body = [
            f"def pay_{i}(order, timeout={30 + i}):\n    return send(order, timeout=timeout)\n"
            for i in range(6)
        ]
        (folder / "src" / f"payment_{n}.py").write_text("\n".join(body))
    orders = [
        {"id": 4000 + n, "customer": f"c{n % 37:03}", "status": draw.choice(("paid", "paid", "open")), "currency": "EUR",
         "total": round(draw.uniform(3, 900), 2), "warehouse": "north-1"} for n in range(170)
    ]  # fmt: skip
    (folder / "orders.json").write_text(json.dumps(orders, indent=1))
    built = [f"[{n}/220] Compiling module_{n:03} with flags -O2 -Wall -Wextra" for n in range(220)]
    (folder / "build.log").write_text(
        "\n".join([*built, "warning: unused variable 'retries' in payment_3"]) + "\n"
    )


def shell_of(body: JSON) -> tuple[str, JSON] | None:
    """Returns name and schema of the tool with which an agent runs commands, if it declares one."""
    declared: list[JSON] = []
    for tool in body.get("tools") or []:
        declared += tool.get("functionDeclarations") or [tool.get("function") or tool]
    for name in SHELLS:
        for tool in declared:
            if tool.get("name") == name:
                schema = (
                    tool.get("input_schema")
                    or tool.get("parameters")
                    or tool.get("parametersJsonSchema")
                )
                return name, schema or {}
    return None


def call_of(name: str, schema: JSON, command: str) -> Call:
    """Returns a call of an agent's shell with all that it requires."""
    properties = schema.get("properties") or {}
    key = next((k for k in ("command", "cmd") if k in properties), "command")
    listed = properties.get(key, {}).get("type") == "array"
    arguments: dict[str, JSON] = {key: ["bash", "-lc", command] if listed else command}
    for required in schema.get("required") or []:
        arguments.setdefault(required, "look")
    return Call(name, arguments)


class Model:
    """The script: one command after the other, then the answer."""

    def __init__(self, folder: Path) -> None:
        self.asked = 0
        self._folder = folder

    def __call__(self, request: Recorded) -> Reply:
        body = request.json
        shell = shell_of(body)
        if shell is None:
            done = self.asked == 0 and "test.log" in request.body.decode("utf-8", "replace")
            return Reply.of(ANSWER if done else "Tests")
        if self.asked < len(COMMANDS):
            command = f"cd {self._folder} && {COMMANDS[self.asked]}"
            self.asked += 1
            return Reply.of(
                Thinking(f"Next: {command}"), Text("Let me look."), call_of(*shell, command)
            )
        return Reply.of(Thinking("Enough."), ANSWER)


def printed(requests: Sequence[Recorded], kind: str) -> Iterator[tuple[str, str]]:
    """Yields what tools printed as the provider saw it, by what tells one from the other."""
    for request in requests:
        try:
            body = request.json
            key = next(
                k for k in ("messages", "input", "contents") if isinstance(body.get(k), list)
            )
            conversation = read(body[key])
        except (FormatError, ValueError, StopIteration, AttributeError):
            continue
        for block in (b for m in conversation.messages for b in m.blocks):
            if block.kind == kind:
                yield f"{block.tool}", str(block.text)


def environment(home: Path, programs: str, simulator: Simulator) -> dict[str, str]:
    """Returns the variables of a user with nothing but a home and programs."""
    url = simulator.url
    upstreams = {f"HEADROOM_{name}": url for name in ("ANTHROPIC", "OPENAI", "GEMINI", "CHATGPT")}
    path = os.pathsep.join(filter(None, (programs, PATH)))
    return {**KEYS, **upstreams, "PATH": path, "HOME": str(home), "TERM": "xterm-256color", "LANG": "C.UTF-8",
            "HEADROOM_HOME": str(home / "headroom"), "HEADROOM_PORT": str(_free_port()), "SHELL": "/bin/bash"}  # fmt: skip


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def run(name: str, folder: Path, programs: str, mode: str) -> tuple[Run, float | None]:
    """Runs an agent once; `mode` is the gateway's, or empty for none."""
    home, work = folder / "home", folder / "project"
    client, model = CLIENTS[name], Model(work)
    home.mkdir(parents=True)
    project(work)
    arguments = [PROMPT if part == "{}" else part for part in client.arguments]
    with Simulator(model) as simulator:
        for file, text in client.files.items():
            (home / file).parent.mkdir(parents=True, exist_ok=True)
            (home / file).write_text(text.replace("{url}", simulator.url))
        variables = environment(home, programs, simulator)
        if mode:
            command = [HEADROOM, "wrap", name, "--mode", mode, "--linger", "8", "--", *arguments]
        else:
            agent = next(agent for agent in AGENTS if agent.name == name)
            scene = Scene(variables, tuple(arguments), work)
            launch = agent.launch(scene, agent.addresses(scene), simulator.url)
            variables |= launch.environment
            command = [agent.executable, *launch.arguments]
        begun = time.monotonic()
        try:
            done = subprocess.run(
                command, cwd=work, env=variables, stdin=subprocess.DEVNULL, capture_output=True,
                text=True, timeout=SECONDS, check=False,
            )  # fmt: skip
            out, code = done.stdout + done.stderr, done.returncode
        except subprocess.TimeoutExpired as error:
            out, code = str(error), 1
        seconds = time.monotonic() - begun
        (folder / "output.txt").write_text(out)
        requests = [r for r in simulator.requests if r.method in ("POST", "WS")]
        tokens = tokens_of(requests, client.reads)
        lag = _lag(simulator, out) if mode else None
        completed = (
            code == 0 and ANSWER in out and (model.asked == len(COMMANDS) or name == "aider")
        )
        found = Run(completed, tokens, len(simulator.violations), len(requests), seconds)
    return found, lag


def tokens_of(requests: Sequence[Recorded], kind: str) -> int:
    """Returns the tokens of all that tools printed, each result once, as it was last sent."""
    count = tokenizers()("gpt-4o").count
    last: dict[str, str] = {}
    for request in requests:
        seen: dict[str, int] = {}
        for tool, text in printed([request], kind):
            seen[tool] = seen.get(tool, 0) + 1
            last[f"{tool} {seen[tool]}"] = text
    return sum(count(text.encode()) for text in last.values())


def _lag(simulator: Simulator, out: str) -> float | None:
    """Returns by how many milliseconds a piece of a stream comes later through the gateway."""
    url = re.search(r"asks through (http://[\w.:]+)", out)
    if url is None:
        return None
    simulator.play(lambda request: Reply.of("word " * 40).by(Delivery(split=300, pause=0.01)))
    later = []
    for _ in range(5):
        direct, wrapped = _arrivals(simulator.url), _arrivals(url[1])
        later.append(statistics.median(wrapped) - statistics.median(direct))
    return 1000 * statistics.median(later)


def _arrivals(url: str) -> list[float]:
    body = {
        "model": "claude-opus-5",
        "max_tokens": 9,
        "stream": True,
        "messages": [{"role": "user", "content": "hi"}],
    }
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    begun, times = time.monotonic(), []
    connection.request(
        "POST",
        "/v1/messages",
        json.dumps(body),
        {"content-type": "application/json", "anthropic-version": "2023-06-01"},
    )
    answer = connection.getresponse()
    while answer.read1(4096):
        times.append(time.monotonic() - begun)
    connection.close()
    return times


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="agent", help=f"of {', '.join(CLIENTS)}")
    parser.add_argument("--mode", nargs="+", default=["lossless", "on"])
    parser.add_argument("--bin", default="", help="a folder of programs besides PATH")
    parser.add_argument("--keep", type=Path, help="a folder for what was printed")
    asked = parser.parse_args()
    print(
        f"{'agent':10} {'mode':10} {'done':5} {'requests':>8} {'result tokens':>13} {'saved':>7} {'changed':>8} {'lag':>8} {'s':>6}"
    )
    for name in asked.names or CLIENTS:
        if shutil.which(name, path=os.pathsep.join((asked.bin, PATH))) is None:
            print(f"{name:10} is not installed")
            continue
        before = 0
        for mode in ("", *asked.mode):
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
                folder = (asked.keep or Path(temporary)) / f"{name}-{mode or 'direct'}"
                shutil.rmtree(folder, ignore_errors=True)
                found, lag = run(name, folder, asked.bin, mode)
                before = before or found.tokens
                saved = f"{100 * (1 - found.tokens / before):.1f} %" if mode and before else ""
                shown = f"{lag:.1f} ms" if lag is not None else ""
                print(
                    f"{name:10} {mode or 'direct':10} {'yes' if found.completed else 'NO':5} {found.requests:8} "
                    f"{found.tokens:13,} {saved:>7} {found.violations:8} {shown:>8} {found.seconds:6.1f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
