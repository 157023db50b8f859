"""Wire formats: where the texts of a request are, and how edits get back in.

May import: protocols, policy, types, errors, kernels. One file a format, listed in FORMATS.
"""

from __future__ import annotations

from headroom.formats._body import Body, read_body, write_body
from headroom.formats._detect import FORMATS, detect_format, find_messages, read
from headroom.formats._edits import apply_edits
from headroom.formats._read import argument_strings, is_bound, strings

__all__ = [
    "FORMATS",
    "Body",
    "apply_edits",
    "argument_strings",
    "detect_format",
    "find_messages",
    "is_bound",
    "read",
    "read_body",
    "strings",
    "write_body",
]
