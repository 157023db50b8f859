"""`headroom mcp install` as a user runs it, on files as users have them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from click.testing import CliRunner, Result

from headroom.cli.main import group
from headroom_mcp.clients import CLIENTS

Run: TypeAlias = Callable[..., Result]

NAMES = [client.name for client in CLIENTS]
FILES = {
    "claude-code": '{\n  "numStartups": 12,\n  "mcpServers": {"git": {"command": "git-mcp"}}\n}',
    "claude-desktop": '{"mcpServers":{}}',
    "cursor": '\ufeff{\r\n\t"mcpServers": {\r\n\t}\r\n}\r\n',
    "codex": '# mine\nmodel = "gpt-5.5"\n\n[mcp_servers.git]\ncommand = "git-mcp"  # theirs',
    "vscode": '{\n    // mine\n    "servers": {\n        "git": {}, // last\n    },\n    "inputs": [],\n}\n',
    "gemini-cli": '{\n  /* mine */\n  "theme": "dark"\n}\n',
}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, str(tmp_path))
    for variable in ("CLAUDE_CONFIG_DIR", "CODEX_HOME", "XDG_CONFIG_HOME", "APPDATA"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HEADROOM_HOME", str(tmp_path / "headroom"))
    return lambda *arguments: CliRunner().invoke(group, ["mcp", *arguments])


def file_of(name: str) -> Path:
    return next(client for client in CLIENTS if client.name == name).entry.file


def given(name: str, text: str = "") -> Path:
    file = file_of(name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes((text or FILES[name]).encode())
    return file


def tree(folder: Path) -> dict[str, bytes | None]:
    return {
        str(f.relative_to(folder)): f.read_bytes() if f.is_file() else None
        for f in folder.rglob("*")
        if "headroom" not in f.relative_to(folder).parts
    }


def test_places_are_those_of_the_platforms(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Path.home()
    assert file_of("claude-code") == home / ".claude.json"
    assert file_of("vscode") == home / ".config/Code/User/mcp.json"
    monkeypatch.setattr(sys, "platform", "darwin")
    application = home / "Library/Application Support"
    assert file_of("claude-desktop") == application / "Claude/claude_desktop_config.json"
    assert file_of("vscode") == application / "Code/User/mcp.json"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("APPDATA", str(home / "Roaming"))
    assert file_of("claude-desktop") == home / "Roaming/Claude/claude_desktop_config.json"
    monkeypatch.setenv("CODEX_HOME", str(home / "elsewhere"))
    assert file_of("codex") == home / "elsewhere/config.toml"
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(home / "other"))
    assert file_of("claude-code") == home / "other/.claude.json"


@pytest.mark.parametrize("name", NAMES)
def test_files_are_as_they_were(run: Run, tmp_path: Path, name: str) -> None:
    file = given(name)
    before = tree(tmp_path)
    assert run("install", name, "--yes").exit_code == 0
    text = file.read_text("utf-8-sig")
    if name != "vscode" and name != "gemini-cli":
        key = "mcp_servers" if name == "codex" else "mcpServers"
        parsed: Any = tomllib.loads(text) if name == "codex" else json.loads(text)
        assert parsed[key]["headroom"]["args"] == ["mcp", "serve"]
        assert Path(parsed[key]["headroom"]["command"]).exists()
        assert parsed[key]["headroom"]["env"] == {"HEADROOM_HOME": str(tmp_path / "headroom")}
    assert "installed" in run("status", name).output
    twice = run("install", name, "--yes")
    assert "already has it" in twice.output
    assert file.read_text("utf-8-sig") == text
    assert run("uninstall", name, "--yes").exit_code == 0
    assert tree(tmp_path) == before
    assert not list((tmp_path / "headroom/configs").iterdir())


@pytest.mark.parametrize("name", NAMES)
def test_files_that_were_not_there_are_not_there_again(run: Run, tmp_path: Path, name: str) -> None:
    assert run("install", name, "--yes").exit_code == 0
    assert "headroom" in file_of(name).read_text()
    if sys.platform != "win32":
        assert file_of(name).stat().st_mode & 0o777 == 0o600
    assert run("uninstall", "--yes").exit_code == 0
    assert tree(tmp_path) == {}


@pytest.mark.parametrize("blank", ["", "\n", "\ufeff", "{}"])
def test_a_file_that_says_nothing_stays(run: Run, blank: str) -> None:
    file = file_of("cursor")
    file.parent.mkdir()
    file.write_text(blank, "utf-8")
    run("install", "cursor", "--yes")
    assert "headroom" in json.loads(file.read_text("utf-8-sig"))["mcpServers"]
    run("uninstall", "cursor", "--yes")
    assert file.read_text("utf-8") == blank


def test_nothing_is_written_without_a_yes(run: Run, tmp_path: Path) -> None:
    file = given("claude-code")
    before = tree(tmp_path)
    shown = run("install")
    assert shown.exit_code == 0
    assert f"--- {file}" in shown.output
    assert '+  "mcpServers": {"git": {"command": "git-mcp"}, "headroom": {' in shown.output
    assert "Nothing was written" in shown.output
    assert tree(tmp_path) == before
    assert not (tmp_path / "headroom/configs").exists()


def test_only_clients_that_are_here_are_found(run: Run) -> None:
    nothing = run("install", "--yes")
    assert nothing.exit_code == 2
    assert "claude-code, claude-desktop, cursor, codex, vscode, gemini-cli" in nothing.output
    given("gemini-cli")
    assert "Gemini CLI has it from" in run("install", "--yes").output
    assert not file_of("cursor").exists()
    states = dict(line.split(maxsplit=1) for line in run("status").output.splitlines())
    assert states["gemini-cli"].startswith("installed")
    assert states["cursor"].startswith("not found")


def test_an_unknown_client_is_answered_with_the_list(run: Run) -> None:
    unknown = run("install", "emacs", "--yes")
    assert unknown.exit_code == 2
    assert "'emacs' is none of claude-code, claude-desktop, cursor, codex" in unknown.output


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("claude-code", '{\n "a": 1,,\n}', 2),
        ("codex", "a = 1\nb = \n", 2),
        ("vscode", '{\n "servers": 3 }', 2),
        ("codex", "mcp_servers = { a = {} }\n", 1),
    ],
)
def test_a_broken_file_is_named_and_left(
    run: Run, tmp_path: Path, name: str, text: str, line: int
) -> None:
    file, other = given(name, text), given("cursor")
    refused = run("install", name, "cursor", "--yes")
    assert refused.exit_code == 1
    assert f"{file}:{line}: " in refused.output
    assert file.read_text() == text
    assert "headroom" in other.read_text(), "the others go on"


def test_a_file_in_another_encoding_is_left(run: Run) -> None:
    file = given("cursor")
    file.write_bytes("{}".encode("utf-16"))
    assert "expected UTF-8" in run("install", "cursor", "--yes").output
    assert file.read_bytes() == "{}".encode("utf-16")


def test_what_the_user_edited_is_left_and_said(run: Run) -> None:
    file = given("gemini-cli")
    run("install", "gemini-cli", "--yes")
    edited = file.read_text().replace('"serve"', '"serve", "--http"')
    file.write_text(edited)
    left = run("uninstall", "gemini-cli", "--yes")
    assert left.exit_code == 1
    assert "was edited since: left as it is" in left.output
    assert "edited" in run("status", "gemini-cli").output
    assert "not as Headroom wrote it" in run("install", "gemini-cli", "--yes").output
    assert file.read_text() == edited


def test_what_others_wrote_meanwhile_stays(run: Run) -> None:
    file = given("claude-code")
    run("install", "claude-code", "--yes")
    rewritten: Any = json.loads(file.read_text())
    rewritten["numStartups"] = 13
    rewritten["mcpServers"]["later"] = {"command": "x"}
    file.write_text(json.dumps(rewritten, indent=2))
    assert run("uninstall", "claude-code", "--yes").exit_code == 0
    del rewritten["mcpServers"]["headroom"]
    assert file.read_text() == json.dumps(rewritten, indent=2)


def test_a_file_that_was_made_and_then_used_by_others_stays(run: Run) -> None:
    run("install", "codex", "cursor", "--yes")
    file = file_of("codex")
    file.write_text(file.read_text() + "\n[other]\n")
    settings = file_of("cursor")
    settings.write_text(json.dumps({**json.loads(settings.read_text()), "a": 1}))
    run("uninstall", "--yes")
    assert file.read_text() == "\n[other]\n"
    assert json.loads(settings.read_text()) == {"a": 1}


def test_an_entry_of_an_earlier_place_is_renewed(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = given("codex")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "old/bin/python"))
    monkeypatch.setenv("PATH", "")
    run("install", "codex", "--yes")
    assert tomllib.loads(file.read_text())["mcp_servers"]["headroom"]["command"] == "headroom"
    monkeypatch.undo()
    for variable, value in (("HOME", tmp_path), ("HEADROOM_HOME", tmp_path / "headroom")):
        monkeypatch.setenv(variable, str(value))
    assert "outdated" in run("status", "codex").output
    run("install", "codex", "--yes")
    assert Path(tomllib.loads(file.read_text())["mcp_servers"]["headroom"]["command"]).exists()
    run("uninstall", "codex", "--yes")
    assert file.read_text() == FILES["codex"]


def test_without_the_record_the_entry_still_goes(run: Run, tmp_path: Path) -> None:
    file = given("vscode")
    run("install", "vscode", "--yes")
    for kept in (tmp_path / "headroom/configs").iterdir():
        kept.unlink()
    run("uninstall", "vscode", "--yes")
    assert file.read_text() == FILES["vscode"]


@pytest.mark.parametrize("broken", ["{", "", "[]", '{"value": {}}', '{"trace": 3}', "\udcff"])
def test_a_broken_record_is_named_and_what_to_do(run: Run, tmp_path: Path, broken: str) -> None:
    file = given("vscode")
    run("install", "vscode", "--yes")
    written = file.read_text()
    (record,) = (tmp_path / "headroom/configs").glob("*.json")
    record.write_text(broken, errors="surrogateescape")
    file.write_text(written.replace('"serve"', '"serve", "--http"'))
    for said in (run("install", "vscode"), run("uninstall", "vscode"), run("status", "vscode")):
        assert f"Headroom's record of it is broken: remove {record} and try again" in said.output
        assert said.exception is None or isinstance(said.exception, SystemExit)
    file.write_text(written)
    assert run("uninstall", "vscode", "--yes").exit_code == 1
    assert file.read_text() == written
    record.unlink()
    assert run("uninstall", "vscode", "--yes").exit_code == 0
    assert file.read_text() == FILES["vscode"]


@pytest.mark.skipif(sys.platform == "win32", reason="links and modes are those of POSIX")
def test_links_and_modes_stay(run: Run, tmp_path: Path) -> None:
    real = tmp_path / "dotfiles/settings.json"
    real.parent.mkdir()
    real.write_text(FILES["gemini-cli"])
    real.chmod(0o640)
    link = file_of("gemini-cli")
    link.parent.mkdir()
    link.symlink_to(real)
    run("install", "gemini-cli", "--yes")
    assert link.is_symlink()
    assert "headroom" in real.read_text()
    assert real.stat().st_mode & 0o777 == 0o640
    (backup,) = (tmp_path / "headroom/configs").glob("*.backup")
    assert backup.read_text() == FILES["gemini-cli"]
    assert (tmp_path / "headroom/configs").stat().st_mode & 0o777 == 0o700
    run("uninstall", "gemini-cli", "--yes")
    assert real.read_text() == FILES["gemini-cli"]
    assert os.readlink(link) == str(real)


def test_the_command_that_is_written_starts_a_server(run: Run) -> None:
    run("install", "cursor", "--yes")
    server = json.loads(file_of("cursor").read_text())["mcpServers"]["headroom"]
    hello = {
        "jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": {
            "protocolVersion": "2025-11-25", "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        },
    }  # fmt: skip
    answer = subprocess.run(
        [server["command"], *server["args"]], input=json.dumps(hello) + "\n", env=server["env"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(answer.stdout.splitlines()[0])["result"]["serverInfo"]["name"] == "headroom"
