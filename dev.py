#!/usr/bin/env python3
"""Sets up and runs this repository with nothing but Python 3.11+ and a C++ compiler.

python3 dev.py demo     set up, then run the demo
python3 dev.py test     set up, then run the tests
python3 dev.py check    tests, then lint, types, layers and the C++ tests (what CI runs)
python3 dev.py setup    only make .venv
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PACKAGES = (
    "packages/headroom-core[cli,code,image]",
    "packages/headroom-proxy",
    "packages/headroom-mcp",
    "packages/headroom-testing[simulator]",
)


def run(*command: str | Path, **extra: str) -> None:
    """Runs a command in the root with .venv first on the path; stops at the first failure."""
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"  # noqa: TID251 - hands the environment on
    environment = {**os.environ, "PATH": path, **extra}  # noqa: TID251 - the same
    code = subprocess.run([str(c) for c in command], cwd=ROOT, env=environment).returncode
    if code:
        sys.exit(code)


def stamp() -> str:
    """Returns a hash of all that an installation depends on."""
    digest = hashlib.sha256(sys.version.encode())
    files = [ROOT / "pyproject.toml", *ROOT.glob("packages/*/pyproject.toml")]
    files += [f for f in (ROOT / "cpp").rglob("*") if f.suffix in {".cpp", ".hpp", ".txt", ".inc"}]
    for file in sorted(files):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def setup() -> None:
    """Makes .venv and builds the packages into it; does nothing if that is up to date."""
    mark = VENV / "headroom-setup"
    if mark.exists() and mark.read_text() == stamp():
        return
    if not (BIN / "python").exists() and not (BIN / "python.exe").exists():
        venv.create(VENV, with_pip=True)
    with (ROOT / "pyproject.toml").open("rb") as f:
        dev = tomllib.load(f)["dependency-groups"]["dev"]
    editable = [part for package in PACKAGES for part in ("-e", f"{ROOT}/{package}")]
    pip = (BIN / "python", "-m", "pip", "--disable-pip-version-check", "install", "-q")
    run(*pip, *editable, *dev, "cmake>=3.25", "ninja")
    mark.write_text(stamp())


def test(*arguments: str) -> None:
    """Runs the Python tests."""
    run("python", "-m", "pytest", *arguments)


def check(*, tests: bool) -> None:
    """Runs all that CI runs."""
    if tests:
        test("-n", "auto", "-q")
    run("ruff", "check", ".")
    run("ruff", "format", "--check", ".")
    run("mypy")
    run("lint-imports")
    generator = ("-G", "Ninja") if shutil.which("ninja", path=str(BIN)) else ()
    run("cmake", "-S", "cpp", "-B", "build/cpp", *generator, "-Wno-dev")
    run("cmake", "--build", "build/cpp")
    run("ctest", "--test-dir", "build/cpp", "--output-on-failure")


def main() -> None:
    """Dispatches the first argument."""
    task, rest = (sys.argv[1] if len(sys.argv) > 1 else "help"), sys.argv[2:]
    if task not in ("demo", "test", "check", "setup"):
        print(__doc__)
        sys.exit(0 if task in ("help", "-h", "--help") else 2)
    setup()
    if task == "demo":
        run("headroom", "demo", *rest)
    elif task == "test":
        test(*(rest or ("-n", "auto", "-q")))
    elif task == "check":
        check(tests="--no-tests" not in rest)


if __name__ == "__main__":
    main()
