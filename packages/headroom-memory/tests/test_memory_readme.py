"""What the documents show runs as printed."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from headroom_memory.cli import memory

PACKAGE = Path(__file__).resolve().parent.parent
LOG = "10:00:00 INFO fine\n" * 900 + "10:00:01 ERROR refused\n"


def test_the_readme_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HEADROOM_MEMORY", f"sqlite://{tmp_path}")
    (example,) = re.findall(
        r"```python\n(.*?)```", (PACKAGE / "README.md").read_text("utf-8"), re.S
    )
    names = {"log": LOG}
    exec(example, names)
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "Tests run with `make test`; they need Docker"
    assert said[1].startswith("The gateway listens on port 8787 ['claude-code', 'codex'] 20")
    assert said[2] == "The gateway listens on port 9000 ['gemini-cli'] None"
    shared = names["shared"]
    assert shared.get("build log") == LOG  # type: ignore[attr-defined]
    assert "ERROR refused" in shared.view("build log")  # type: ignore[attr-defined]
    for opened in ("memory", "shared"):
        names[opened].close()  # type: ignore[attr-defined]


def test_every_command_is_in_the_documents() -> None:
    page = (PACKAGE / "README.md").read_text("utf-8")
    shown = set(re.findall(r"\b[a-z]+\b", page[page.index("## On the command line") :]))
    assert set(memory.list_commands(click.Context(memory))) <= shown
