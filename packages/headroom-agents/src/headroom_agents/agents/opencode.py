"""OpenCode, whose settings may be in a variable that wins over its files.

Source: https://opencode.ai/docs/config, /docs/providers; tried with 1.18.
"""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

from headroom.configs import JSONC
from headroom.errors import ConfigError
from headroom.home import user_file
from headroom_agents.agents._agent import Address, Agent, Launch, Scene
from headroom_agents.agents._files import parsed, text
from headroom_agents.errors import Refused

_CONTENT = "OPENCODE_CONFIG_CONTENT"
_PROVIDERS = {
    "anthropic": Address("ANTHROPIC_BASE_URL", "anthropic", "/v1"),
    "openai": Address("OPENAI_BASE_URL", "openai", "/v1"),
    "google": Address("GOOGLE_GENERATIVE_AI_BASE_URL", "gemini", "/v1beta"),
}
"""By its own name; with the variable that the library behind it reads."""


def _addresses(scene: Scene) -> tuple[Address, ...]:
    layers = [_content(scene), *(parsed(file, JSONC) for file in _files(scene))]
    found = []
    for name, address in _PROVIDERS.items():
        said = (text(layer, "provider", name, "options", "baseURL") for layer in layers)
        yours = next(filter(None, said), "") or scene.environment.get(address.name, "")
        found.append(Address(name, address.provider, address.path, yours))
    return tuple(found)


def _files(scene: Scene) -> list[Any]:
    """Returns the files of settings, the strongest first."""
    named = scene.environment.get("OPENCODE_CONFIG")
    here = [scene.folder / name for name in ("opencode.json", "opencode.jsonc")]
    usual = user_file("~/.config/opencode/opencode.json")
    everywhere = [usual, usual.with_suffix(".jsonc")]
    return [*here, *([scene.folder / named] if named else []), *everywhere]


def _content(scene: Scene) -> dict[str, Any]:
    said = scene.environment.get(_CONTENT, "")
    try:
        found: dict[str, Any] = JSONC.parse(said) if said.strip() else {}
    except ConfigError as error:
        raise Refused(f"{_CONTENT}: {error.why}") from error
    return found


def _launch(scene: Scene, addresses: tuple[Address, ...], url: str) -> Launch:
    content = deepcopy(_content(scene))
    for address in addresses:
        provider = content.setdefault("provider", {}).setdefault(address.name, {})
        provider.setdefault("options", {})["baseURL"] = url + address.path
    return Launch({_CONTENT: json.dumps(content)}, scene.arguments)


AGENT = Agent(
    name="opencode",
    title="OpenCode",
    executable="opencode",
    install="npm install -g opencode-ai",
    addresses=_addresses,
    launch=_launch,
    loses=(
        "Providers other than Anthropic, OpenAI and Google, and accounts of ChatGPT or GitHub "
        "Copilot in it, are asked directly.",
    ),
    home="~/.config/opencode",
)
