"""What tests wait with for things that happen elsewhere."""

from __future__ import annotations

import time


def until(condition: object) -> None:
    """Waits; a test that waits for too long fails."""
    assert callable(condition)
    for _ in range(2000):
        if condition():
            return
        time.sleep(0.005)
    raise AssertionError("it did not happen")
