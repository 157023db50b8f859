"""What each agent is started with, and what becomes of addresses that the user has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from headroom.errors import HeadroomError
from headroom_agents.agents import AGENTS, Launch, Scene
from headroom_agents.errors import Refused
from headroom_agents.routing import upstreams, without_proxy
from headroom_agents.wrap import wrap

URL = "http://127.0.0.1:8787"
CORP = "https://llm.example.com/team"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    for name in ("CLAUDE_CONFIG_DIR", "CODEX_HOME"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def launched(
    name: str, environment: Mapping[str, str], *arguments: str
) -> tuple[dict[str, str], Launch]:
    """Returns the gateway's upstreams, and what an agent is started with."""
    agent = next(agent for agent in AGENTS if agent.name == name)
    scene = Scene(environment, arguments, Path.home())
    addresses = agent.addresses(scene)
    return upstreams(addresses), agent.launch(scene, addresses, URL)


def given(file: str, text: str) -> None:
    path = Path.home() / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize(
    ("name", "environment", "added", "arguments"),
    [
        ("claude", {}, {"ANTHROPIC_BASE_URL": URL, "ENABLE_TOOL_SEARCH": "true"}, ()),
        ("claude", {"ENABLE_TOOL_SEARCH": "auto"}, {"ANTHROPIC_BASE_URL": URL}, ()),
        ("codex", {"OPENAI_API_KEY": "k"}, {}, ("-c", f'openai_base_url="{URL}/v1"')),
        ("codex", {}, {}, ("-c", f'openai_base_url="{URL}/backend-api/codex"')),
        ("gemini", {}, {"GOOGLE_GEMINI_BASE_URL": URL}, ()),
        ("goose", {}, {"ANTHROPIC_HOST": URL, "OPENAI_HOST": URL, "GOOGLE_HOST": URL}, ()),
        (
            "copilot", {"ANTHROPIC_API_KEY": "k", "OPENAI_API_KEY": "o"},
            {
                "COPILOT_PROVIDER_BASE_URL": URL, "COPILOT_PROVIDER_TYPE": "anthropic",
                "COPILOT_PROVIDER_API_KEY": "k",
            }, (),
        ),
        (
            "copilot", {"OPENAI_API_KEY": "o", "COPILOT_PROVIDER_BEARER_TOKEN": "b"},
            {"COPILOT_PROVIDER_BASE_URL": f"{URL}/v1", "COPILOT_PROVIDER_TYPE": "openai"}, (),
        ),
        (
            "openhands", {"LLM_MODEL": "openai/gpt-5.6"}, {"LLM_BASE_URL": f"{URL}/v1"},
            ("--override-with-envs",),
        ),
        ("claude", {"CLAUDE_CODE_USE_VERTEX": "1", "CLOUD_ML_REGION": "global"},
         {"ANTHROPIC_VERTEX_BASE_URL": f"{URL}/v1"}, ()),
    ],
)  # fmt: skip
def test_an_agent_is_told(
    name: str, environment: dict[str, str], added: dict[str, str], arguments: tuple[str, ...]
) -> None:
    _, launch = launched(name, environment, "--verbose")
    told = {k: v for k, v in launch.environment.items() if environment.get(k) != v}
    assert (told, launch.arguments) == (added, (*arguments, "--verbose"))


def test_aider_is_told_behind_all_that_the_user_says() -> None:
    mine = ("--openai-api-base", f"{CORP}/v1", "README.md")
    found, launch = launched("aider", {"ANTHROPIC_BASE_URL": f"{CORP}/b"}, *mine)
    assert found == {"openai": CORP, "anthropic": f"{CORP}/b"}
    ours = ("--set-env", f"ANTHROPIC_API_BASE={URL}", "--openai-api-base", f"{URL}/v1")
    assert (launch.environment, launch.arguments) == ({}, (*mine, *ours))


