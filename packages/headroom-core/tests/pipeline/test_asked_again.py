"""A file that is read a second time shows what was left out of it the first time."""

from __future__ import annotations

import json

from headroom import Headroom

Messages = list[dict[str, object]]

TASK: Messages = [{"role": "user", "content": "Make the totals right."}]
FILE = "".join(
    f"def total_{n}(rows):\n"
    + "".join(f"    part_{n}_{k} = rows[{k}].price * {n + k}\n" for k in range(9))
    + f"    return part_{n}_0 + part_{n}_8\n\n\n"
    for n in range(40)
)


def call(n: int, command: str, output: str) -> Messages:
    function = {"name": "bash", "arguments": json.dumps({"command": command})}
    tool_call = {"id": f"c{n}", "type": "function", "function": function}
    return [
        {"role": "assistant", "content": None, "tool_calls": [tool_call]},
        {"role": "tool", "tool_call_id": f"c{n}", "content": output},
    ]


def shown(*calls: Messages) -> list[str]:
    messages = TASK + [m for pair in calls for m in pair]
    headroom = Headroom(store="memory:")
    result = headroom.compress(messages)
    assert headroom.restore(result) == messages
    return [str(m["content"]) for m in result if m["role"] == "tool"]


def test_what_was_left_out_of_a_file_is_there_when_it_is_read_again() -> None:
    first, again = shown(call(1, "cat totals.py", FILE), call(2, "cat totals.py", FILE))
    assert len(first) < len(FILE) / 2
    assert all(line in first or line in again for line in FILE.splitlines())


def test_so_are_lines_of_it_that_are_named() -> None:
    lines = FILE.splitlines(keepends=True)
    asked = "".join(lines[12:252])
    first, again = shown(call(1, "cat totals.py", FILE), call(2, "sed -n 13,252p totals.py", asked))
    assert all(line in first or line in again for line in asked.splitlines())


def test_a_third_reading_points_at_the_second() -> None:
    readings = [call(n, "cat totals.py", FILE) for n in range(3)]
    *_, third = shown(*readings)
    assert len(third) < len(FILE) / 4
    assert "headroom_retrieve" not in third


def test_a_command_that_is_run_again_is_run_for_what_is_new() -> None:
    log = "".join(f"2026-11-21T10:{n // 60:02}:{n % 60:02} INFO step {n}\n" for n in range(900))
    first, again = shown(
        call(1, "make", log), call(2, "make", log + "2026-11-21T11:00:00 ERROR no space left\n")
    )
    assert "INFO step 420" not in first
    assert "INFO step 420" not in again
    assert "no space left" in again
