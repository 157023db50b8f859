"""The clients that `headroom mcp install` knows: where each keeps its servers, as data."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from headroom.configs import JSON, JSONC, TOML, Entry, Format
from headroom.home import home, home_is_moved, user_file


@dataclass(frozen=True, slots=True)
class Client:
    """A program that starts MCP servers.

    Attributes:
        file: Where it keeps the user's settings; see `headroom.home.user_file`.
        folder: Is there where the client is.
        key: Under which servers stand.
        variable: Of the environment; names another folder for the file.
        extra: What an entry has besides a command.
    """

    name: str
    title: str
    file: str
    folder: str
    format: Format
    key: str = "mcpServers"
    variable: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_here(self) -> bool:
        """Whether the client seems to be on this machine."""
        return self.entry.file.exists() or user_file(self.folder).exists()

    @property
    def entry(self) -> Entry:
        """What the client is to have in its settings."""
        file = user_file(self.file, variable=self.variable)
        return Entry(file, self.format, (self.key, "headroom"), {**self.extra, **_server()})


_STDIO = {"type": "stdio"}

# Sources: the clients' pages on MCP servers, read in November 2026: code.claude.com/docs/en/mcp,
# modelcontextprotocol.io/docs/develop/connect-local-servers, cursor.com/docs/mcp,
# developers.openai.com/codex/mcp, code.visualstudio.com/docs/copilot/reference/mcp-configuration,
# and docs/tools/mcp-server.md of google-gemini/gemini-cli.
CLIENTS: tuple[Client, ...] = (
    Client(
        "claude-code", "Claude Code", "~/.claude.json", "~/.claude", JSON,
        variable="CLAUDE_CONFIG_DIR", extra=_STDIO,
    ),
    Client(
        "claude-desktop", "Claude Desktop",
        "{config}/Claude/claude_desktop_config.json", "{config}/Claude", JSON,
    ),
    Client("cursor", "Cursor", "~/.cursor/mcp.json", "~/.cursor", JSON),
    Client(
        "codex", "Codex", "~/.codex/config.toml", "~/.codex", TOML,
        key="mcp_servers", variable="CODEX_HOME",
    ),
    Client(
        "vscode", "VS Code", "{config}/Code/User/mcp.json", "{config}/Code", JSONC,
        key="servers", extra=_STDIO,
    ),
    Client("gemini-cli", "Gemini CLI", "~/.gemini/settings.json", "~/.gemini", JSONC),
)  # fmt: skip


def _server() -> Mapping[str, object]:
    """Returns how the server is started.

    Clients with a window do not have the terminal's PATH and environment, so the program is named
    by its place, and its data directory if that is not the usual one.
    """
    script = Path(sys.executable).with_name(
        "headroom.exe" if sys.platform == "win32" else "headroom"
    )
    command = str(script) if script.exists() else shutil.which("headroom") or "headroom"
    server = {"command": command, "args": ["mcp", "serve"]}
    return server | ({"env": {"HEADROOM_HOME": str(home().absolute())}} if home_is_moved() else {})
