"""The agents whose files are known.

Source: https://docs.anthropic.com/en/docs/claude-code/memory,
https://developers.openai.com/codex/memories, https://geminicli.com/docs/tools/memory
"""

from __future__ import annotations

from headroom.home import user_folder
from headroom_memory.files.agent import Agent
from headroom_memory.files.claude_code import own_folder

AGENTS: tuple[Agent, ...] = (
    Agent(
        "claude-code",
        project=("CLAUDE.md", ".claude/CLAUDE.md", "CLAUDE.local.md", ".claude/rules/*.md"),
        user=("CLAUDE.md", "rules/*.md"),
        home=lambda: user_folder("~/.claude", variable="CLAUDE_CONFIG_DIR"),
        own=own_folder,
    ),
    # What Codex remembers itself is of all projects together.
    Agent(
        "codex",
        project=("AGENTS.md", "AGENTS.override.md"),
        user=(
            "AGENTS.md",
            "AGENTS.override.md",
            "memories/MEMORY.md",
            "memories/memory_summary.md",
        ),
        home=lambda: user_folder("~/.codex", variable="CODEX_HOME"),
    ),
    # "Gemini Added Memories", what its tool saves, is a section of the user's file.
    Agent(
        "gemini-cli",
        project=("GEMINI.md", ".gemini/GEMINI.md"),
        user=("GEMINI.md",),
        home=lambda: user_folder("~/.gemini"),
    ),
)
