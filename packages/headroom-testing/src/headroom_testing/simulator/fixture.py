"""A pytest fixture: `from headroom_testing.simulator.fixture import simulator` in a conftest.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from headroom_testing.simulator.server import Simulator


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """A strict provider on a free port; give it a script with `simulator.play`."""
    with Simulator() as running:
        yield running
