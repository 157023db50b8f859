"""`headroom doctor` says what is wrong, and heals what it can."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from agents_machine import POSIX, Machine, fresh_machine, ready, until

from headroom.configs import JSONC, Entry
from headroom.types import JSON
from headroom_agents import routed
from headroom_agents.gateways.asking import get


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with fresh_machine(tmp_path) as machine:
        yield machine


def examined(machine: Machine, *flags: str, **extra: str) -> tuple[int, list[JSON]]:
    done = machine.run("doctor", "--json", *flags, **extra)
    return done.returncode, json.loads(done.stdout)


def about(found: list[JSON], subject: str) -> str:
    return "; ".join(f["text"] for f in found if subject in f["subject"])


@POSIX
def test_a_machine_that_is_well(machine: Machine) -> None:
    machine.install("claude")
    machine.install("rtk")
    settings = machine.home / ".claude/settings.json"
    settings.parent.mkdir()
    command = {"type": "command", "command": "~/.claude/hooks/rtk-rewrite.sh"}
    settings.write_text(
        json.dumps({"hooks": {"PreToolUse": [{"matcher": "Bash", "hooks": [command]}]}})
    )
    with machine.start("wrap", "claude", "--linger", "0", "wait") as process:
        ready(process)
        code, found = examined(machine)
        process.kill()
    assert code == 0, found
    assert about(found, "Claude Code 1.2.3").startswith(
        f"wrapped now, asks through port {machine.port}"
    )
    assert "Remote Control" in about(found, "Claude Code")
    assert "lossless" in about(found, f"gateway on port {machine.port}")
    assert "1 agents" in about(found, f"gateway on port {machine.port}")
    assert "store.db" in about(found, "store")
    assert "passes its commands through it; it is left in place" in about(found, "rtk")
    assert about(found, "Codex") == "not found"
    assert machine.quiet()


def test_what_leads_to_a_dead_gateway_is_healed(machine: Machine) -> None:
    file = machine.home / "openclaw.json"
    file.write_text('{ "url" : "mine" }')
    routed.put_in(
        "openclaw", 9, [Entry(file, JSONC, ("url",), "http://127.0.0.1:9", replaces=True)]
    )
    code, found = examined(machine)
    assert code == 2
    assert "leads to port 9, where no gateway listens" in about(found, "openclaw")
    code, found = examined(machine, "--fix")
    assert code == 0, found
    assert file.read_text() == '{ "url" : "mine" }'
    assert not list((machine.headroom_home).glob("gateways/*"))


def test_a_variable_that_leads_nowhere_is_named(machine: Machine) -> None:
    machine.install("claude")
    code, found = examined(machine, ANTHROPIC_BASE_URL="http://127.0.0.1:9")
    assert code == 2
    assert "ANTHROPIC_BASE_URL is http://127.0.0.1:9, where nothing listens" in about(
        found, "Claude"
    )


def test_a_damaged_store_is_named(machine: Machine) -> None:
    machine.headroom_home.mkdir()
    (machine.headroom_home / "store.db").write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    code, found = examined(machine)
    assert code == 2
    assert [f["level"] for f in found if f["subject"] == "store"] == ["broken"]


def test_a_gateway_whose_store_fails_says_what_to_do(machine: Machine) -> None:
    machine.headroom_home.mkdir()
    store = machine.headroom_home / "store.db"
    store.write_bytes(b"this is no database " * 500)
    with machine.start("proxy") as process:
        assert until(lambda: is_loaded(machine.port))
        _, found = examined(machine)
        assert "move it away" in about(found, f"gateway on port {machine.port}")
        store.rename(machine.home / "damaged.db")
        code, found = examined(machine)
        process.terminate()
    assert code == 0, found
    assert "lossless" in about(found, f"gateway on port {machine.port}")


def is_loaded(port: int) -> bool:
    status, answer = get(port, "/readyz")
    return status > 0 and "loading" not in str(answer)


def test_a_store_that_another_program_keeps_locked_is_named(machine: Machine) -> None:
    examined(machine)
    file = machine.headroom_home / "store.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        code, found = examined(machine)
    assert code == 2
    assert "end that one" in about(found, "store")


def test_settings_and_tools_that_are_not_there_are_named(machine: Machine) -> None:
    code, found = examined(machine, HEADROOM_CONTEXT_TOOL="rtk")
    assert code == 1
    assert "HEADROOM_CONTEXT_TOOL names it, and it is not here" in about(found, "rtk")
    done = machine.run("doctor", HEADROOM_MODE="fast")
    assert done.returncode == 2
    assert "lossless" in done.stdout


@POSIX
def test_an_agent_that_left_only_its_folder_is_not_well(machine: Machine) -> None:
    (machine.home / ".codex").mkdir()
    _, found = examined(machine)
    assert about(found, "Codex").endswith(".codex is there, but no codex on PATH")
