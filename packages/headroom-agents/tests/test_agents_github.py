"""Signing in at GitHub, against one on this machine."""

from __future__ import annotations

import json
import stat
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs

import pytest
from click.testing import CliRunner, Result

from headroom_agents.agents import Scene, copilot
from headroom_agents.copilot_auth import copilot_auth
from headroom_agents.token import token_file

TOKEN = "gho_canary"
CODE = {"user_code": "ABCD-1234", "device_code": "d", "expires_in": 900, "interval": 0}


class GitHub(ThreadingHTTPServer):
    """Says what it is told to say, and remembers what it was asked."""

    daemon_threads = True

    def __init__(self, *said: dict[str, object], code: dict[str, object]) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.said = list(said)
        self.code = code
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class Answers(BaseHTTPRequestHandler):
    server: GitHub

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        asked = {name: values[0] for name, values in parse_qs(body).items()}
        self.server.asked.append((self.path, asked))
        self._say(
            self.server.code if self.path == "/login/device/code" else self.server.said.pop(0)
        )

    def do_GET(self) -> None:
        if self.headers["authorization"] == f"Bearer {TOKEN}":
            self._say({"login": "octocat"})
        else:
            self._say({"message": "Bad credentials"}, 401)

    def _say(self, said: object, status: int = 200) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        del format, args


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("HEADROOM_HOME", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield


def signed_in(
    *said: dict[str, object], code: dict[str, object] | None = None
) -> tuple[Result, GitHub]:
    with GitHub(*said, code=code or {}) as github:
        github.code = {**CODE, "verification_uri": f"{github.url}/device"} if code is None else code
        thread = Thread(target=github.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        flags = ["--url", github.url, "--api", github.url, "--client-id", "mine"]
        result = CliRunner().invoke(copilot_auth, ["login", *flags])
        github.shutdown()
        thread.join()
    return result, github


def test_a_token_is_kept_for_the_user_alone_and_never_shown() -> None:
    pending: dict[str, object] = {"error": "authorization_pending"}
    slower: dict[str, object] = {"error": "slow_down", "interval": 0}
    result, github = signed_in(pending, slower, {"access_token": TOKEN})
    assert result.exit_code == 0, result.output
    assert "ABCD-1234" in result.output
    assert f"{github.url}/device" in result.output
    assert "Signed in as octocat" in result.output
    assert TOKEN not in result.output
    assert [path for path, _ in github.asked] == [
        "/login/device/code",
        *["/login/oauth/access_token"] * 3,
    ]
    assert github.asked[-1][1]["device_code"] == "d"
    if sys.platform != "win32":
        assert stat.S_IMODE(token_file().stat().st_mode) == 0o600


def test_copilot_is_given_the_token_unless_the_user_has_one() -> None:
    signed_in({"access_token": TOKEN})
    keys = {"OPENAI_API_KEY": "k"}

    def given(environment: dict[str, str]) -> str | None:
        scene = Scene(environment)
        agent = copilot.AGENT
        launch = agent.launch(scene, agent.addresses(scene), "http://here")
        return launch.environment.get("COPILOT_GITHUB_TOKEN")

    assert given(keys) == TOKEN
    assert given({**keys, "GH_TOKEN": "mine"}) is None
    assert CliRunner().invoke(copilot_auth, ["logout"]).exit_code == 0
    assert given(keys) is None


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        ("expired_token", "not typed in in time"),
        ("access_denied", "declined"),
        ("device_flow_disabled", "does not allow the device flow"),
        ("new_trouble", "new_trouble"),
    ],
)
def test_what_goes_wrong_is_said_in_a_sentence(error: str, sentence: str) -> None:
    result, _ = signed_in({"error": error})
    assert result.exit_code == 1
    assert sentence in result.output
    assert not token_file().exists()


def test_an_app_that_is_not_there_is_said() -> None:
    result, _ = signed_in(code={"error": "incorrect_client_credentials"})
    assert result.exit_code == 1
    assert "no OAuth app" in result.output


def test_a_token_that_is_not_taken_is_not_kept() -> None:
    result, _ = signed_in({"access_token": "other"})
    assert result.exit_code == 1
    assert "does not take the token" in result.output
    assert not token_file().exists()


def test_status_says_whether_there_is_one() -> None:
    result = CliRunner().invoke(copilot_auth, ["status"])
    assert result.exit_code == 1
    assert "copilot-auth login" in result.output
    signed_in({"access_token": TOKEN})
    result = CliRunner().invoke(copilot_auth, ["status"])  # that GitHub is gone
    assert result.exit_code == 1
    assert "cannot be reached" in result.output
    assert TOKEN not in result.output


def test_tokens_are_not_sent_in_the_open() -> None:
    flags = ["--url", "http://github.example", "--client-id", "mine"]
    result = CliRunner().invoke(copilot_auth, ["login", *flags])
    assert result.exit_code == 1
    assert "https://" in result.output
