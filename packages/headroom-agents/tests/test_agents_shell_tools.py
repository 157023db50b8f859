"""What rtk and lean-ctx have shortened reaches the model as they meant it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from headroom import Policy, compress, restore
from headroom.types import JSON
from headroom_agents.shell_tools import shell_tools

STATUS = """\
📌 main...origin/main [ahead 2]
✅ Staged: 2 files
   src/payment.py
   tests/test_payment.py
📝 Modified: 1 files
   README.md
❓ Untracked: 3 files
   notes.txt
   ... +2 more
"""
TESTS = """\
Pytest: 160 passed, 3 failed
═══════════════════════════════════════
Failures:
1. [FAIL] test_order_0::test_pays
     >   assert pay(order).status == 200
     E   TimeoutError: payment of order 4000 took longer than 30 s
     tests/test_order_0.py:41: TimeoutError
2. [FAIL] test_order_1::test_pays
     E   TimeoutError: payment of order 4001 took longer than 30 s
3. [FAIL] test_order_2::test_pays
     E   TimeoutError: payment of order 4002 took longer than 30 s

[full output: ~/.local/share/rtk/tee/1763719200_pytest.log]
"""
LISTING = """\
src/
  adapters/ (12 files)
  payment.py  4.1K
  order.py  9.8K
tests/ (41 files)

📊 3 files, 2 dirs (.py: 2, .md: 1)
"""
READ = """\
payment.py [F1 L88 deps: httpx, order]
  §pay(order: Order, timeout: float = 30) -> Answer
  §refund(order: Order) -> Answer
  λ_send(body: dict) -> Answer
[lean-ctx: 1,204→96 tok, -92%; ctx_read(payment.py, mode=full) shows all]
"""
SEARCH = "🔍 240 in 12F:\n\n" + "\n".join(
    f"📄 src/module_{n}/payment_{n}.py (20):\n"
    + "\n".join(f"  {7 * i + n:4}: return send(order, timeout={i + n})" for i in range(1, 16))
    + "\n  +5\n"
    for n in range(12)
)
HINTS = ("🔍 240 in 12F:", *(f"📄 src/module_{n}/payment_{n}.py (20):" for n in range(12)), "  +5")


def conversation(command: str, printed: str) -> list[JSON]:
    call = {"type": "tool_use", "id": "t", "name": "Bash", "input": {"command": command}}
    result = {"type": "tool_result", "tool_use_id": "t", "content": printed}
    return [
        {"role": "user", "content": "Why do the tests fail?"},
        {"role": "assistant", "content": [call]},
        {"role": "user", "content": [result]},
    ]


@pytest.mark.parametrize("policy", [Policy(), Policy.lossless()], ids=["on", "lossless"])
@pytest.mark.parametrize(
    ("command", "printed"),
    [
        ("rtk git status", STATUS),
        ("rtk pytest", TESTS),
        ("rtk ls", LISTING),
        ("lean-ctx read payment.py", READ),
    ],
)
def test_what_is_short_already_stays_as_it_is(command: str, printed: str, policy: Policy) -> None:
    messages = conversation(command, printed)
    assert list(compress(messages, model="claude-opus-5", policy=policy)) == messages


def test_what_is_long_all_the_same_keeps_its_frame_and_comes_back() -> None:
    messages = conversation("rtk grep timeout", SEARCH)
    lossless = compress(messages, model="claude-opus-5", policy=Policy.lossless())
    assert restore(list(lossless)) == messages
    shorter = compress(messages, model="claude-opus-5")
    assert restore(list(shorter)) == messages
    lines = list(shorter)[2]["content"][0]["content"].splitlines()
    frame = [line for line in lines if line in HINTS]
    assert "🔍 240 in 12F:" in frame
    if not shorter.refs:
        assert frame == [line for line in SEARCH.splitlines() if line in HINTS]


def test_tools_are_found_by_path_and_by_hooks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path))
    assert shell_tools({"PATH": str(tmp_path)}) == []
    hook = {"type": "command", "command": "bash ~/.claude/hooks/rtk-rewrite.sh"}
    other = {"type": "command", "command": "artkit --lean-ctxs"}
    hooks = {"PreToolUse": [{"matcher": "Bash", "hooks": [hook, other]}]}
    (tmp_path / "settings.json").write_text(json.dumps({"hooks": hooks}))
    (found,) = shell_tools({"PATH": str(tmp_path)})
    assert (found.name, found.program, found.is_hooked) == ("rtk", "", True)
    program = tmp_path / "lean-ctx"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    found, second = shell_tools({"PATH": str(tmp_path)})
    assert (second.name, second.program, second.is_hooked) == ("lean-ctx", str(program), False)
    (tmp_path / "settings.json").write_text("{broken")
    assert [tool.name for tool in shell_tools({"PATH": str(tmp_path)})] == ["lean-ctx"]
