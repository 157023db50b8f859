"""goose, which has a host for each provider, in its environment before its config.yaml.

Source: https://block.github.io/goose/docs/getting-started/providers
"""

from __future__ import annotations

import re

from headroom.home import user_file
from headroom_agents.agents._agent import Address, Agent, Scene, in_environment, told

_HOSTS = (
    Address("ANTHROPIC_HOST", "anthropic"),
    Address("OPENAI_HOST", "openai"),
    Address("GOOGLE_HOST", "gemini"),
)


def _addresses(scene: Scene) -> tuple[Address, ...]:
    file = user_file("~/.config/goose/config.yaml")
    said = file.read_text("utf-8", "replace") if file.exists() else ""
    plain = re.compile(r"""^([A-Z_]+):\s*["']?([^\s"'#]+)""", re.M)
    kept = dict(plain.findall(said))
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
