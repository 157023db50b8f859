"""The protocol's own conformance suite against `headroom mcp serve --http`. Needs npm.

    .venv/bin/python benchmarks/mcp_conformance.py

Installs `@modelcontextprotocol/conformance`, and the version of Node that it needs, into a temporary
folder, and runs all of its scenarios for servers. `mcp_conformance.toml` has those that ask for what
this server does not have, with the reason. Fails if a scenario fails that is not listed, passes
although it is listed, or is listed but unknown.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

SUITE = "@modelcontextprotocol/conformance@0.1.16"
NODE = "node@22"
LISTED = Path(__file__).with_suffix(".toml")
SECONDS = 300


def installed(folder: Path) -> list[str]:
    """Returns the command of the suite, which is installed into a folder."""
    npm = ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", SUITE, NODE]
    subprocess.run(npm, cwd=folder, check=True, stdout=subprocess.DEVNULL, timeout=SECONDS)
    modules = folder / "node_modules"
    suite = modules / "@modelcontextprotocol/conformance/dist/index.js"
    return [str(modules / ".bin/node"), str(suite)]


@contextmanager
def served(home: Path) -> Iterator[str]:
    """Gives the URL of a server of its own store."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    start = "from headroom.cli import main; main()"
    server = subprocess.Popen(
        [sys.executable, "-c", start, "mcp", "serve", "--http", "--port", str(port)],
        env={**os.environ, "HEADROOM_HOME": str(home)},  # noqa: TID251 - hands the environment on
    )
    try:
        wait_for(port)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        server.terminate()
        server.wait()


def wait_for(port: int) -> None:
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    sys.exit("the server did not start within a minute")


def results(folder: Path) -> Mapping[str, list[str]]:
    """Returns why each scenario failed: an empty list if it passed."""
    why = {}
    for file in sorted(folder.glob("server-*/checks.json")):
        name = re.sub(r"^server-(.*)-\d{4}-\d\d-\d\dT[\d-]+Z$", r"\1", file.parent.name)
        checks = json.loads(file.read_text("utf-8"))
        failed = [c for c in checks if c["status"] not in ("SUCCESS", "INFO")]
        why[name] = [str(c.get("errorMessage", c["status"])) for c in failed]
    return why


def report(why: Mapping[str, list[str]], listed: Mapping[str, str]) -> bool:
    """Prints what was found; returns whether it was expected."""
    surprises = [
        f"{name} fails: {'; '.join(why[name])}" for name in why if why[name] and name not in listed
    ]
    surprises += [f"{name} passes, but is listed" for name in listed if why.get(name) == []]
    surprises += [f"{name} is listed, but unknown" for name in listed if name not in why]
    passed = [name for name in why if not why[name]]
    print(f"{SUITE}: {len(why)} scenarios, {len(passed)} pass: {', '.join(passed)}")
    for name in why:
        if name in listed:
            print(f"  does not apply: {name}: {listed[name]}")
    print("\n".join(surprises) or "as expected")
    return bool(why) and not surprises


def main() -> None:
    listed = tomllib.loads(LISTED.read_text("utf-8"))["does-not-apply"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        suite, out = installed(folder), folder / "out"
        with served(folder / "home") as url:
            command = [*suite, "server", "--url", url, "--suite", "all", "-o", str(out)]
            subprocess.run(command, cwd=folder, timeout=SECONDS, stdout=subprocess.DEVNULL)
        expected = report(results(out), listed)
    sys.exit(0 if expected else 1)


if __name__ == "__main__":
    main()
