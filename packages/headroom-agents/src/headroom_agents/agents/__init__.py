"""The agents that can be wrapped: one file an agent, listed by hand. May import `errors`.

An agent is data, and pure functions of its settings; nothing here starts or writes anything.
"""

from collections.abc import Mapping

from headroom.configs import JSON, JSONC, TOML, Format
from headroom_agents.agents import (
    aider,
    claude,
    cline,
    codex,
    continue_dev,
    copilot,
    cursor,
    gemini,
    goose,
    openclaw,
    opencode,
    openhands,
)
from headroom_agents.agents._agent import Address, Agent, Launch, Scene
from headroom_agents.agents._files import parsed

AGENTS: tuple[Agent, ...] = (
    claude.AGENT,
    codex.AGENT,
    gemini.AGENT,
    opencode.AGENT,
    copilot.AGENT,
    openclaw.AGENT,
    aider.AGENT,
    goose.AGENT,
    openhands.AGENT,
    cursor.AGENT,
    cline.AGENT,
    continue_dev.AGENT,
)

FORMATS: Mapping[str, Format] = {"json": JSON, "jsonc": JSONC, "toml": TOML}
"""Of the files of agents that are written."""

__all__ = ["AGENTS", "FORMATS", "Address", "Agent", "Launch", "Scene", "parsed"]
