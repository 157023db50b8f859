#!/usr/bin/env python3
"""Sets up and runs this repository with nothing but Python 3.11+ and a C++ compiler.

python3 dev.py demo               set up, then run the demo
python3 dev.py test               set up, then run the tests
python3 dev.py adapters [NAME …]  set up, then run the tests of the adapters, each with its framework;
                                  --lowest: with the lowest versions that they support
python3 dev.py check              tests, then lint, types, layers and the C++ tests (what CI runs)
python3 dev.py setup              only make .venv
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
import venv
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
CORE = ROOT / "packages/headroom-core"
WHEELS = ROOT / "build/wheels"
PACKAGES = (
    "packages/headroom-agents",
    "packages/headroom-proxy[otel]",
    "packages/headroom-mcp",
    "packages/headroom-memory",
    "packages/headroom-testing[simulator]",
)
ADAPTERS = ("agno", "asgi", "langchain", "litellm", "strands")
"""Packages `headroom-NAME` whose frameworks cannot share an environment; each has one of its own."""

EDITABLE = (
    "import os, sys; from scikit_build_core.build import build_editable; os.chdir(sys.argv[1]);"
    "build_editable(sys.argv[2], {'logging.level': 'WARNING'})"
)
"""Builds a wheel that leads to the sources; without isolation, so that only what changed is compiled."""


def variables(**extra: str) -> dict[str, str]:
    """Returns the environment with some variables; what Python compiled once it keeps."""
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "", **extra}  # noqa: TID251 - hands it on


def run(*command: str | Path, **extra: str) -> None:
    """Runs a command in the root with .venv first on the path; stops at the first failure."""
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"  # noqa: TID251 - hands the environment on
    environment = variables(PATH=path, **extra)
    code = subprocess.run([str(c) for c in command], cwd=ROOT, env=environment).returncode
    if code:
        sys.exit(code)


def declared(project: Path) -> Any:  # noqa: ANN401 - TOML
    """Returns what a project's pyproject.toml says."""
    with (project / "pyproject.toml").open("rb") as f:
        return tomllib.load(f)


def stamp(files: list[Path]) -> str:
    """Returns a hash of all that an installation depends on."""
    digest = hashlib.sha256(sys.version.encode())
    for file in [ROOT / "dev.py", *sorted(files)]:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def native() -> list[Path]:
    """Returns the files that the wheel of the core depends on."""
    files = [f for f in (ROOT / "cpp").rglob("*") if f.suffix in {".cpp", ".hpp", ".txt", ".inc"}]
    return [CORE / "pyproject.toml", *files]


def install(environment: Path, *packages: str) -> None:
    """Installs into an environment, with the wheel of the core where it is asked for."""
    uv = ("uv", "pip", "install", "-q", "--python", environment)
    run(*uv, "--reinstall-package", "headroom-core", *packages)


def core(extras: str = "") -> str:
    """Returns the core as it is installed: its wheel, which leads to the sources in this folder."""
    (wheel,) = WHEELS.glob("*.whl")
    return f"headroom-core{extras} @ {wheel.as_uri()}"


def setup() -> None:
    """Makes .venv and installs the packages into it; does nothing if that is up to date."""
    mark = VENV / "headroom-setup"
    now = stamp([ROOT / "pyproject.toml", *ROOT.glob("packages/*/pyproject.toml"), *native()])
    if mark.exists() and mark.read_text() == now:
        return
    if not (BIN / "python").exists() and not (BIN / "python.exe").exists():
        venv.create(VENV, with_pip=True)
    tools = ("uv>=0.8", "cmake>=3.25", "ninja", *declared(CORE)["build-system"]["requires"])
    run(BIN / "python", "-m", "pip", "--disable-pip-version-check", "install", "-q", *tools)
    build()
    editable = [part for package in PACKAGES for part in ("-e", f"{ROOT}/{package}")]
    install(
        VENV,
        core("[cli,code,image,postgres,redis]"),
        *editable,
        *declared(ROOT)["dependency-groups"]["dev"],
    )
    mark.write_text(now)


