"""Claude Code, also with Vertex AI, Foundry, and Bedrock where a key and no signature goes along.

What its settings files have under `env` wins over the environment, and what `--settings` says wins
over them; of several `--settings` the last counts.
Source: https://code.claude.com/docs/en/settings, /llm-gateway; the precedence was tried with 2.1.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from headroom.configs import JSONC
from headroom.errors import ConfigError
from headroom.home import user_file
from headroom_agents.agents._agent import Address, Agent, Launch, Scene, told
from headroom_agents.agents._files import parsed, within
from headroom_agents.agents._google import vertex
from headroom_agents.errors import Refused

_FLAG = "--settings"
_RESTORED = {"ENABLE_TOOL_SEARCH": "true"}
"""Behind another address it otherwise loads the definition of every tool at the start. Where that was
the user's address before, it may lead to a gateway that does not know the search.
"""


def _addresses(scene: Scene) -> tuple[Address, ...]:
    environment = {**scene.environment, **_settled(scene)}

    def uses(cloud: str) -> bool:
        return environment.get(f"CLAUDE_CODE_USE_{cloud}", "").lower() in ("1", "true")

    if uses("VERTEX"):
        region = environment.get("CLOUD_ML_REGION") or "us-east5"
        return (vertex("ANTHROPIC_VERTEX_BASE_URL", "/v1", region, environment),)
    if uses("FOUNDRY"):
        return (_foundry(environment),)
    if uses("BEDROCK"):
        return (_bedrock(environment),)
    return (told(Address("ANTHROPIC_BASE_URL", "anthropic"), environment),)


def _foundry(environment: Mapping[str, str]) -> Address:
    address = told(Address("ANTHROPIC_FOUNDRY_BASE_URL", "anthropic"), environment)
    resource = environment.get("ANTHROPIC_FOUNDRY_RESOURCE", "")
    if not address.yours and not resource:
        raise Refused("Claude Code is to use Foundry: set ANTHROPIC_FOUNDRY_RESOURCE")
    usual = f"https://{resource}.services.ai.azure.com/anthropic"
    return replace(address, yours=address.yours or usual)


def _bedrock(environment: Mapping[str, str]) -> Address:
    if not environment.get("AWS_BEARER_TOKEN_BEDROCK"):
        raise Refused(
            "Claude Code signs its requests to Bedrock, and what is signed cannot be sent to another "
            "address: use an API key of Bedrock (AWS_BEARER_TOKEN_BEDROCK), or start it without us"
        )
    address = told(Address("ANTHROPIC_BEDROCK_BASE_URL", "bedrock"), environment)
    region = environment.get("AWS_REGION") or "us-east-1"
    usual = f"https://bedrock-runtime.{region}.amazonaws.com"
    return replace(address, yours=address.yours or usual)


def _launch(scene: Scene, addresses: tuple[Address, ...], url: str) -> Launch:
    settled, added = _settled(scene), {a.name: url + a.path for a in addresses}
    if not addresses[0].yours:
        known = {**scene.environment, **settled}
        added |= {name: value for name, value in _RESTORED.items() if name not in known}
    if not any(a.name in settled for a in addresses):
        return Launch(added, scene.arguments)
    said, rest = _said(scene.arguments)
    if said and not _is_object(said):
        names = ", ".join(a.name for a in addresses)
        raise Refused(
            f"{names} is in Claude Code's settings, which only {_FLAG} overrules, and that is taken "
            f"by {said}: take {names} out of the settings and into the environment"
        )
    found = _object(said, scene.folder) if said else {}
    merged = {**found, "env": {**within(found, "env"), **added}}
    return Launch(added, (_FLAG, json.dumps(merged), *rest))


def _settled(scene: Scene) -> dict[str, str]:
    """Returns the variables that Claude Code's own settings set."""
    files = [
        user_file("~/.claude/settings.json", variable="CLAUDE_CONFIG_DIR"),
        scene.folder / ".claude/settings.json",
        scene.folder / ".claude/settings.local.json",
    ]
    layers = [parsed(file, JSONC) for file in files]
    said, _ = _said(scene.arguments)
    layers.append(_object(said, scene.folder) if said else {})
    return {k: str(v) for layer in layers for k, v in within(layer, "env").items()}


def _said(arguments: Sequence[str]) -> tuple[str, list[str]]:
    """Returns what counts of `--settings`, and the arguments without it."""
    rest: list[str] = []
    said, given = "", list(arguments)
    while given:
        argument = given.pop(0)
        if argument == "--":
            return said, [*rest, argument, *given]
        if argument == _FLAG and given:
            said = given.pop(0)
        elif argument.startswith(f"{_FLAG}="):
            said = argument.partition("=")[2]
        else:
            rest.append(argument)
    return said, rest


def _is_object(said: str) -> bool:
    return said.lstrip().startswith("{")


def _object(said: str, folder: Path) -> dict[str, Any]:
    """Returns what `--settings` says: JSON, or a file of it."""
    if not _is_object(said):
        return parsed(folder / said, JSONC)
    try:
        found: dict[str, Any] = JSONC.parse(said)
    except ConfigError as error:
        raise Refused(f"{_FLAG}: {error.why}") from error
    return found


AGENT = Agent(
    name="claude",
    title="Claude Code",
    executable="claude",
    install="npm install -g @anthropic-ai/claude-code",
    addresses=_addresses,
    launch=_launch,
    loses=(
        "Remote Control is not offered behind another address than Anthropic's.",
        "A context of a million tokens is chosen by the model's name (such as claude-opus-5[1m]), "
        "not by your plan.",
    ),
    home="~/.claude",
)
