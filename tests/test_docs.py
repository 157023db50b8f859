"""What the documents show runs as printed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from headroom.lint.run import RULES

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("page", ["docs/costs.md"])
def test_the_examples_run(page: str) -> None:
    names: dict[str, object] = {}
    examples = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(), re.S)
    assert examples
    for example in examples:
        exec(example, names)
    assert names["dollars"] is not None
    assert names["price"] is not None


def test_every_rule_of_the_linter_is_explained() -> None:
    sources = (ROOT / "packages/headroom-core/src/headroom/lint").glob("*.py")
    named = {
        name
        for source in sources
        for name in re.findall(r'(?:Finding\(|return )\s*"([a-z-]+)",', source.read_text())
    }
    assert len(named) >= len(RULES)
    text = (ROOT / "docs/costs.md").read_text()
    assert all(f"`{name}`" in text for name in named)
