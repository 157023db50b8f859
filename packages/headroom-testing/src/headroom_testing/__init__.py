"""Headroom's conformance kit: strategies, fakes, and test classes to inherit from."""

import pytest

for _suite in ("adapters", "compressors", "reading", "stores", "tokenizers", "wire_formats"):
    pytest.register_assert_rewrite(f"headroom_testing.{_suite}")

from headroom_testing.compressors import CompressorConformance  # noqa: E402
from headroom_testing.reading import read  # noqa: E402
from headroom_testing.stores import StoreConformance  # noqa: E402
from headroom_testing.tokenizers import TokenizerConformance  # noqa: E402
from headroom_testing.wire_formats import WireFormatConformance  # noqa: E402

__all__ = [
    "CompressorConformance",
    "StoreConformance",
    "TokenizerConformance",
    "WireFormatConformance",
    "read",
]
