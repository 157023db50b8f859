"""What recorded sessions would have cost with and without Headroom.

May import: transcripts, headroom.
"""

from __future__ import annotations

from headroom_agents.audit.figures import Assumptions, Audited, Mode, Side
from headroom_agents.audit.replay import audit_session

__all__ = ["Assumptions", "Audited", "Mode", "Side", "audit_session"]
