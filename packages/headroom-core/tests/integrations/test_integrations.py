"""The adapters under the names of their frameworks, installed or not."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module, metadata
from pathlib import Path

import pytest

from headroom.integrations.versions import warn_unless_supported

NAMES = ["agno", "asgi", "langchain", "litellm", "strands"]


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_package_is_said_with_the_command_that_installs_it(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headroom.integrations._packages.find_spec", lambda _: None)
    module = import_module(f"headroom.integrations.{name}")
    with pytest.raises(ImportError, match=rf"headroom_{name} .*: pip install headroom-{name}$"):
        _ = module.Anything


def test_the_names_are_those_of_the_package(tmp_path: Path) -> None:
    package = tmp_path / "headroom_agno"
    package.mkdir()
    (package / "__init__.py").write_text("__all__ = ['HeadroomThing']\nHeadroomThing = 'here'\n")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from headroom.integrations.agno import HeadroomThing\n"
        "from headroom.integrations.agno import *\n"
        "import headroom.integrations.agno as module\n"
        "print(HeadroomThing, hasattr(module, '__path__'))\n"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "here False\n"


@pytest.mark.parametrize(
    ("here", "warned"),
    [
        ("1.7.0", False),
        ("1.7", False),
        ("1.99.3rc1", False),
        ("1.6.9", True),
        ("2.0", True),
        ("2.0.0", True),
        ("10.0", True),
    ],
)
def test_a_version_outside_the_range_is_warned_of(
    here: str, warned: bool, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    declared = ["headroom-core==0.1.0", "frame-work-extra<9", "frame-work<2,>=1.7; extra == 'x'"]
    monkeypatch.setattr("headroom.integrations.versions.version", lambda _: here)
    monkeypatch.setattr("headroom.integrations.versions.requires", lambda _: declared)
    warn_unless_supported("headroom-frame", "frame-work")
    assert [str(w.message) for w in recwarn] == [
        f"headroom-frame supports frame-work >=1.7,<2; {here} is installed, and may behave otherwise"
    ] * warned


def test_what_is_installed_is_supported() -> None:
    assert metadata.requires("headroom-mcp")
    warn_unless_supported("headroom-mcp", "mcp")
