"""`headroom wrap AGENT` just works, and leaves nothing behind."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar
from urllib.parse import urlsplit

import psutil
import pytest
from agents_machine import HEADROOM, POSIX, Machine, fresh_machine, ready, said, until

from headroom.types import JSON
from headroom_proxy import Settings
from headroom_proxy.about import public, release


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with fresh_machine(tmp_path) as machine:
        yield machine


@POSIX
def test_the_agent_asks_through_a_gateway_that_ends_with_it(machine: Machine) -> None:
    machine.install("claude")
    with machine.start(
        "wrap", "claude", "--linger", "0", "--", "echo", "-p", "exit", "7"
    ) as process:
        told = ready(process)
        assert told["pid"] == process.pid
        assert told["base"] == f"http://127.0.0.1:{machine.port}"
        assert told["arguments"] == ["echo", "-p", "exit", "7"]
        assert told["said"] == "All is well."
        assert process.wait(10) == 7
    (request,) = machine.simulator.requests
    sent = request.json["messages"][2]["content"][0]["content"]
    assert "[date 2026-11-21]" in sent
    assert machine.quiet()
    with socket.create_server(("127.0.0.1", machine.port)):
        pass


@POSIX
def test_the_terminal_is_the_agents(machine: Machine) -> None:
    machine.install("claude")
    with machine.start("wrap", "claude", "echo") as process:
        out, err = process.communicate("typed\n", timeout=60)
    assert out.endswith("\ntyped\n")
    assert "/dashboard" in err
    with machine.start("wrap", "claude", "wait") as process:
        ready(process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 143
    assert len(machine.gateways()) == 1  # it was used again, and lingers
    assert machine.run("unwrap", "--stop").returncode == 0
    assert machine.quiet()


@POSIX
def test_two_agents_share_a_gateway_until_the_last_is_killed(machine: Machine) -> None:
    machine.install("claude")
    machine.install("codex")
    with machine.start("wrap", "claude", "--linger", "0", "wait") as first:
        told = ready(first)
        with machine.start("wrap", "codex", "--linger", "0", "wait", OPENAI_API_KEY="k") as second:
            assert ready(second)["base"] == told["base"]
            stopped = machine.run("unwrap", "--stop")
            assert str(first.pid) in stopped.stdout
            first.kill()
            first.wait()
            assert machine.gateways() == [machine.port]
            second.kill()
            second.wait()
    assert machine.quiet()


@POSIX
def test_a_gateway_that_dies_is_followed_by_another(machine: Machine) -> None:
    machine.install("claude")
    with machine.start("wrap", "claude", "--linger", "60", "wait") as process:
        ready(process)
        gateway = psutil.Process(machine.pid(machine.port))
        workers = [c for c in gateway.children(recursive=True) if not c.children()]
        for worker in workers:
            worker.kill()
        assert until(lambda: not any(worker.is_running() for worker in workers))
        assert until(lambda: machine.gateways() == [machine.port])
        machine.kill_gateways()
        process.kill()
    done = machine.run("wrap", "claude", "--linger", "0")
    assert said(done)["said"] == "All is well."
    assert machine.quiet()


@POSIX
def test_other_settings_are_another_gateways(machine: Machine) -> None:
    machine.install("claude")
    with machine.start("wrap", "claude", "--linger", "0", "wait") as first:
        usual = ready(first)["base"]
        done = machine.run("wrap", "claude", "--mode", "on", "--linger", "0")
        assert said(done)["base"] != usual
        assert "mode lossless" in done.stderr
        refused = machine.run("wrap", "claude", "--mode", "on", "--port", str(machine.port))
        assert refused.returncode == 1
        assert refused.stdout == ""
        assert "choose another --port" in refused.stderr
        inside = machine.run("wrap", "claude", "--linger", "0", ANTHROPIC_BASE_URL=usual)
        assert said(inside)["base"] == usual
        first.kill()
    assert machine.quiet()


@POSIX
def test_a_port_of_another_program_is_left_to_it(machine: Machine) -> None:
    machine.install("claude")
    mine = {"ANTHROPIC_BASE_URL": machine.simulator.url, "HEADROOM_ANTHROPIC": "http://127.0.0.1:9"}
    machine.port = urlsplit(machine.simulator.url).port or 0
    refused = machine.run("wrap", "claude", "--port", str(machine.port))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert f"port {machine.port} is taken by another program" in refused.stderr
    done = machine.run("wrap", "claude", "--linger", "0", **mine)
    assert "taken by another program" in done.stderr
    assert said(done)["base"] != machine.simulator.url
    assert said(done)["said"] == "All is well."  # from where the user's address leads
    assert machine.quiet()


class Impostor(BaseHTTPRequestHandler):
    """Somebody else's program, which says what a gateway of the user would say."""

    asked: ClassVar[list[str]] = []
    said: ClassVar[JSON] = {}

    def do_GET(self) -> None:
        self.asked.append(self.path)
        body = json.dumps({**self.said, "proof": "00" * 32}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, format: str, *args: object) -> None:
        del format, args


