"""The memory files that agents keep themselves, taken in: one file an agent, listed in `AGENTS`."""

from headroom_memory.files.agents import AGENTS
from headroom_memory.files.collecting import collected

__all__ = ["AGENTS", "collected"]
