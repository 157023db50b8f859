"""Cline, which keeps its settings in VS Code's own store, and is told in its window.

Source: https://docs.cline.bot/provider-config
"""

from headroom_agents.agents._agent import Agent

AGENT = Agent(
    name="cline",
    title="Cline",
    executable="",
    install="see https://cline.bot",
    advice=(
        "In Cline's settings, for the provider Anthropic: tick 'Use custom base URL' and set {url}. "
        "For OpenAI: choose the provider 'OpenAI Compatible' and set the base URL {url}/v1. "
        "Take it out again when you stop: Cline asks there whether a gateway listens or not."
    ),
    loses=("Models of Cline's own account are asked by Cline, past Headroom.",),
    home="~/.cline",
)
