"""Passages that bring an agent nothing new go; what it will need stays."""

from __future__ import annotations

import json
import random

from headroom import Headroom, Policy, Result

Messages = list[dict[str, object]]


WORDS = ("status", "body", "user", "method", "total", "place", "owner", "weight", "size")


def handler(name: str, n: int, marks: str = "") -> str:
    pick = random.Random(n).choice
    lines = (
        f"        response.{pick(WORDS)} = request.{pick(WORDS)} or self.{pick(WORDS)}\n"
        for _ in range(9)
    )
    return f"    def handle_{name}(self, request, response):\n{''.join(lines)}{marks}\n"


NEWS = """\
        lock = AdvisoryLock(key="depot-7741", timeout=RETRY_WINDOW)
        with lock.acquire(blocking=False) as lease:
            if lease.expired():
                raise StaleLease(lease.holder, lease.epoch)
            self.ledger.append(Movement(crate=crate_id, shelf=target_shelf))
            audit_trail.emit("movement", digest=blake2(crate_id))
"""
OLD = "class Shop:\n\n" + "".join(handler(f"shop_{n}", n) for n in range(100, 109))
NEW = "class Depot:\n\n" + "".join(handler(f"crate_{n}", n, NEWS * (n == 7)) for n in range(60))
"""Sixty functions in words read before; one of them does something new."""


def session(task: str) -> Messages:
    messages: Messages = [{"role": "user", "content": task}]
    reads = [("sed -n '1,80p' shop.py", OLD)] * 2 + [("sed -n '1,700p' depot.py", NEW)]
    for n, (command, output) in enumerate(reads):
        function = {"name": "bash", "arguments": json.dumps({"command": command})}
        calls = [{"id": f"c{n}", "type": "function", "function": function}]
        messages += [
            {"role": "assistant", "content": None, "tool_calls": calls},
            {"role": "tool", "tool_call_id": f"c{n}", "content": output},
        ]
    return messages


def read(task: str, policy: Policy | None = None) -> tuple[Result, str]:
    headroom = Headroom(store="memory:", policy=policy)
    messages = session(task)
    result = headroom.compress(messages)
    assert headroom.restore(result) == messages
    return result, str(result[-1]["content"])


def test_what_an_agent_has_read_before_goes_and_what_is_new_stays() -> None:
    _, shown = read("Make the depot faster.")
    assert len(shown) < len(NEW) * 0.6
    assert NEWS in shown
    assert all(f"def handle_crate_{n}(" in shown for n in range(60))


def test_what_stays_stays_as_it_was_and_every_gap_says_which_lines_it_hides() -> None:
    result, shown = read("Make the depot faster.")
    lines = NEW.splitlines()
    kept = [line for line in shown.splitlines() if not line.startswith("[…")]
    assert set(kept) <= set(lines)
    assert len(result.refs) == 1


def test_what_the_task_names_stays() -> None:
    _, shown = read("Make handle_crate_41 in depot.py faster.")
    body = handler("crate_41", 41)
    assert body in shown


def test_who_asks_a_question_about_a_file_reads_it_for_the_answer() -> None:
    _, shown = read("Which status does handle_crate_12 give?")
    assert handler("crate_12", 12) in shown


def test_without_leave_to_omit_nothing_goes() -> None:
    result, _ = read("Make the depot faster.", Policy.lossless())
    assert result.refs == []
