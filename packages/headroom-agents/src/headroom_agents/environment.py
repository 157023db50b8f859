"""The environment that agents are started from. The only reader of it in this package."""

from __future__ import annotations

import os
from collections.abc import Mapping


def environment() -> Mapping[str, str]:
    """Returns the variables of this process, as they are now."""
    return dict(os.environ)
