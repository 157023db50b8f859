"""The command line does the main job on files, and says clearly what it cannot do."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from headroom.cli.main import Commands, group
from headroom_testing.strategies import (
    Dialogue,
    anthropic_session,
    gemini_session,
    responses_session,
)

LOG = (
    "".join(f"2026-11-21 10:00:{n % 60:02} INFO tick {n} done\n" for n in range(900))
    + "ERROR no space\n"
)


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(group, list(arguments), input=stdin)


def test_a_text_file_comes_out_shorter_and_its_reference_resolves(tmp_path: Path) -> None:
    (tmp_path / "server.log").write_text(LOG)
    result = run("compress", str(tmp_path / "server.log"))
    assert result.exit_code == 0
    assert len(result.stdout) < len(LOG) / 5
    assert "ERROR no space" in result.stdout
    assert "% saved" in result.stderr
    ref = result.stdout.partition('headroom_retrieve("')[2].partition('"')[0]
    assert run("retrieve", ref).stdout == LOG
    assert run("retrieve", ref, "--lines", "901").stdout == "ERROR no space\n"
    assert "lines" in run("retrieve", ref, "--lines", "5000").output


def test_messages_stay_messages_and_come_back() -> None:
    messages = [
        {"role": "user", "content": "why?"},
        {"role": "tool", "tool_call_id": "1", "content": LOG},
    ]
    out = run("compress", "-", stdin=json.dumps(messages)).stdout
    assert json.loads(out)[0] == messages[0]
    assert json.loads(run("restore", "-", stdin=out).stdout) == messages


@pytest.mark.parametrize("session", [anthropic_session, gemini_session, responses_session])
def test_request_bodies_of_every_format_give_their_messages(
    session: Callable[[list[str]], Dialogue],
) -> None:
    dialogue = session([LOG])
    body = {"model": "x", dialogue.field: dialogue.messages}
    out = run("compress", "-", stdin=json.dumps(body)).stdout
    assert len(out) < len(LOG) / 2
    assert json.loads(run("restore", "-", stdin=out).stdout) == dialogue.messages


def test_json_output_carries_the_receipt() -> None:
    out = json.loads(run("compress", "--json", "-", stdin=LOG).stdout)
    assert out["tokens_after"] < out["tokens_before"]
    assert out["decisions"][0]["ref"] == out["refs"][0]


def test_lossless_leaves_nothing_out() -> None:
    assert "headroom_retrieve" not in run("compress", "--policy", "lossless", "-", stdin=LOG).stdout


def test_a_budget_folds_older_results_and_says_so() -> None:
    text = "".join(f"{n * 7919 % 1000} x{n} y{n * n}\n" for n in range(80))
    messages = [{"role": "user", "content": "which?"}]
    for n in range(3):
        messages += [
            {"role": "assistant", "content": "Next."},
            {"role": "tool", "tool_call_id": f"{n}", "content": text.replace("x", f"part{n}_")},
        ]
    result = run("compress", "--budget", "2000", "-", stdin=json.dumps(messages))
    assert "folded (epoch 1)" in result.stderr
    assert json.loads(run("restore", "-", stdin=result.stdout).stdout) == messages
    out = json.loads(
        run("compress", "--budget", "500", "--json", "-", stdin=json.dumps(messages)).stdout
    )
    assert (out["budget"], out["fits"], out["warnings"]) == (500, True, [])
    assert run("compress", "--budget", "0", "-").exit_code == 2


def test_stats_count_what_was_saved() -> None:
    run("compress", "-", stdin=LOG)
    rows = json.loads(run("stats", "--json").stdout)
    assert any(
        row["content_type"] == "logs" and row["tokens_after"] < row["tokens_before"] for row in rows
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("retrieve", "nosuchref"), "nosuchref"),
        (("compress", "/no/such/file"), "No such file"),
        (("restore", "-"), ""),
    ],
)
def test_mistakes_are_sentences_not_tracebacks(arguments: tuple[str, ...], message: str) -> None:
    result = run(*arguments, stdin="not json")
    assert result.exit_code != 0
    assert message in result.output
    assert "Traceback" not in result.output


def test_the_installed_command_runs_the_demo(tmp_path: Path) -> None:
    headroom = Path(sys.executable).parent / "headroom"
    run_demo = subprocess.run(
        [headroom, "demo"], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert run_demo.returncode == 0, run_demo.stderr
    assert "byte for byte: yes" in run_demo.stdout
    assert "NO" not in run_demo.stdout.partition("restored")[2].splitlines()[1]


def test_a_command_loads_nothing_of_the_others() -> None:
    """A gateway that imported the MCP server was twice as large, and slow to start."""
    code = (
        "import sys; from headroom.cli.main import group; group(['proxy', '--help'], "
        "standalone_mode=False); print(*sys.modules, file=sys.stderr)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "--anthropic" in ended.stdout
    assert not {"mcp", "rich", "pydantic"} & set(ended.stderr.split())


def test_a_command_whose_package_is_broken_says_so_and_leaves_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert isinstance(group, Commands)
    broken = EntryPoint("broken", "headroom_gone.cli:broken", "headroom.commands")
    monkeypatch.setitem(group.entries, "broken", broken)
    result = run("broken")
    assert result.exit_code == 1
    assert result.stderr == "Error: broken cannot be loaded: No module named 'headroom_gone'\n"
    assert run("stats", "--help").exit_code == 0
