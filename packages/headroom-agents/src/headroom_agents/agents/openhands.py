"""OpenHands CLI, which asks one model through LiteLLM and heeds variables only if it is told to.

Source: https://docs.openhands.dev/openhands/usage/cli/command-reference
"""

from __future__ import annotations

from headroom.configs import JSON
from headroom.home import user_file
from headroom_agents.agents._agent import Address, Agent, Launch, Scene, in_environment
from headroom_agents.agents._files import parsed, text
from headroom_agents.errors import Refused

_FLAG = "--override-with-envs"
_KINDS = {
    "anthropic": Address("LLM_BASE_URL", "anthropic"),
    "openai": Address("LLM_BASE_URL", "openai", "/v1"),
    "gemini": Address("LLM_BASE_URL", "gemini", "/v1beta"),
}
"""By what a model's name begins with."""


def _addresses(scene: Scene) -> tuple[Address, ...]:
    kept = parsed(user_file("~/.openhands/agent_settings.json"), JSON)
    heeds = _FLAG in scene.arguments
    said = scene.environment if heeds or not kept else {}
    model = said.get("LLM_MODEL") or text(kept, "llm", "model")
    address = _KINDS.get(model.partition("/")[0])
    if address is None:
        raise Refused(
            f"OpenHands is to ask {model or 'no model'}, and Headroom knows models named "
            f"{', '.join(f'{kind}/…' for kind in _KINDS)}: choose one, or set LLM_MODEL and {_FLAG}"
        )
    yours = said.get("LLM_BASE_URL") or text(kept, "llm", "base_url")
    return (Address(address.name, address.provider, address.path, yours),)


def _launch(scene: Scene, addresses: tuple[Address, ...], url: str) -> Launch:
    launch = in_environment()(scene, addresses, url)
    flags = () if _FLAG in scene.arguments else (_FLAG,)
    return Launch(launch.environment, (*flags, *scene.arguments))


AGENT = Agent(
    name="openhands",
    title="OpenHands",
    executable="openhands",
    install="uv tool install openhands --python 3.12",
    addresses=_addresses,
    launch=_launch,
    home="~/.openhands",
)
