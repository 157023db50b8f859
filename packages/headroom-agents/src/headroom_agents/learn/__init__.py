"""What recorded sessions show that went wrong again and again, without asking a model.

May import: transcripts, headroom.
"""

from __future__ import annotations

from headroom_agents.learn.findings import Evidence, Finding
from headroom_agents.learn.run import FINDERS, learn
from headroom_agents.learn.trace import Trace, trace

__all__ = ["FINDERS", "Evidence", "Finding", "Trace", "learn", "trace"]
