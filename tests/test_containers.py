"""What compose.yaml and the Dockerfile name exists: flags, variables, extras, commands, places."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from headroom.ccr.open import open_store
from headroom.ccr.redis import RedisStore
from headroom.types import JSON
from headroom_proxy import Server, Settings
from headroom_proxy.cli import proxy
from headroom_proxy.health import health
from headroom_proxy.sources import NAMES, gather, variable
from headroom_testing.servers import Missing, redis_server

ROOT = Path(__file__).resolve().parent.parent
COMPOSE: JSON = yaml.safe_load((ROOT / "compose.yaml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()
GATEWAY = COMPOSE["services"]["gateway"]


def told(monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Returns what the gateway in the container is told."""
    said = dict(re.findall(r"(HEADROOM_\w+)=(\S+)", DOCKERFILE)) | GATEWAY["environment"]
    for name, value in said.items():
        monkeypatch.setenv(name, re.sub(r"\$\{.*\}", "a-token", value))
    with proxy.make_context("proxy", list(GATEWAY["command"])) as context:
        flags = {n: v for n, v in context.params.items() if v is not None}
    settings, origins = gather(flags)
    known = {variable(name) for name in NAMES} | {"HEADROOM_HOME", "HEADROOM_CONFIG"}
    assert set(said) <= known
    assert {o.where for o in origins} >= {"flag", "HEADROOM_TOKEN", "HEADROOM_STORE"}
    return settings


def test_the_gateway_understands_what_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = told(monkeypatch)
    assert not settings.is_local
    assert settings.token == "a-token"
    store = open_store(settings.store)
    assert isinstance(store, RedisStore)
    store.close()
    assert [port.split(":") for port in GATEWAY["ports"]] == [
        ["127.0.0.1", str(settings.port), str(settings.port)]
    ]
    assert f"EXPOSE {settings.port}" in DOCKERFILE
    assert settings.drain < int(GATEWAY["stop_grace_period"].removesuffix("s"))
    assert settings.store.split("/")[2].split(":")[0] in COMPOSE["services"]


def test_without_a_token_it_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    told(monkeypatch)
    monkeypatch.delenv("HEADROOM_TOKEN")
    result = CliRunner().invoke(proxy, GATEWAY["command"])
    assert result.exit_code == 1
    assert "token" in result.output
    assert ":?" in GATEWAY["environment"]["HEADROOM_TOKEN"]  # compose itself asks for it


def test_what_the_services_name_is_there() -> None:
    for service in COMPOSE["services"].values():
        for volume in service["volumes"]:
            assert volume.split(":")[0] in COMPOSE["volumes"]
        assert {*service["networks"]} <= {*COMPOSE["networks"], "default"}
        assert {*service.get("depends_on", ())} <= {*COMPOSE["services"]}
        assert "build" not in service or (ROOT / service["build"] / "Dockerfile").exists()
    assert GATEWAY["volumes"][0].split(":")[1] == "/data"
    assert "HEADROOM_HOME=/data" in DOCKERFILE
    assert "ports" not in COMPOSE["services"]["store"]


def test_what_the_image_is_made_of_is_there() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    for source in re.findall(r"^COPY (\w+) ", DOCKERFILE, re.M):
        assert (ROOT / source).is_dir()
        assert f"!{source}" in ignored
    named = re.findall(r"(headroom-\w+)\[([\w,]+)\]", DOCKERFILE)
    assert len(named) == 4
    for package, extras in named:
        project = tomllib.loads((ROOT / "packages" / package / "pyproject.toml").read_text())
        assert {*extras.split(",")} <= {*project["project"]["optional-dependencies"]}
    commands = {point.name for point in entry_points(group="headroom.commands")}
    ran = [json.loads(line) for line in re.findall(r"(?:CMD|ENTRYPOINT) (\[.*\])", DOCKERFILE)]
    assert [(program, command in commands) for program, command in ran] == [("headroom", True)] * 2
    users = re.findall(r"^USER (\w+)", DOCKERFILE, re.M)
    assert users[-1] != "root"
    assert f"/data {users[-1]}" in DOCKERFILE


def test_the_health_check_tells_whether_it_is_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(port=0, token="a-token", store=f"sqlite://{tmp_path}/s.db")
    with Server(settings) as server:
        monkeypatch.setenv("HEADROOM_PORT", server.url.rpartition(":")[2])
        monkeypatch.setenv("HEADROOM_TOKEN", "wrong")
        assert CliRunner().invoke(health).exit_code == 1
        monkeypatch.setenv("HEADROOM_TOKEN", "a-token")
        while (result := CliRunner().invoke(health)).exit_code:
            assert "loading" in result.output
        assert result.output == "ready\n"
    gone = CliRunner().invoke(health)
    assert gone.exit_code == 1
    assert "refused" in gone.output


def test_the_store_understands_what_it_is_told() -> None:
    flags = COMPOSE["services"]["store"]["command"][1:]
    try:
        with redis_server() as server:
            port = server.url.rpartition(":")[2].partition("/")[0]
            for name, value in zip(flags[::2], flags[1::2], strict=True):
                command = ["redis-cli", "-p", port, "config", "set", name.removeprefix("--"), value]
                assert subprocess.check_output(command, text=True).strip() == "OK"
    except Missing as error:
        pytest.skip(str(error))
