"""`headroom proxy` starts, says where it listens, and stops."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest
from click.testing import CliRunner

from headroom_proxy.cli import proxy

HEADROOM = str(Path(sys.executable).parent / "headroom")


def test_it_starts_and_stops() -> None:
    command = [HEADROOM, "proxy", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        url = process.stderr.readline().rpartition(" ")[2].strip()
        with urlopen(url + "/healthz") as answer:
            assert answer.status == 200
        process.terminate()
        assert "Traceback" not in process.stderr.read()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--host", "0.0.0.0"], "token"),
        (["--anthropic", "example.org"], "anthropic"),
        (["--mode", "fast"], "lossless"),
        (["--workers", "0"], "1 to 256"),
        (["--workers", "2", "--store", "memory:"], "share"),
        (["--store", "mongodb://u:canary@h/0"], "got 'mongodb://h/0'"),
        (["--store", "mongodb://u:canary@h/0", "--workers", "2"], "got 'mongodb://h/0'"),
    ],
)
def test_what_is_wrong_is_a_sentence(arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(proxy, arguments)
    assert result.exit_code != 0
    assert message in result.output
    assert "Traceback" not in result.output
