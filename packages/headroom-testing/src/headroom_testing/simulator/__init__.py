"""A provider that never leaves the machine: four APIs on a real socket, scripted and honest.

It answers by a script, accounts for its prompt cache as providers do, refuses what they refuse, and
remembers every byte that it was sent. Needs the extra `simulator` of this distribution.
"""

try:
    import starlette as _starlette
    import uvicorn as _uvicorn
except ImportError as error:  # pragma: no cover - said once, with what to do
    raise ImportError("pip install 'headroom-testing[simulator]'") from error

from headroom_testing.simulator.asking import Asking, references_in
from headroom_testing.simulator.caches import Usage
from headroom_testing.simulator.recording import Recorded
from headroom_testing.simulator.script import (
    Answer,
    Call,
    Delivery,
    Part,
    Refusal,
    Reply,
    Reset,
    Script,
    Text,
    Thinking,
)
from headroom_testing.simulator.server import Simulator

__all__ = [
    "Answer",
    "Asking",
    "Call",
    "Delivery",
    "Part",
    "Recorded",
    "Refusal",
    "Reply",
    "Reset",
    "Script",
    "Simulator",
    "Text",
    "Thinking",
    "Usage",
    "references_in",
]

del _starlette, _uvicorn
