"""Continue, whose models each have an address of their own in its config.yaml.

Source: https://docs.continue.dev/reference
"""

from headroom_agents.agents._agent import Agent

AGENT = Agent(
    name="continue",
    title="Continue",
    executable="",
    install="see https://continue.dev",
    advice=(
        "In ~/.continue/config.yaml give models of the provider anthropic or openai the line "
        "'apiBase: {url}/v1/', and those of gemini 'apiBase: {url}/v1beta/'. Take it out again when "
        "you stop: Continue asks there whether a gateway listens or not."
    ),
    home="~/.continue",
)