def test_opencode_is_told_in_what_the_user_has_there() -> None:
    mine = {"theme": "dark", "provider": {"openai": {"options": {"apiKey": "k"}}}}
    _, launch = launched("opencode", {"OPENCODE_CONFIG_CONTENT": json.dumps(mine)})
    told = json.loads(launch.environment["OPENCODE_CONFIG_CONTENT"])
    assert told["theme"] == "dark"
    assert told["provider"] == {
        "anthropic": {"options": {"baseURL": f"{URL}/v1"}},
        "openai": {"options": {"apiKey": "k", "baseURL": f"{URL}/v1"}},
        "google": {"options": {"baseURL": f"{URL}/v1beta"}},
    }


@pytest.mark.parametrize(
    ("name", "environment", "file", "text", "upstream"),
    [
        ("claude", {"ANTHROPIC_BASE_URL": CORP}, "", "", {"anthropic": CORP}),
        ("claude", {}, ".claude/settings.json", f'{{"env": {{"ANTHROPIC_BASE_URL": "{CORP}/"}}}}', {"anthropic": CORP}),
        ("claude", {"CLAUDE_CODE_USE_FOUNDRY": "1", "ANTHROPIC_FOUNDRY_RESOURCE": "r"}, "", "",
         {"anthropic": "https://r.services.ai.azure.com/anthropic"}),
        ("claude", {"CLAUDE_CODE_USE_VERTEX": "1", "CLOUD_ML_REGION": "us-east5"}, "", "",
         {"vertex": "https://us-east5-aiplatform.googleapis.com"}),
        ("claude", {"CLAUDE_CODE_USE_BEDROCK": "1", "AWS_BEARER_TOKEN_BEDROCK": "b", "AWS_REGION": "eu-west-1"}, "", "",
         {"bedrock": "https://bedrock-runtime.eu-west-1.amazonaws.com"}),
        ("codex", {}, ".codex/config.toml", f'openai_base_url = "{CORP}/v1" # ours', {"openai": CORP}),
        ("codex", {}, ".codex/config.toml",
         f'model_provider = "corp"\n[model_providers.corp]\nbase_url = "{CORP}/v1"', {"openai": CORP}),
        ("codex", {}, ".codex/config.toml",
         f'profile = "p"\n[profiles.p]\nmodel_provider = "corp"\n[model_providers.corp]\nbase_url = "{CORP}/v1"',
         {"openai": CORP}),
        ("gemini", {"GOOGLE_GEMINI_BASE_URL": CORP}, "", "", {"gemini": CORP}),
        ("gemini", {"GOOGLE_GENAI_USE_VERTEXAI": "true", "GOOGLE_CLOUD_LOCATION": "global"}, "", "",
         {"vertex": "https://aiplatform.googleapis.com"}),
        ("opencode", {}, "opencode.jsonc",
         f'{{"provider": {{"openai": {{"options": {{"baseURL": "{CORP}/v1"}}}}}}}} // team', {"openai": CORP}),
        ("goose", {}, ".config/goose/config.yaml", f"GOOSE_MODEL: gpt\nOPENAI_HOST: '{CORP}'\n", {"openai": CORP}),
        ("aider", {"OPENAI_API_BASE": f"{CORP}/v1/"}, "", "", {"openai": CORP}),
        ("aider", {}, ".env", f"# mine\nexport OPENAI_API_BASE='{CORP}/v1'\n", {"openai": CORP}),
        ("aider", {}, ".aider.conf.yml", f"openai-api-base: {CORP}/v1 # mine", {"openai": CORP}),
        ("copilot", {"COPILOT_PROVIDER_BASE_URL": f"{CORP}/v1"}, "", "", {"openai": CORP}),
        ("openhands", {}, ".openhands/agent_settings.json",
         f'{{"llm": {{"model": "anthropic/claude", "base_url": "{CORP}"}}}}', {"anthropic": CORP}),
    ],
)  # fmt: skip
def test_what_the_user_has_becomes_the_upstream(
    name: str, environment: dict[str, str], file: str, text: str, upstream: dict[str, str]
) -> None:
    if file:
        given(file, text)
    found, launch = launched(name, environment)
    assert found == upstream
    told = json.dumps([dict(launch.environment), launch.arguments])
    assert URL in told
    assert CORP not in told