def build() -> None:
    """Builds the wheel of the core, once for all environments."""
    mark = WHEELS / "stamp"
    now = stamp(native())
    if mark.exists() and mark.read_text() == now:
        return
    shutil.rmtree(WHEELS, ignore_errors=True)
    WHEELS.mkdir(parents=True)
    run(BIN / "python", "-c", EDITABLE, CORE, WHEELS)
    mark.write_text(now)


def adapters(names: Sequence[str], *, lowest: bool) -> None:
    """Runs the tests of adapters, two at a time; stops after them if any failed."""
    with ThreadPoolExecutor(2) as pool:
        codes = list(pool.map(lambda name: shown(tests_of(name, lowest=lowest)), names))
    if any(codes):
        sys.exit(1)


def tests_of(name: str, *, lowest: bool) -> tuple[list[str], dict[str, str]]:
    """Makes the environment of an adapter from what it declares; returns how its tests run there:
    the command, and variables.
    """
    project = ROOT / f"packages/headroom-{name}"
    home = ROOT / ".venvs" / (f"{name}-lowest" if lowest else name)
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    mark = home / "headroom-setup"
    testing = ROOT / "packages/headroom-testing"
    now = stamp([project / "pyproject.toml", testing / "pyproject.toml", *native()])
    if not mark.exists() or mark.read_text() != now:
        run("uv", "venv", "-q", "--clear", "--python", BIN / "python", home)
        resolution = ("--resolution", "lowest-direct") if lowest else ()
        group = ("--group", f"{project}/pyproject.toml:test")
        editable = ("-e", f"{testing}[simulator]", "-e", str(project))
        install(home, *resolution, core(), *editable, *group)
        mark.write_text(now)
    wanted = declared(project).get("tool", {}).get("headroom", {})
    command = [python, "-m", "pytest", "-q", *wanted.get("pytest", ()), project / "tests"]
    return [str(part) for part in command], wanted.get("environment", {})


def shown(tests: tuple[list[str], dict[str, str]]) -> int:
    """Runs tests, then prints what they said; returns their exit code."""
    command, extra = tests
    said = subprocess.PIPE
    done = subprocess.run(
        command, cwd=ROOT, env=variables(**extra), stdout=said, stderr=subprocess.STDOUT
    )
    print(f"{command[-1]}\n{done.stdout.decode(errors='replace')}", flush=True)
    return done.returncode


def test(*arguments: str) -> None:
    """Runs the Python tests; what hangs fails, and says where."""
    run("python", "-m", "pytest", "--timeout=300", "--timeout-method=thread", *arguments)


def check(*, tests: bool) -> None:
    """Runs all that CI runs."""
    if tests:
        test("-n", "auto", "-q")
        adapters(ADAPTERS, lowest=False)
    run("ruff", "check", ".")
    run("ruff", "format", "--check", ".")
    run("mypy")
    sources = [str(ROOT / f"packages/headroom-{name}/src") for name in ADAPTERS]
    run("lint-imports", PYTHONPATH=os.pathsep.join(sources))
    generator = ("-G", "Ninja") if shutil.which("ninja", path=str(BIN)) else ()
    run("cmake", "-S", "cpp", "-B", "build/cpp", *generator, "-Wno-dev")
    run("cmake", "--build", "build/cpp")
    run("ctest", "--test-dir", "build/cpp", "--output-on-failure")


def main() -> None:
    """Dispatches the first argument."""
    task, rest = (sys.argv[1] if len(sys.argv) > 1 else "help"), sys.argv[2:]
    if task not in ("demo", "test", "adapters", "check", "setup"):
        print(__doc__)
        sys.exit(0 if task in ("help", "-h", "--help") else 2)
    setup()
    if task == "demo":
        run("headroom", "demo", *rest)
    elif task == "test":
        test(*(rest or ("-n", "auto", "-q")))
    elif task == "adapters":
        names = [name for name in rest if name != "--lowest"]
        adapters(names or ADAPTERS, lowest="--lowest" in rest)
    elif task == "check":
        check(tests="--no-tests" not in rest)


if __name__ == "__main__":
    main()
