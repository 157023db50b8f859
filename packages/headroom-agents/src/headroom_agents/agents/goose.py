"""goose, which has a host for each provider, in its environment before its config.yaml.

Source: https://block.github.io/goose/docs/getting-started/providers
"""

from __future__ import annotations

from headroom.home import user_file
from headroom_agents.agents._agent import Address, Agent, Scene, in_environment, told
from headroom_agents.agents._files import assigned

_HOSTS = (
    Address("ANTHROPIC_HOST", "anthropic"),
    Address("OPENAI_HOST", "openai"),
    Address("GOOGLE_HOST", "gemini"),
)


def _addresses(scene: Scene) -> tuple[Address, ...]:
    kept = assigned(user_file("~/.config/goose/config.yaml"), ":")
    return tuple(told(host, {**kept, **scene.environment}) for host in _HOSTS)


AGENT = Agent(
    name="goose",
    title="goose",
    executable="goose",
    install="see https://block.github.io/goose/docs/getting-started/installation",
    addresses=_addresses,
    launch=in_environment(),
    loses=("Providers other than Anthropic, OpenAI and Google are asked directly.",),
    home="~/.config/goose",
)
