"""OpenClaw, which is told only by its file: the address of the provider of its usual model.

A provider that is named in the file and has no `api` is asked as OpenAI, whatever its name is.
Source: https://docs.openclaw.ai/concepts/model-providers; tried with 2026.9.6.
"""

from __future__ import annotations

from pathlib import Path

from headroom.configs import JSONC, Entry
from headroom.home import user_file
from headroom_agents.agents._agent import Address, Agent, Scene
from headroom_agents.agents._files import parsed, text, within
from headroom_agents.errors import Refused

_BUILT_IN = {
    "anthropic": "anthropic-messages",
    "openai": "openai-responses",
    "google": "google-generative-ai",
}
_KINDS = {
    "anthropic-messages": ("anthropic", ""),
    "openai-responses": ("openai", "/v1"),
    "openai-completions": ("openai", "/v1"),
    "google-generative-ai": ("gemini", "/v1beta"),
}
_WHERE = ("models", "providers")


def _file(scene: Scene) -> Path:
    named = scene.environment.get("OPENCLAW_CONFIG_PATH")
    return Path(named).expanduser() if named else user_file("~/.openclaw/openclaw.json")


def _addresses(scene: Scene) -> tuple[Address, ...]:
    settings = parsed(_file(scene), JSONC)
    defaults = ("agents", "defaults", "model")
    model = text(settings, *defaults, "primary") or text(settings, *defaults) or "anthropic/"
    name = model.partition("/")[0]
    usual = "openai-completions" if within(settings, *_WHERE, name) else _BUILT_IN.get(name, "")
    kind = text(settings, *_WHERE, name, "api") or usual
    if kind not in _KINDS:
        raise Refused(
            f"OpenClaw's usual model is {model}, which is asked in a way that Headroom does not know: "
            f"choose one of {', '.join(f'{known}/…' for known in _BUILT_IN)}"
        )
    provider, path = _KINDS[kind]
    return (Address(name, provider, path, text(settings, *_WHERE, name, "baseUrl")),)


def _entries(scene: Scene, url: str) -> tuple[Entry, ...]:
    file = _file(scene)
    settings = parsed(file, JSONC)
    entries = []
    for address in _addresses(scene):
        told, path = url + address.path, (*_WHERE, address.name)
        if within(settings, *path):
            entries.append(Entry(file, JSONC, (*path, "baseUrl"), told, replaces=True))
        else:
            entry = {"baseUrl": told, "api": _BUILT_IN[address.name], "models": []}
            entries.append(Entry(file, JSONC, path, entry))
    return tuple(entries)


AGENT = Agent(
    name="openclaw",
    title="OpenClaw",
    executable="openclaw",
    install="npm install -g openclaw",
    addresses=_addresses,
    entries=_entries,
    loses=("Providers other than that of its usual model are asked directly.",),
    home="~/.openclaw",
)
