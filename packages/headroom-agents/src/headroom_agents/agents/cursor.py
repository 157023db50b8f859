"""Cursor, whose servers send the requests: they do not reach a gateway on this machine."""

from headroom_agents.agents._agent import Agent

AGENT = Agent(
    name="cursor",
    title="Cursor",
    executable="",
    install="see https://cursor.com",
    advice=(
        "Cursor's own servers send its requests, also with a key of your own, and they do not reach "
        "a gateway on this machine. Run one where they do, with a token (headroom proxy --host … "
        "--token …, behind TLS), and set its address with /v1 under Settings > Models > API Keys > "
        "Override OpenAI Base URL. Models of Cursor's subscription never pass there."
    ),
    is_remote=True,
    loses=("Models of Cursor's subscription are asked by Cursor, past Headroom.",),
    home="~/.cursor",
)
