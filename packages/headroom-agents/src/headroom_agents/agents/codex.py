"""Codex, told on its command line, so that its config.toml stays as it is.

`-c openai_base_url=…` leads the built-in provider elsewhere and keeps its history and its WebSockets;
a provider of the user's own is led by its `base_url`. Variables of the environment are not read.
Source: https://developers.openai.com/codex/config-reference; tried with 0.169.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence, Set
from itertools import pairwise

from headroom.configs import JSON, TOML
from headroom.home import user_file
from headroom_agents.agents._agent import Address, Agent, Launch, Scene
from headroom_agents.agents._files import parsed, text, within

_BUILT_IN = "openai"
_KEYS = ("CODEX_API_KEY", "OPENAI_API_KEY")
_ACCOUNT = "/backend-api/codex"


def _addresses(scene: Scene) -> tuple[Address, ...]:
    found = parsed(user_file("~/.codex/config.toml", variable="CODEX_HOME"), TOML)
    said = _said(scene.arguments)
    chosen = within(found, "profiles", said.get("profile") or text(found, "profile"))
    provider = said.get("model_provider") or text(chosen, "model_provider")
    provider = provider or text(found, "model_provider") or _BUILT_IN
    if provider != _BUILT_IN:
        name = f"model_providers.{provider}.base_url"
        yours = said.get(name) or text(found, "model_providers", provider, "base_url")
        return (Address(name, "openai", "/v1", yours),)
    yours = said.get("openai_base_url") or text(found, "openai_base_url")
    if yours or not _has_account(scene):
        return (Address("openai_base_url", "openai", "/v1", yours),)
    return (Address("openai_base_url", "chatgpt", _ACCOUNT),)


def _has_account(scene: Scene) -> bool:
    """Returns whether Codex is logged in with a ChatGPT account, and so asks another address."""
    found = parsed(user_file("~/.codex/auth.json", variable="CODEX_HOME"), JSON)
    if scene.environment.get("CODEX_API_KEY") or found.get("OPENAI_API_KEY"):
        return False
    if found:
        return bool(within(found, "tokens"))
    return not any(scene.environment.get(key) for key in _KEYS)


def _said(arguments: Sequence[str]) -> dict[str, str]:
    """Returns what the command line says of providers: `-c key=value` and `--profile`."""
    said: dict[str, str] = {}
    for flag, value in pairwise(arguments):
        if flag in ("-c", "--config"):
            key, _, written = value.partition("=")
            said[key.strip()] = _value(written)
        elif flag in ("-p", "--profile"):
            said["profile"] = value
    return said


def _value(written: str) -> str:
    """Returns a value as Codex reads it: as TOML, or else as it is written."""
    try:
        return str(tomllib.loads(f"value = {written}")["value"])
    except tomllib.TOMLDecodeError:
        return written.strip()


def _launch(scene: Scene, addresses: tuple[Address, ...], url: str) -> Launch:
    told = [f"{a.name}={json.dumps(url + a.path)}" for a in addresses]
    flags = [part for value in told for part in ("-c", value)]
    return Launch({}, (*flags, *_without(scene.arguments, {a.name for a in addresses})))


def _without(arguments: Sequence[str], keys: Set[str]) -> list[str]:
    """Returns arguments without what the user says with `-c` for some keys: it would win."""
    kept: list[str] = []
    given = list(arguments)
    while given:
        part = given.pop(0)
        if part == "--":
            return [*kept, part, *given]
        if part in ("-c", "--config") and given and given[0].partition("=")[0].strip() in keys:
            given.pop(0)
        else:
            kept.append(part)
    return kept


AGENT = Agent(
    name="codex",
    title="Codex",
    executable="codex",
    install="npm install -g @openai/codex",
    addresses=_addresses,
    launch=_launch,
    home="~/.codex",
)
