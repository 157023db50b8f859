"""What the README shows runs as printed."""

from __future__ import annotations

import re
from pathlib import Path

README = Path(__file__).resolve().parent.parent.parent / "README.md"


def test_the_example_of_the_simulator_runs() -> None:
    (example,) = (
        code
        for code in re.findall(r"```python\n(.*?)```", README.read_text(), re.S)
        if "Simulator" in code
    )
    names: dict[str, object] = {}
    exec(example, names)
    assert names["answer"] is not None
