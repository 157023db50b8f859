"""Real agents complete a task through `headroom wrap`, for fewer tokens and with no changed prefix."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "benchmarks/agents.py"
LEAST = 40.0
"""Percent of what tools printed that the provider does not see."""


@pytest.mark.clients
@pytest.mark.parametrize("name", ["claude", "codex", "gemini", "opencode", "copilot", "openclaw"])
def test_a_task_completes(name: str) -> None:
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed; see benchmarks/agents.py")
    done = subprocess.run(
        [sys.executable, SCRIPT, name], capture_output=True, text=True, timeout=600, check=True
    )
    row = re.compile(rf"^{name} +(\w+) +(yes|NO) +\d+ +[\d,]+ +(?:([\d.]+) %)? +(\d+)", re.M)
    found = {mode: (end, saved, changed) for mode, end, saved, changed in row.findall(done.stdout)}
    assert set(found) == {"direct", "lossless", "on"}, done.stdout
    assert {end for end, _, _ in found.values()} == {"yes"}, done.stdout
    assert {changed for _, _, changed in found.values()} == {"0"}, done.stdout
    assert float(found["on"][1]) >= LEAST, done.stdout
