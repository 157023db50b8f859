"""Tool outputs that anyone can make again: from this Python's own files, or from a fixed seed."""

from __future__ import annotations

import difflib
import json
import random
import re
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

STDLIB = Path(sysconfig.get_paths()["stdlib"])


def api_records() -> str:
    """A listing as a REST API gives it: 400 pretty-printed records, seven of them failed."""
    rng = random.Random(7)
    rows = [
        {
            "id": f"dep-{rng.getrandbits(48):012x}",
            "name": f"service-{n % 37}",
            "status": "failed" if n % 57 == 31 else "succeeded",
            "region": rng.choice(["eu-west-1", "us-east-1"]),
            "duration_ms": round(rng.lognormvariate(7, 0.6)),
            "commit": {"sha": f"{rng.getrandbits(160):040x}", "author": rng.choice(["ada", "lin"])},
            "error": "ImagePullBackOff: tag not found" if n % 57 == 31 else None,
        }
        for n in range(400)
    ]
    return json.dumps({"items": rows, "next": None}, indent=2)


def server_log() -> str:
    """Two thousand lines of a web service, five kinds of lines, two incidents."""
    rng = random.Random(11)
    lines = []
    for n in range(2000):
        head = f"2026-11-21T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}.{rng.randrange(1000):03}Z"
        who = f"[worker-{rng.randrange(8)}]"
        if n in (777, 1403):
            lines.append(f"{head} ERROR {who} upstream billing:8443 refused the connection (try 3)")
        elif n % 9 == 0:
            lines.append(f"{head} WARN  {who} cache miss for key user:{rng.randrange(10**6)}")
        else:
            path = rng.choice(["/api/v1/users", "/api/v1/orders", "/healthz"])
            lines.append(f"{head} INFO  {who} GET {path} 200 {rng.randrange(2, 90)}ms")
    return "\n".join(lines) + "\n"


def csv_table() -> str:
    """A thousand rows of measurements with three outliers."""
    rng = random.Random(13)
    rows = ["day,station,temperature_c,humidity,quality"]
    for n in range(1000):
        value = 58.3 if n in (100, 555, 901) else round(rng.gauss(11, 4), 1)
        rows.append(
            f"2026-{n % 12 + 1:02}-{n % 28 + 1:02},ST{n % 9},{value},{rng.randrange(40, 99)},ok"
        )
    return "\n".join(rows) + "\n"


def grep_results() -> str:
    """`grep -rn "def __init__"` over a part of the standard library."""
    lines = []
    for path in sorted(STDLIB.glob("[a-h]*.py")):
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), start=1):
            if "def __init__" in line:
                lines.append(f"lib/{path.name}:{number}:{line}")
    return "\n".join(lines) + "\n"


def long_listing() -> str:
    """`ls -lR` over packages of the standard library, with fixed owner and dates."""
    out = []
    for folder in ("asyncio", "email", "json", "unittest", "xml"):
        out.append(f"/usr/lib/python3/{folder}:")
        files = sorted(p for p in (STDLIB / folder).glob("*.py"))
        out.append(f"total {len(files) * 8}")
        out += [f"-rw-r--r-- 1 root root {p.stat().st_size:6} Nov 21 01:00 {p.name}" for p in files]
        out.append("")
    return "\n".join(out)


def test_run() -> str:
    """A verbose unittest run with 120 tests, one of which fails."""
    source = "import unittest\nclass Orders(unittest.TestCase):\n" + "".join(
        f"    def test_total_{n}(self):\n        self.assertEqual({n}, {n if n != 87 else 86})\n"
        for n in range(120)
    )
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "test_orders.py").write_text(source)
        command = [sys.executable, "-m", "unittest", "-v", "test_orders"]
        run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return re.sub(r"in \d\.\d+s", "in 0.010s", run.stderr.replace(folder, "/srv/app"))


def diff() -> str:
    """A unified diff of a module after a rename."""
    before = (STDLIB / "argparse.py").read_text("utf-8").splitlines(keepends=True)
    after = [line.replace("formatter_class", "formatter") for line in before]
    return "".join(difflib.unified_diff(before, after, "a/argparse.py", "b/argparse.py"))


def package_list() -> str:
    """A fixed-width package list, as `dpkg -l` prints one."""
    rng = random.Random(17)
    rows = ["||/ Name                 Version            Architecture Description"]
    for n in range(300):
        name, version = f"lib{n}-{rng.choice(['dev', 'bin', 'doc'])}", f"{rng.randrange(9)}.{n}-1"
        rows.append(f"ii  {name:20} {version:18} amd64        library number {n}")
    return "\n".join(rows) + "\n"


OUTPUTS: dict[str, Callable[[], str]] = {
    "API records (JSON)": api_records,
    "server log": server_log,
    "table (CSV)": csv_table,
    "search results (grep -rn)": grep_results,
    "listing (ls -lR)": long_listing,
    "test run (unittest -v)": test_run,
    "diff (unified)": diff,
    "package list (dpkg -l)": package_list,
}


def conversation(output: str, question: str = "What does this show?") -> list[dict[str, object]]:
    """A question, one tool call, and its output."""
    return [
        {"role": "user", "content": question},
        _call(1, "bash", "./run"),
        {"role": "tool", "tool_call_id": "call_1", "content": output},
    ]


def coding_session() -> list[dict[str, object]]:
    """An agent that reads a module, searches, edits, reads again and runs the tests twice."""
    source = (STDLIB / "textwrap.py").read_text("utf-8")
    fixed = source.replace("def dedent(text):", "def dedent(text, *, tabs=False):")
    steps = [
        ("cat textwrap.py", source),
        ("grep -rn 'def __init__' lib", grep_results()),
        ("python -m unittest -v test_orders", test_run()),
        ("sed -n '400,500p' textwrap.py", "\n".join(source.split("\n")[399:500])),
        ("cat textwrap.py", fixed),
        ("git diff", "".join(_diff(source, fixed, "textwrap.py"))),
        ("python -m unittest -v test_orders", test_run()),
    ]
    messages: list[dict[str, object]] = [
        {"role": "system", "content": "You are a coding agent."},
        {"role": "user", "content": "Give dedent() a keyword `tabs` and keep the tests green."},
    ]
    for n, (command, output) in enumerate(steps, start=1):
        messages.append(_call(n, "bash", command))
        messages.append({"role": "tool", "tool_call_id": f"call_{n}", "content": output})
    return messages


def _diff(before: str, after: str, name: str) -> Iterator[str]:
    one, other = before.splitlines(keepends=True), after.splitlines(keepends=True)
    return difflib.unified_diff(one, other, f"a/{name}", f"b/{name}")


def _call(n: int, tool: str, command: str) -> dict[str, object]:
    function = {"name": tool, "arguments": json.dumps({"command": command})}
    call = {"id": f"call_{n}", "type": "function", "function": function}
    return {"role": "assistant", "content": None, "tool_calls": [call]}
