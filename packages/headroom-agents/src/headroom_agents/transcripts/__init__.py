"""What agents write down of their sessions, read back. One file an agent, listed in `READERS`.

Reads only. May import: headroom (types, formats, pricing, home).
"""

from __future__ import annotations

from headroom_agents.transcripts.search import READERS, Found, families, find, readers, sessions
from headroom_agents.transcripts.types import Answer, Reader, Session, ToolCall, Turn, calls_of

__all__ = [
    "READERS",
    "Answer",
    "Found",
    "Reader",
    "Session",
    "ToolCall",
    "Turn",
    "calls_of",
    "families",
    "find",
    "readers",
    "sessions",
]
