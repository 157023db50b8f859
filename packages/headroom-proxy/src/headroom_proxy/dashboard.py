"""The dashboard: one page that needs nothing from anywhere else, and holds no data of its own."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files

_PARTS = files(__package__) / "page"


def _part(name: str) -> str:
    return (_PARTS / name).read_text("utf-8")


def _hashed(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


_STYLE, _SCRIPT = _part("dashboard.css"), _part("dashboard.js")

PAGE = _part("dashboard.html").replace("/*style*/", _STYLE).replace("/*script*/", _SCRIPT).encode()

POLICY = (
    f"default-src 'none'; style-src {_hashed(_STYLE)}; script-src {_hashed(_SCRIPT)}; "
    "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
).encode()
"""Nothing but this style and this script runs on the page, whatever a text in it says."""
