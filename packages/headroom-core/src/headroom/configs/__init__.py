"""Entries in the configuration files of other programs, and their removal without a trace.

May import `home` and `errors`. Everything but `files` and `entries` is a pure function of texts.
"""

from headroom.configs.entries import Change, Entry, plan_install, plan_uninstall, state, write
from headroom.configs.layout import Format
from headroom.configs.objects import JSON, JSONC
from headroom.configs.tables import TOML

__all__ = [
    "JSON",
    "JSONC",
    "TOML",
    "Change",
    "Entry",
    "Format",
    "plan_install",
    "plan_uninstall",
    "state",
    "write",
]
