"""Settings come from flags, the environment, a file, and defaults, in this order."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import pytest
from click.testing import CliRunner

from headroom_proxy import Settings
from headroom_proxy.about import public
from headroom_proxy.cli import HELP, config
from headroom_proxy.sources import NAMES, variable

README = Path(__file__).resolve().parent.parent / "README.md"


PROXIES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in PROXIES:  # of the machine that runs the tests
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HEADROOM_HOME", str(tmp_path))
    monkeypatch.delenv("HEADROOM_CONFIG", raising=False)
    for name in NAMES:
        monkeypatch.delenv(variable(name), raising=False)
    return tmp_path


def write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    path.chmod(0o600)
    return path


def shown(*flags: str) -> dict[str, tuple[object, str]]:
    result = CliRunner().invoke(config, ["--json", *flags], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return {name: (o["value"], o["from"]) for name, o in json.loads(result.output).items()}


def test_what_is_said_last_counts(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown()["port"] == (8787, "default")
    file = write(home / "headroom.toml", '[proxy]\nport = 1\nmode = "observe"\nidle = 9\n')
    assert shown()["port"] == (1, str(file))
    monkeypatch.setenv("HEADROOM_PORT", "2")
    assert shown()["port"] == (2, "HEADROOM_PORT")
    found = shown("--port", "3", "--first-byte", "0.5")
    assert found["port"] == (3, "flag")
    assert found["first_byte"] == (0.5, "flag")
    assert found["mode"] == ("observe", str(file))
    assert found["idle"] == (9.0, str(file))


def test_another_file_may_be_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(home / "headroom.toml", "[proxy]\nport = 1\n")
    other = write(home / "other.toml", "[proxy]\nport = 2\n")
    assert shown("--config", str(other))["port"] == (2, str(other))
    monkeypatch.setenv("HEADROOM_CONFIG", str(other))
    assert shown()["port"] == (2, str(other))


def test_a_file_in_the_current_directory_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cloned").mkdir()
    write(tmp_path / "cloned/headroom.toml", '[proxy]\nanthropic = "https://evil.example"\n')
    monkeypatch.chdir(tmp_path / "cloned")
    assert shown()["anthropic"][1] == "default"


def test_the_token_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADROOM_TOKEN", "canary")
    for flags in ([], ["--json"]):
        output = CliRunner().invoke(config, flags).output
        assert "(set)" in output
        assert "HEADROOM_TOKEN" in output
        assert "canary" not in output


@pytest.mark.parametrize(
    ("said", "exporter"),
    [
        ({}, ""),
        ({"OTEL_SERVICE_NAME": "mine"}, ""),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://h:4318"}, "otlp_proto_http"),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://h"}, "otlp_proto_http"),
        (
            {"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
            "otlp_proto_grpc",
        ),
        ({"OTEL_TRACES_EXPORTER": "console"}, "console"),
        ({"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://h"}, ""),
        ({"OTEL_TRACES_EXPORTER": "console", "OTEL_SDK_DISABLED": "true"}, ""),
        ({"OTEL_TRACES_EXPORTER": "console", "HEADROOM_TRACES": "none"}, "none"),
    ],
)
def test_the_standard_environment_says_where_spans_go(
    said: dict[str, str], exporter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    assert shown()["traces"][0] == exporter
    assert shown("--traces", "other")["traces"] == ("other", "flag")


def test_a_proxy_is_what_other_programs_are_told(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://all:1")
    assert shown()["https_proxy"] == ("http://all:1", "ALL_PROXY")
    monkeypatch.setenv("HTTPS_PROXY", "http://me:canary@proxy:3128")
    monkeypatch.setenv("no_proxy", "localhost,.corp.example")
    assert shown()["https_proxy"] == ("http://proxy:3128", "HTTPS_PROXY")
    assert shown()["no_proxy"] == ("localhost,.corp.example", "no_proxy")
    monkeypatch.setenv("HEADROOM_HTTPS_PROXY", "http://ours:1")
    assert shown()["https_proxy"] == ("http://ours:1", "HEADROOM_HTTPS_PROXY")
    assert shown("--https-proxy", "")["https_proxy"] == ("", "flag")
    settings = Settings(https_proxy="http://me:canary@proxy:3128")
    assert "canary" not in repr(settings) + repr(public(settings))
    file = write(home / "headroom.toml", '[proxy]\nhttps_proxy = "http://me:canary@proxy:1"\n')
    monkeypatch.delenv("HEADROOM_HTTPS_PROXY")
    assert shown()["https_proxy"] == ("http://proxy:1", str(file))
    file.chmod(0o644)
    result = CliRunner().invoke(config, [])
    assert (result.exit_code, "canary" in result.output) == (1, False)


def test_secrets_of_the_store_are_never_shown(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADROOM_STORE", "redis://anna:canary@cache:6379/0?days=9")
    for flags in ([], ["--json"]):
        output = CliRunner().invoke(config, flags).output
        assert "redis://cache:6379/0" in output
        assert "canary" not in output
    assert "canary" not in repr(Settings(store="redis://:canary@cache", token="canary"))
    monkeypatch.delenv("HEADROOM_STORE")
    write(home / "headroom.toml", '[proxy]\nstore = "redis://:canary@cache/0"\n').chmod(0o644)
    result = CliRunner().invoke(config)
    assert "chmod 600" in result.output
    assert "canary" not in result.output
    write(home / "headroom.toml", '[proxy]\nstore = "redis://cache/0"\n').chmod(0o644)
    assert shown()["store"][0] == "redis://cache/0"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[proxy]\nprot = 1\n", "'prot'"),
        ("[proxy]\nport = true\n", "a whole number"),
        ('[proxy]\nport = "many"\n', "a whole number"),
        ("[proxy]\nport = 70000\n", "65535"),
        ("[proxy]\nhost = 7\n", "a string"),
        ('[proxy]\nmode = "fast"\n', "lossless"),
        ("[proxy]\nidle = 0\n", "more than 0"),
        ('[proxy]\nopenai = "example.org"\n', "got 'example.org'"),
        ('[proxy]\nopenai = "https://u:canary@example.org"\n', "got one with a user"),
        ("proxy = 7\n", "[proxy]"),
        ("[proxy\n", "cannot be read"),
    ],
)
def test_what_is_wrong_in_a_file_is_a_sentence(home: Path, text: str, said: str) -> None:
    write(home / "headroom.toml", text)
    result = CliRunner().invoke(config)
    assert result.exit_code == 1
    assert said in result.output


def test_what_is_wrong_in_the_environment_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADROOM_PORT", "many")
    output = CliRunner().invoke(config).output
    assert "HEADROOM_PORT" in output
    assert "'many'" in output
    monkeypatch.delenv("HEADROOM_PORT")
    missing = CliRunner().invoke(config, ["--config", "/no/such/file"])
    assert "/no/such/file" in missing.output


def test_a_token_in_a_file_for_everyone_is_refused(home: Path) -> None:
    write(home / "headroom.toml", '[proxy]\ntoken = "x"\n').chmod(0o644)
    result = CliRunner().invoke(config)
    assert "chmod 600" in result.output
    assert result.exit_code == 1
    (home / "headroom.toml").chmod(0o600)
    assert shown()["token"][0] == "(set)"


def test_every_setting_has_a_flag_and_is_documented() -> None:
    assert list(HELP) == [field.name for field in fields(Settings)]
    text = README.read_text("utf-8")
    assert [name for name in NAMES if f"`{name}`" not in text] == []
