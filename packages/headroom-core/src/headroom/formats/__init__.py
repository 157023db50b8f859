"""Wire formats: where the texts of a request are, and how edits get back in.

May import: protocols, policy, types, errors, kernels. One file a format, listed in FORMATS.
"""

from __future__ import annotations

from headroom.formats._body import Body, read_body, write_body
from headroom.formats._detect import FORMATS, detect_format, find_messages, read
from headroom.formats._edits import apply_edits

__all__ = [
    "FORMATS",
    "Body",
    "apply_edits",
    "detect_format",
    "find_messages",
    "read",
    "read_body",
    "write_body",
]
