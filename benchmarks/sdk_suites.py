"""The SDKs' own test suites, with their clients as they are and as `with_headroom` makes them.

    python benchmarks/sdk_suites.py anthropic [--headroom resolve] [--work DIR] [TEST …]
    python benchmarks/sdk_suites.py openai

Downloads the sources of the SDK, makes an environment with what its tests need, runs both, and prints
what differs. Nothing is asked of a provider: tests of single endpoints, which want a server of their
own, are left out. Takes some minutes.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tarfile
import venv
from importlib.metadata import version
from pathlib import Path
from xml.etree import ElementTree as ET

HERE = Path(__file__).resolve().parent
NEEDS = (
    "pytest", "pytest-asyncio", "pytest-xdist", "hypothesis", "time-machine", "dirty-equals",
    "importlib-metadata", "rich", "inline-snapshot", "griffe", "http-snapshot[httpx]==0.1.9",
    "opentelemetry-sdk", "boto3", "google-auth", "requests", "respx", "trio", "jsonschema", "numpy",
    "hatchling", "hatch-fancy-pypi-readme",
)  # fmt: skip
EXTRAS = {"anthropic": "[bedrock,vertex,aiohttp]", "openai": "[aiohttp,realtime]"}
OFFLINE = {
    "anthropic": (
        "test_client.py", "test_middleware.py", "test_streaming.py", "test_response.py",
        "test_prepare.py", "lib/streaming", "lib/_parse", "lib/tools", "lib/test_client_copy.py",
        "lib/test_stainless_helpers.py", "lib/test_vertex.py", "lib/test_bedrock.py",
        "lib/test_azure.py", "lib/test_aws.py", "lib/test_refusal_fallback.py",
        "lib/test_scoped_client.py",
    ),
    "openai": (
        "test_auth.py", "test_client.py", "test_client_runtime_bindings.py",
        "test_data_residency_contract.py", "test_data_residency_regressions.py",
        "test_environment_credentials.py", "test_httpx2.py", "test_httpx2_base.py",
        "test_httpx_compat.py", "test_large_payload_contract.py", "test_legacy_response.py",
        "test_module_client.py", "test_request_body_routing_order.py", "test_response.py",
        "test_retry_after_overflow.py", "test_sse_framing.py", "test_status_error_messages.py",
        "test_stream_mode.py", "test_streaming.py", "test_transform.py", "lib/chat",
        "lib/responses", "lib/streaming", "lib/test_azure.py", "lib/test_azure_auth.py",
        "lib/test_azure_deployment_path.py", "lib/test_azure_redirects.py",
        "lib/test_azure_request_credentials.py", "lib/test_bedrock.py",
        "lib/test_bedrock_provider.py", "lib/test_bedrock_runtime.py",
        "lib/test_decisions_tool_runner.py", "lib/test_request_credentials.py",
        "lib/test_responses_input_file_history.py", "lib/test_responses_tool_runner.py",
        "lib/test_runner_eager_control.py", "lib/test_runner_idempotency.py",
        "lib/test_runner_server_tools.py", "lib/test_runner_typed_tools.py",
        "lib/test_streaming_deltas.py", "lib/test_vertex_provider.py",
    ),
}  # fmt: skip


def main() -> None:
    """Runs a suite twice."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sdk", choices=tuple(OFFLINE))
    parser.add_argument("tests", nargs="*", help="below tests/; default: what runs offline")
    parser.add_argument("--headroom", choices=("compress", "resolve"), default="compress")
    parser.add_argument("--work", type=Path, default=HERE.parent / "build/suites")
    given = parser.parse_intermixed_args()
    work: Path = given.work.resolve()
    python = environment(work, given.sdk)
    source = sources(work, given.sdk, python)
    tests = [f"tests/{name}" for name in given.tests or OFFLINE[given.sdk]]
    bare = outcomes(python, source, tests, work / "bare.xml")
    wrapping = ("-p", "_wrapping", "--sdk", given.sdk, "--headroom", given.headroom)
    wrapped = outcomes(python, source, tests, work / "wrapped.xml", *wrapping)
    tell("bare", bare)
    tell("wrapped", wrapped)
    different = sorted(name for name in bare | wrapped if bare.get(name) != wrapped.get(name))
    for name in different:
        print(f"{bare.get(name, 'missing'):8} -> {wrapped.get(name, 'missing'):8} {name}")
    print(f"different: {len(different)}")


def environment(work: Path, sdk: str) -> Path:
    """Returns the interpreter of an environment for a suite, which sees Headroom as it is here."""
    home = work / f"{sdk}-env"
    python = home / "bin/python"
    if not python.exists():
        venv.create(home, with_pip=True)
        sdk_itself = f"{sdk}{EXTRAS[sdk]}=={version(sdk)}"
        run(python, "-m", "pip", "install", "-q", *NEEDS, sdk_itself)
        (site,) = home.glob("lib/python*/site-packages")
        ours = next(path for path in sys.path if path.endswith("site-packages"))
        (site / "zz_headroom.pth").write_text(f"import site; site.addsitedir({ours!r})\n")
    return python


def sources(work: Path, sdk: str, python: Path) -> Path:
    """Returns the folder with an SDK's sources and tests."""
    folder = work / f"{sdk}-{version(sdk)}"
    if not folder.exists():
        download = ("-m", "pip", "download", "-q", "--no-binary", ":all:", "--no-deps")
        run(python, *download, "--no-build-isolation", "-d", work, f"{sdk}=={version(sdk)}")
        with tarfile.open(work / f"{folder.name}.tar.gz") as archive:
            archive.extractall(work, filter="data")
    return folder


def outcomes(
    python: Path, source: Path, tests: list[str], report: Path, *options: str
) -> dict[str, str]:
    """Returns what became of each test."""
    command = [python, "-m", "pytest", *tests, "-n", "0", "-q", f"--junitxml={report}", *options]
    path = {"PYTHONPATH": str(HERE), "HEADROOM_HOME": str(report.parent / "home")}
    subprocess.run(["env", *(f"{k}={v}" for k, v in path.items()), *map(str, command)], cwd=source)
    cases = ET.parse(report).getroot().iter("testcase")
    return {f"{case.get('classname')}::{case.get('name')}": _outcome(case) for case in cases}


def tell(name: str, found: dict[str, str]) -> None:
    """Prints how many tests went which way."""
    counts = {kind: list(found.values()).count(kind) for kind in ("passed", "failed", "skipped")}
    print(name, *(f"{count} {kind}" for kind, count in counts.items()), sep="  ")


def run(*command: object) -> None:
    """Runs a command; stops where it fails."""
    subprocess.run([str(part) for part in command], check=True)


def _outcome(case: ET.Element) -> str:
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    return "skipped" if case.find("skipped") is not None else "passed"


if __name__ == "__main__":
    main()
