"""What the demo compresses: outputs that this machine makes, with nothing but Python and git."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path

_LIBRARY = Path(sysconfig.get_paths()["stdlib"])
_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Output:
    """A tool's output, the command that stands for it, and what the user wanted to know."""

    name: str
    command: str
    question: str
    text: str
    retrieve: str = ""


def outputs() -> list[Output]:
    """Returns the outputs that could be made here."""
    made = [_git_log(), _search(), _test_run(), _listing(), _packages(), _log()]
    return [output for output in made if output.text]


def _git_log() -> Output:
    command = ["git", "log", "--stat", "-60"]
    try:
        run = subprocess.run(
            command, capture_output=True, text=True, timeout=_SECONDS, check=False, errors="replace"
        )
        text = run.stdout
    except (OSError, subprocess.SubprocessError):  # no git here
        text = ""
    return Output("history of this repository", " ".join(command), "What changed lately?", text)


def _search() -> Output:
    lines = []
    for path in sorted(_LIBRARY.glob("[a-m]*.py")):
        source = path.read_text("utf-8", "replace").splitlines()
        lines += [
            f"{path}:{n}:{line}" for n, line in enumerate(source, 1) if "raise ValueError" in line
        ]
    command = f"grep -n 'raise ValueError' {_LIBRARY}/[a-m]*.py"
    return Output(
        "search results", command, "Where are bad values refused?", "\n".join(lines) + "\n"
    )


def _test_run() -> Output:
    source = "import unittest\n\n\nclass Orders(unittest.TestCase):\n" + "".join(
        f"    def test_total_of_order_{n}(self):\n        self.assertEqual({n} * 2, {n * 2 + (n == 87)})\n\n"
        for n in range(120)
    )
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "test_orders.py").write_text(source, "utf-8")
        command = [sys.executable, "-m", "unittest", "-v", "test_orders"]
        run = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    return Output("test run", "python -m unittest -v test_orders", "Do the tests pass?", run.stderr)


def _listing() -> Output:
    lines = []
    for folder in ("asyncio", "email", "encodings", "json", "unittest"):
        lines.append(f"{_LIBRARY / folder}:")
        for path in sorted((_LIBRARY / folder).glob("*.py")):
            lines.append(f"-rw-r--r-- 1 root root {path.stat().st_size:7} Nov 21 01:00 {path.name}")
        lines.append("")
    command = f"ls -l {_LIBRARY}/{{asyncio,email,encodings,json,unittest}}"
    return Output("directory listing", command, "Which modules are large?", "\n".join(lines))


def _packages() -> Output:
    rows = [
        {
            "name": d.metadata["Name"], "version": d.version,
            "summary": d.metadata["Summary"] or "", "requires_python": d.metadata["Requires-Python"],
            "files": len(d.files or ()), "installer": "pip",
        }
        for d in distributions()
    ]  # fmt: skip
    text = json.dumps(sorted(rows, key=lambda r: str(r["name"])), indent=2)
    return Output("JSON records", "pip inspect", "Which packages are installed?", text)


def _log() -> Output:
    lines = []
    for n in range(1500):
        clock = f"2026-11-21T{8 + n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}.{n * 7919 % 1000:03}Z"
        if n in (611, 1207):
            lines.append(f"{clock} ERROR billing: upstream refused the connection, order {n * 31}")
        else:
            lines.append(
                f"{clock} INFO  orders: GET /api/v1/orders/{n * 31} 200 in {n * 37 % 90} ms"
            )
    text = "\n".join(lines) + "\n"
    return Output("server log", "tail -1500 server.log", "Is the service healthy?", text, "605-615")
