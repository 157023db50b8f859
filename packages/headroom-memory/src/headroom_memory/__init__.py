"""Headroom's shared memory: what agents learned, kept on this machine, found again with provenance."""

from headroom_memory.embeddings import Embedder
from headroom_memory.errors import FactEnded, FactMissing, MemoryFault, ProjectUnknown, Refused
from headroom_memory.memory import Memory
from headroom_memory.merging import Synced
from headroom_memory.opening import open_place
from headroom_memory.project import USER, Project, project_of
from headroom_memory.shared import Entry, SharedContext
from headroom_memory.types import Draft, Fact, Limits, Match, Source, Stats, Which

__all__ = [
    "USER",
    "Draft",
    "Embedder",
    "Entry",
    "Fact",
    "FactEnded",
    "FactMissing",
    "Limits",
    "Match",
    "Memory",
    "MemoryFault",
    "Project",
    "ProjectUnknown",
    "Refused",
    "SharedContext",
    "Source",
    "Stats",
    "Synced",
    "Which",
    "open_place",
    "project_of",
]
