"""Aider asks through LiteLLM. What it is told on its command line wins over its files, the last most.

Source: https://aider.chat/docs/config; the precedence was tried with 0.86.
"""

from __future__ import annotations

from pathlib import Path

from headroom.home import user_file
from headroom_agents.agents._agent import Address, Agent, Launch, Scene
from headroom_agents.agents._files import assigned

_FLAG = "--openai-api-base"
_OPENAI = Address("OPENAI_API_BASE", "openai", "/v1")
_ANTHROPIC = Address("ANTHROPIC_API_BASE", "anthropic")


def _addresses(scene: Scene) -> tuple[Address, ...]:
    folders = [user_file("~"), *_root(scene), scene.folder]
    kept = [assigned(folder / ".env", "=") for folder in folders]
    kept += [assigned(folder / ".aider.conf.yml", ":") for folder in folders]
    said = dict(scene.environment)
    for found in kept:
        said |= found
    asked = said.get("openai-api-base") or said.get("AIDER_OPENAI_API_BASE")
    openai = _argument(scene) or asked or said.get(_OPENAI.name, "")
    anthropic = said.get(_ANTHROPIC.name) or said.get("ANTHROPIC_BASE_URL", "")
    return (
        Address(_OPENAI.name, _OPENAI.provider, _OPENAI.path, openai),
        Address(_ANTHROPIC.name, _ANTHROPIC.provider, _ANTHROPIC.path, anthropic),
    )


def _root(scene: Scene) -> list[Path]:
    """Returns the folder of the repository, if there is one."""
    return [folder for folder in scene.folder.parents if (folder / ".git").exists()][:1]


def _argument(scene: Scene) -> str:
    """Returns what the user says on the command line."""
    said = ""
    for place, part in enumerate(scene.arguments):
        if part == _FLAG:
            said = "".join(scene.arguments[place + 1 : place + 2])
        elif part.startswith(f"{_FLAG}="):
            said = part.partition("=")[2]
    return said


def _launch(scene: Scene, addresses: tuple[Address, ...], url: str) -> Launch:
    openai, anthropic = (url + address.path for address in addresses)
    flags = ("--set-env", f"{_ANTHROPIC.name}={anthropic}", _FLAG, openai)
    return Launch({}, (*scene.arguments, *flags))


AGENT = Agent(
    name="aider",
    title="Aider",
    executable="aider",
    install="python -m pip install aider-install && aider-install",
    addresses=_addresses,
    launch=_launch,
    loses=("Models of other providers than Anthropic and OpenAI are asked directly.",),
    home="~/.aider",
)