def test_settings_of_claude_code_that_would_win_are_overruled() -> None:
    given(".claude/settings.json", f'{{"env": {{"ANTHROPIC_BASE_URL": "{CORP}", "A": "1"}}}}')
    _, launch = launched("claude", {}, "--settings", '{"model": "opus"}', "-p", "hi")
    flag, said, *rest = launch.arguments
    assert (flag, rest) == ("--settings", ["-p", "hi"])
    assert json.loads(said) == {
        "model": "opus",
        "env": {"ANTHROPIC_BASE_URL": URL},
    }


def test_settings_in_a_file_are_not_shown_to_who_lists_processes() -> None:
    given(".claude/settings.json", f'{{"env": {{"ANTHROPIC_BASE_URL": "{CORP}"}}}}')
    given("mine.json", '{"env": {"ANTHROPIC_AUTH_TOKEN": "canary"}}')
    with pytest.raises(Refused, match=r"mine\.json"):
        launched("claude", {}, "--settings", "mine.json")


def test_what_the_user_says_to_codex_of_its_provider_is_ours_to_say() -> None:
    found, launch = launched(
        "codex", {}, "exec", "-c", f"openai_base_url={CORP}/v1", "-c", "a=1", "hi"
    )
    assert found == {"openai": CORP}
    assert launch.arguments == ("-c", f'openai_base_url="{URL}/v1"', "exec", "-c", "a=1", "hi")


def test_a_chatgpt_account_is_asked_elsewhere() -> None:
    given(".codex/auth.json", '{"OPENAI_API_KEY": null, "tokens": {"account_id": "a"}}')
    _, launch = launched("codex", {"OPENAI_API_KEY": "k"})
    assert launch.arguments[1].endswith('/backend-api/codex"')


@pytest.mark.parametrize(
    ("name", "environment", "file", "text", "said"),
    [
        ("claude", {"CLAUDE_CODE_USE_BEDROCK": "1"}, "", "", "AWS_BEARER_TOKEN_BEDROCK"),
        ("claude", {}, ".claude/settings.json", '{\n"env": {"a" 1}\n}', "settings.json:2"),
        ("codex", {}, ".codex/config.toml", 'a = 1\nb = "', "config.toml:2"),
        ("codex", {"OPENAI_API_KEY": "k"}, ".codex/config.toml", f'openai_base_url = "{CORP}"', "end with /v1"),
        ("gemini", {}, ".gemini/settings.json", '{"security": {"auth": {"selectedType": "oauth-personal"}}}', "API key"),
        ("opencode", {"OPENCODE_CONFIG_CONTENT": "{"}, "", "", "OPENCODE_CONFIG_CONTENT"),
        ("opencode", {}, ".config/opencode/opencode.json", "{\n\n]", "opencode.json:3"),
        ("copilot", {}, "", "", "COPILOT_MODEL"),
        ("copilot", {"COPILOT_PROVIDER_BASE_URL": CORP, "COPILOT_PROVIDER_TYPE": "azure"}, "", "", "azure"),
        ("openhands", {"LLM_MODEL": "mistral/large"}, "", "", "mistral/large"),
        ("aider", {"OPENAI_API_BASE": "http://127.0.0.1:9/v1"}, "", "", "nothing listens"),
    ],
)  # fmt: skip
def test_what_cannot_be_routed_is_refused_in_a_sentence(
    name: str, environment: dict[str, str], file: str, text: str, said: str
) -> None:
    if file:
        given(file, text)
    with pytest.raises(HeadroomError, match=said.replace(".", r"\.")):
        launched(name, environment)


def test_requests_to_this_machine_pass_by_proxies() -> None:
    assert without_proxy({}) == {}
    told = without_proxy({"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": "a.example"})
    assert told["NO_PROXY"] == "a.example,127.0.0.1,localhost"


def test_help_names_every_agent() -> None:
    shown = CliRunner().invoke(wrap, ["--help"]).output
    assert [agent.name for agent in AGENTS if agent.name not in shown] == []
