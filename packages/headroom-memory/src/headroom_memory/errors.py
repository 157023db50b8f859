"""Errors that a caller can act on.

MemoryFault
├── ProjectUnknown   nothing says which project it is, so nothing is found and nothing saved
├── FactMissing      this project has no such fact
├── FactEnded        the fact holds no longer; names the one that took its place
└── Refused          a text that is not kept: too long, empty, a secret, or no room for it
"""

from headroom.errors import HeadroomError


class MemoryFault(HeadroomError):
    """The base of what memory raises on purpose; where files or servers fail: `StoreError`."""


class ProjectUnknown(MemoryFault):
    """Nothing says which project it is, so nothing is found and nothing saved."""


class FactMissing(MemoryFault, KeyError):
    """This project has no such fact."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class FactEnded(MemoryFault):
    """The fact holds no longer, so nothing can take its place."""


class Refused(MemoryFault, ValueError):
    """A text that is not kept; says why, and what to do."""
