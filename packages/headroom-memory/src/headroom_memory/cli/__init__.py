"""`headroom memory`."""

from headroom_memory.cli.group import memory

__all__ = ["memory"]
