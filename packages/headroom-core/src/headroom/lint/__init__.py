"""What in a request keeps a provider's prompt cache from working, and what that costs.

A linter, not an editor: it changes nothing. Pure. May import: formats, protocols, pricing and
everything below.
"""

from __future__ import annotations

from headroom.lint.findings import Finding
from headroom.lint.run import lint

__all__ = ["Finding", "lint"]
