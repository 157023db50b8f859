"""Headroom's conformance kit: strategies, fakes, and test classes to inherit from."""

import pytest

pytest.register_assert_rewrite("headroom_testing.compressors")

from headroom_testing.compressors import CompressorConformance  # noqa: E402

__all__ = ["CompressorConformance"]