@POSIX
def test_keys_do_not_go_to_whoever_listens(machine: Machine) -> None:
    machine.install("claude")
    url = machine.simulator.url
    settings = Settings(anthropic=url, openai=url, gemini=url, chatgpt=url)
    Impostor.said = {"version": release(), "started": 0, "settings": public(settings)}
    with HTTPServer(("127.0.0.1", machine.port), Impostor) as impostor:
        thread = Thread(target=impostor.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        done = machine.run("wrap", "claude", "--linger", "0")
        impostor.shutdown()
        thread.join()
    assert said(done)["said"] == "All is well."
    assert "another user" in done.stderr
    assert all(path.startswith("/about") for path in Impostor.asked)
    assert machine.quiet()


@POSIX
def test_a_gateway_of_the_user_is_used_and_left(machine: Machine) -> None:
    machine.install("claude")
    with subprocess.Popen(
        [HEADROOM, "proxy"], env=machine.environment(), stderr=subprocess.PIPE, text=True
    ) as proxy:
        assert proxy.stderr is not None
        proxy.stderr.readline()
        done = machine.run("wrap", "claude", "--linger", "0")
        assert str(machine.port) in said(done)["base"]
        assert machine.run("unwrap", "--stop").returncode == 0
        machine.install("openclaw")
        refused = machine.run("wrap", "openclaw")
        assert (refused.returncode, refused.stdout) == (1, "")
        assert "started by hand" in refused.stderr
        assert not (machine.home / ".openclaw").exists()
        assert proxy.poll() is None
        proxy.terminate()
        proxy.stderr.read()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "claude,"),
        (["nobody"], "'nobody' is not one of 'claude', 'codex'"),
        (["claude"], "To install it: npm install -g @anthropic-ai/claude-code"),
        (["cursor"], "do not reach a gateway on this machine"),
        (["aider", "--mode", "fast"], "lossless"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(
    machine: Machine, arguments: list[str], sentence: str
) -> None:
    done = machine.run("wrap", *arguments)
    assert done.returncode != 0
    assert sentence in done.stderr
    assert not machine.gateways()


@POSIX
def test_settings_that_are_wrong_are_said_before_anything_starts(machine: Machine) -> None:
    machine.install("claude")
    done = machine.run("wrap", "claude", HEADROOM_STORE="mongodb://u:canary@h/0")
    assert done.returncode == 1
    assert "mongodb://h/0" in done.stderr
    assert "canary" not in done.stderr
    assert done.stdout == ""


def test_a_dry_run_starts_and_writes_nothing(machine: Machine) -> None:
    machine.install("copilot")
    done = machine.run("wrap", "copilot", "--dry-run", "-p", "hi", OPENAI_API_KEY="canary")
    assert done.returncode == 0
    assert f"COPILOT_PROVIDER_BASE_URL=http://127.0.0.1:{machine.port}/v1" in done.stdout
    assert "-p hi" in done.stdout
    assert "canary" not in done.stdout
    assert not machine.headroom_home.joinpath("gateways").exists()
    assert machine.simulator.requests == []


@POSIX
def test_an_agent_without_a_program_has_its_gateway_until_the_user_ends_it(
    machine: Machine,
) -> None:
    with machine.start("wrap", "cline", "--linger", "0") as process:
        assert process.stderr is not None
        said = [process.stderr.readline() for _ in range(3)]
        assert f"http://127.0.0.1:{machine.port}" in said[1]
        assert machine.gateways() == [machine.port]
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
    assert machine.quiet()
