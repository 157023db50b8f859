"""Errors of this package.

HeadroomError
└── Refused    nothing was started or written; says why, and what to do
"""

from __future__ import annotations

from headroom.errors import HeadroomError


class Refused(HeadroomError):
    """An agent cannot be wrapped as asked. Says why in a sentence, and what to do."""
