"""What tests of the whole house share."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def prints() -> Callable[[str], set[bytes]]:
    """Returns what a program prints in processes whose dictionaries and sets are ordered otherwise.

    The program knows `json` and `coding_session`.
    """
    benchmarks = str(Path(__file__).resolve().parent.parent / "benchmarks")
    start = f"import json, sys; sys.path.insert(0, {benchmarks!r})\nfrom workloads import coding_session\n"

    def run(code: str) -> set[bytes]:
        return {
            subprocess.check_output(
                [sys.executable, "-c", start + code], env={**os.environ, "PYTHONHASHSEED": seed}
            )
            for seed in ("0", "1", "2")
        }

    return run
