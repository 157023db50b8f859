"""Files of the user are as they were, whatever was killed in between."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from agents_machine import POSIX, Machine, fresh_machine, ready, said

from headroom.configs import JSONC, Entry
from headroom.errors import ConfigError
from headroom_agents import routed
from headroom_agents.agents import AGENTS

TERMINAL = [agent.name for agent in AGENTS if agent.executable]
KEYS = {"ANTHROPIC_API_KEY": "k", "OPENAI_API_KEY": "k", "LLM_MODEL": "anthropic/claude-opus-5"}
MINE = """\
{
  "agents": {"defaults": {"model": {"primary": "anthropic/claude-opus-5"}}},
  "models": {
    "providers": {
      "anthropic": { "apiKey": "k", "baseUrl" : "%s", "api": "anthropic-messages", "models": [] }
    }
  }
}
"""
FILES = {
    ".claude/settings.json": '{\n    "model": "opus",\n  "hooks": {}\n}',
    ".codex/config.toml": "# mine\nmodel = 'gpt-5.6' # best\r\n",
    ".gemini/settings.json": '{ /* mine */ "theme": "dark" }\n',
    ".config/opencode/opencode.jsonc": '{ // mine\n\t"theme": "dark",\n}\n',
    ".config/goose/config.yaml": "GOOSE_MODEL: claude # mine\n",
    ".aider.conf.yml": "# mine\ndark-mode: true\n",
    ".copilot/config.json": '{"banner": "never"}',
    ".openhands/agent_settings.json": '{"llm": {"model": "anthropic/claude-opus-5"}}',
    ".cursor/mcp.json": "{}",
}


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with fresh_machine(tmp_path) as machine:
        yield machine


def given(machine: Machine, file: str, text: str) -> Path:
    path = machine.home / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


@POSIX
def test_every_agent_gets_there_and_leaves_no_trace_also_when_all_is_killed(
    machine: Machine,
) -> None:
    for file, text in FILES.items():
        given(machine, file, text)
    given(machine, ".openclaw/openclaw.json", MINE % machine.simulator.url)
    before = machine.tree()
    changed = set()
    for name in TERMINAL:
        machine.install(name)
        with machine.start("wrap", name, "--linger", "60", "--", "task", "wait", **KEYS) as process:
            told = ready(process)
            assert told["said"] == "All is well.", name
            assert str(machine.port) in told["base"], name
            assert {"task", "wait"} <= set(told["arguments"])
            changed |= {
                file for file, content in machine.tree().items() if before.get(file) != content
            }
            process.kill()
    assert changed == {".openclaw/openclaw.json"}
    asked = [request for request in machine.simulator.requests if request.method == "POST"]
    assert len(asked) == len(TERMINAL)
    machine.kill_gateways()
    assert machine.tree() != before
    assert machine.run("unwrap").returncode == 0
    assert machine.tree() == before
    assert machine.quiet()


@POSIX
def test_files_lead_to_a_gateway_as_long_as_it_runs(machine: Machine) -> None:
    file = given(machine, ".openclaw/openclaw.json", '{"gateway": {"mode": "local"}} // mine\n')
    before = machine.tree()
    machine.install("openclaw")
    shown = machine.run("wrap", "openclaw", "--dry-run")
    assert f"+{file.read_text()[:27]}" in shown.stdout
    assert f'"baseUrl": "http://127.0.0.1:{machine.port}"' in shown.stdout
    assert machine.tree() == before
    done = machine.run("wrap", "openclaw", "--linger", "0")
    assert said(done)["base"] == f"http://127.0.0.1:{machine.port}"
    assert machine.quiet()
    assert machine.tree() == before


@POSIX
def test_the_next_wrap_heals_what_a_killed_gateway_left(machine: Machine) -> None:
    file = given(machine, ".openclaw/openclaw.json", MINE % machine.simulator.url)
    before = machine.tree()
    machine.install("openclaw")
    assert machine.run("wrap", "openclaw", "--linger", "60").returncode == 0
    machine.kill_gateways()
    file.write_text(file.read_text().replace('"apiKey": "k"', '"apiKey": "new"'))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    done = machine.run("wrap", "openclaw", "--linger", "0", "--port", str(port))
    assert said(done)["base"] == f"http://127.0.0.1:{port}"
    assert machine.run("unwrap").returncode == 0
    edited = before[".openclaw/openclaw.json"] or b""
    assert file.read_bytes() == edited.replace(b'"apiKey": "k"', b'"apiKey": "new"')


@POSIX
def test_a_broken_file_is_refused_with_its_line(machine: Machine) -> None:
    given(machine, ".openclaw/openclaw.json", '{\n  "models": [}\n')
    before = machine.tree()
    machine.install("openclaw")
    done = machine.run("wrap", "openclaw")
    assert done.returncode == 1
    assert "openclaw.json:2: no valid JSON" in done.stderr
    assert machine.tree() == before
    assert not machine.gateways()


def test_of_several_entries_none_stays_if_one_cannot_be_put_in(machine: Machine) -> None:
    first = Entry(given(machine, "a.json", "{}"), JSONC, ("url",), "http://127.0.0.1:1")
    other = Entry(
        given(machine, "b.json", '{"url": "mine"}'), JSONC, ("url",), "http://127.0.0.1:1"
    )
    before = machine.tree()
    with pytest.raises(ConfigError, match=r"b\.json: url is there"):
        routed.put_in("some", 1, [first, other])
    assert machine.tree() == before
    assert routed.all_routed() == []


def test_what_the_user_wrote_in_its_place_stays(machine: Machine) -> None:
    file = given(machine, "a.json", '{"url": "mine" /* ! */}')
    routed.put_in("some", 1, [Entry(file, JSONC, ("url",), "http://127.0.0.1:1", replaces=True)])
    assert json.loads(file.read_text().replace(" /* ! */", "")) == {"url": "http://127.0.0.1:1"}
    file.write_text('{"url": "newer"}')
    routed.take_out(1)
    assert file.read_text() == '{"url": "newer"}'
    assert routed.all_routed() == []
