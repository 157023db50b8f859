"""Aider asks through LiteLLM, which has a variable for each provider.

Its `.env` files win over the environment, and `--set-env` wins over them.
Source: https://aider.chat/docs/config/options.html
"""

from headroom_agents.agents._agent import Address, Agent, Launch, Scene, variables


def _launch(scene: Scene, addresses: tuple[Address, ...], url: str) -> Launch:
    set_there = {a.name: url + a.path for a in addresses}
    flags = [part for name, value in set_there.items() for part in ("--set-env", f"{name}={value}")]
    return Launch(set_there, (*flags, *scene.arguments))


AGENT = Agent(
    name="aider",
    title="Aider",
    executable="aider",
    install="python -m pip install aider-install && aider-install",
    addresses=variables(
        Address("OPENAI_API_BASE", "openai", "/v1"),
        Address("ANTHROPIC_API_BASE", "anthropic"),
    ),
    launch=_launch,
    loses=("Models of other providers than Anthropic and OpenAI are asked directly.",),
    home="~/.aider",
)
