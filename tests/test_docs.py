"""What the documents show runs as printed."""

from __future__ import annotations

import re
from pathlib import Path

from headroom.lint.run import RULES
from headroom.types import JSON

ROOT = Path(__file__).resolve().parent.parent


def run_examples(page: str, names: dict[str, JSON]) -> dict[str, JSON]:
    examples = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(), re.S)
    assert examples
    for example in examples:
        exec(example, names)
    return names


def test_the_examples_on_costs_run() -> None:
    names = run_examples("docs/costs.md", {})
    assert names["dollars"] is not None
    assert names["price"] is not None


def test_the_example_on_windows_runs_and_does_what_it_says() -> None:
    names = run_examples("docs/windows.md", {})
    result = names["result"]
    assert result.receipt.fits
    assert result.receipt.epochs
    assert not result.receipt.warnings
    assert names["headroom"].restore(result) == names["messages"]


def test_the_readme_on_windows_runs() -> None:
    text = (ROOT / "README.md").read_text()
    (example,) = (e for e in re.findall(r"```python\n(.*?)```", text, re.S) if "budget" in e)
    names: dict[str, JSON] = {"messages": [{"role": "user", "content": "Hello."}]}
    exec(example, names)
    assert names["result"].receipt.budget == 90_000


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
