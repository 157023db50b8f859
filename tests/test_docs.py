"""What the documents show runs as printed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from headroom.lint.run import RULES
from headroom.types import JSON
from headroom_testing.simulator import Call, Recorded, Reply, Simulator

ROOT = Path(__file__).resolve().parent.parent


def examples_of(page: str) -> list[str]:
    examples: list[str] = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(), re.S)
    assert examples
    return examples


def run_examples(page: str, names: dict[str, JSON]) -> dict[str, JSON]:
    for example in examples_of(page):
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


@pytest.mark.parametrize("example", examples_of("docs/sdks.md"), ids=["own loop", "resolved"])
def test_the_examples_on_sdks_find_what_was_left_out(example: str) -> None:
    log = "".join(f"10:00:{n % 60:02} INFO tick {n * n % 997} of {n}\n" for n in range(2000))

    def model(request: Recorded) -> Reply:
        if len(request.json["messages"]) == 1:
            return Reply.of(Call("bash"))
        if ref := re.search(r'headroom_retrieve\(\\+"(\w+)', request.body.decode()):
            asked = len(request.json["messages"]) > 3
            call = Call("headroom_retrieve", {"ref": ref[1], "query": "tick of 1234"})
            return Reply.of("Found it." if asked else call)
        return Reply.of("Nothing was left out.")

    with Simulator(model) as provider:
        names: dict[str, JSON] = {
            "url": provider.url,
            "key": "x",
            "model": "claude-opus-5",
            "my_tools": [{"name": "bash", "input_schema": {"type": "object"}}],
            "run": lambda _: log,
        }
        exec(example, names)
        names["client"].close()
        sent = provider.requests[-1].body.decode()
    assert names["answer"].content[0].text == "Found it."
    assert "of 1234\\n" not in provider.requests[1].body.decode()
    assert "of 1234\\n" in sent
    assert names["messages"][2]["content"][0]["content"] == log


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
